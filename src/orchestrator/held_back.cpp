// SPDX-License-Identifier: Apache-2.0
/// Resources: all or none; and what the orchestrator does when one is short: it advances waterlines, then
/// runs other tasks, then waits for the one transition that it needs.
#include <algorithm>
#include <cassert>

#include "model/clock.hpp"
#include "orchestrator/orchestrator_core.hpp"
#include "scheduler/placement.hpp"

namespace weir::detail {

namespace {

/// Tasks that a waterline moves over at most when nothing is short.
constexpr std::uint64_t kPollLimit = 64;
/// How long a thread looks for work before it parks: a wake-up costs 12 to 45 us.
constexpr std::uint64_t kSpinNs = 10'000;

}  // namespace

bool OrchestratorCore::anything_in_flight() const noexcept {
    return std::any_of(rings_.begin(), rings_.end(), [](const TaskRing& r) { return r.has_unreleased(); });
}

void OrchestratorCore::settle() noexcept {
    if (gate_ == 0) return;
    TaskRing& collapsed = ring(fast_.ring);
    fast_.tasks += collapsed.next_number - collapsed.first_unreleased();
    collapsed.settle();
}

void OrchestratorCore::poll_sometimes(const Submit& submit) {
    if (--submits_to_poll_ != 0) return;
    if (dispatcher_ != nullptr) [[unlikely]]
        dispatch_before(submit);
    poll();
}

void OrchestratorCore::dispatch_before(const Submit& submit) {
    submits_to_poll_ = submits_per_poll_;
    in_kernel_ = true;
    try {
        dispatcher_->before_submit(*submit.request);
    } catch (...) {
        in_kernel_ = false;
        throw;
    }
    in_kernel_ = false;
}

void OrchestratorCore::poll() noexcept {
    submits_to_poll_ = submits_per_poll_;
    for (TaskRing& r : rings_) {
        if (r.empty()) continue;
        if (r.has_unreleased()) r.advance_released(kPollLimit);
        r.advance_consumed([this](TaskEntry& owner) { map_.forget_owner(owner); });
    }
    if (growth_.retiring()) [[unlikely]]
        retire_regions();
}

void OrchestratorCore::reclaim(TaskRing& r) noexcept {
    r.advance_released(TaskRing::kNoLimit);
    r.advance_consumed([this](TaskEntry& owner) { map_.forget_owner(owner); });
    if (growth_.retiring()) [[unlikely]]
        retire_regions();
}

void OrchestratorCore::shut_gate() noexcept {
    gate_ = 0;
    // Relaxed: other threads only compare it with their own word, which is never in it.
    fast_.gate.store(0, std::memory_order_relaxed);
}

void OrchestratorCore::update_gate() noexcept {
    TaskRing& current = ring(scopes_.ring());
    if (anything_in_flight() || !current.empty()) {
        shut_gate();
        return;
    }
    fast_.ring = current.index();
    fast_.next_number = &current.next_number;
    gate_ = this_thread_word();
    fast_.gate.store(gate_, std::memory_order_relaxed);  // as above
}

void OrchestratorCore::note_peaks(TaskRing& r) noexcept {
    const auto index = static_cast<std::size_t>(r.index());
    const ResourcePeaks& known = *watched_peaks_;
    const bool higher = r.next_number - r.first_unreleased() > known.task_window[index] ||
                        r.next_number - r.first_unconsumed() > known.consumed_window[index] ||
                        r.payload.used() > known.payload_bytes[index] ||
                        r.heap.used() > known.heap_bytes[index] || r.deps.used() > known.dep_pool[index] ||
                        map_.used() > known.tensormap;
    if (!higher) return;
    // What falls by advancing is not occupancy.
    reclaim(r);
    const auto note = [&](ResourcePeaks& peaks) {
        const auto raise = [](std::uint64_t& peak, std::uint64_t used) { peak = std::max(peak, used); };
        raise(peaks.task_window[index], r.next_number - r.first_unreleased());
        raise(peaks.consumed_window[index], r.next_number - r.first_unconsumed());
        raise(peaks.payload_bytes[index], r.payload.used());
        raise(peaks.heap_bytes[index], r.heap.used());
        raise(peaks.dep_pool[index], r.deps.used());
        raise(peaks.tensormap, map_.used());
    };
    if (peak_places_ != nullptr) [[unlikely]] {
        const ResourcePeaks before = peaks_;
        note(peaks_);
        peak_places_->risen(before, peaks_, r.index(), {scopes_.top().site, r.entry(r.next_number - 1).site});
    } else {
        note(peaks_);
    }
    if (watched_peaks_ != &peaks_) note(*watched_peaks_);
}

OrchestratorCore::Lack OrchestratorCore::find_lack(const Submit& submit, bool shipped) noexcept {
    TaskRing& target = ring(submit.ring);
    const Request& needs = submit.needs;
    const bool leaves_entry = shipped || needs.heap_bytes != 0 || !target.empty();
    const TaskEntry& oldest = target.entry(target.first_unconsumed());
    if (leaves_entry && !target.entry_free())
        return {true, Resource::consumed_window, &oldest, TaskState::consumed};
    if (leaves_entry && !target.heap.fits(needs.heap_bytes))
        return {true, Resource::heap, &oldest, TaskState::consumed};
    const bool short_of_slots = leaves_entry && !target.slot_free();
    const bool short_of_payload = shipped && !target.payload.fits(needs.payload_bytes);
    const bool short_of_deps = shipped && !target.deps.fits(producers_.all().size());
    const bool short_of_regions = shipped && !submit.discovered && !map_.reserve(needs.tensormap_entries);
    if (!short_of_slots && !short_of_payload && !short_of_deps && !short_of_regions)
        return {false, Resource::tensormap, nullptr, TaskState::released};
    // Whatever is short, it comes back when tasks of this ring are released; or, when the ring has none, when
    // the producers that the task waits for have completed.
    const TaskEntry* awaited =
        target.has_unreleased() ? &target.entry(target.first_unreleased()) : oldest_unreleased();
    const Resource resource = short_of_slots     ? Resource::task_window
                              : short_of_payload ? Resource::payload
                              : short_of_deps    ? Resource::dep_pool
                                                 : Resource::tensormap;
    return {true, resource, awaited, TaskState::released};
}

bool OrchestratorCore::reserve(const Submit& submit, bool shipped) {
    Lack lack = find_lack(submit, shipped);
    if (!lack.short_of_something) return true;
    TaskRing& target = ring(submit.ring);
    reclaim(target);
    lack = find_lack(submit, shipped);
    if (!lack.short_of_something) return true;
    hold_back(submit, lack);
    return false;
}

const TaskEntry* OrchestratorCore::oldest_unreleased() noexcept {
    for (TaskRing& r : rings_)
        if (r.has_unreleased()) return &r.entry(r.first_unreleased());
    return nullptr;
}

void OrchestratorCore::hold_back(const Submit& submit, const Lack& lack) {
    const auto start = now();
    const bool recorded = records_tasks();
    const std::uint64_t begin = recorded ? events_->clock().now() : 0;
    start_waiting(submit, lack.resource);
    // The verdict has said that the request fits once everything that can finish has finished; so either
    // something is in flight, or a waterline has just moved.
    if (lack.awaited != nullptr) wait_or_help(*lack.awaited, lack.wanted);
    ring(submit.ring).advance_released(TaskRing::kNoLimit);
    poll();
    held_back_.add(submit.request->site, lack.resource, submit.ring, now() - start);
    stop_waiting();
    if (recorded) record_held_back(submit, lack.resource, begin);
    scheduler_.control().rethrow();
}

std::chrono::nanoseconds OrchestratorCore::now() const noexcept {
    return dispatcher_ != nullptr ? dispatcher_->now() : std::chrono::steady_clock::now().time_since_epoch();
}

void OrchestratorCore::wait_or_help(const TaskEntry& entry, TaskState wanted) noexcept {
    shut_gate();
    if (asked()) [[unlikely]]
        tell();
    if (dispatcher_ != nullptr) return wait_dispatched(entry, wanted);
    ThreadRecorder* const recorder = records_tasks() ? &events_->thread(0) : nullptr;
    if (recorder != nullptr) recorder->look();
    in_kernel_ = true;
    const std::uint64_t ran = scheduler_.run_one(self_);
    in_kernel_ = false;
    tasks_helped_ += ran;
    if (ran != 0) return;
    wait(entry, wanted, recorder);
}

void OrchestratorCore::wait_dispatched(const TaskEntry& entry, TaskState wanted) noexcept {
    while (true) {
        in_kernel_ = true;
        dispatcher_->wait(entry, wanted);
        in_kernel_ = false;
        // Relaxed: who goes on looks at the state again.
        if (!asked() || reached(entry.state.load(std::memory_order_relaxed), wanted)) return;
        tell();
    }
}

void OrchestratorCore::wait(const TaskEntry& entry, TaskState wanted, ThreadRecorder* recorder) noexcept {
    const std::uint64_t spin_end = now_ticks() + ticks_of_ns(kSpinNs);
    do {
        // release-1, release-2: the state that the waterline will read.
        if (reached(entry.state.load(std::memory_order_acquire), wanted) || scheduler_.any_ready()) {
            if (recorder != nullptr) recorder->missed(1);
            return;
        }
        sync::pause();
    } while (now_ticks() < spin_end);
    const std::uint64_t begin = recorder != nullptr ? recorder->now() : 0;
    IdleThreads& idle = scheduler_.idle();
    do {
        if (book_ != nullptr) [[unlikely]]
            tell();
        idle.await(&entry);
        idle.enter(self_.index);
        // The second look, behind the heavy fence in enter (idle-1, idle-2); release-1, release-2.
        if (reached(entry.state.load(std::memory_order_acquire), wanted) || scheduler_.any_ready() || asked())
            idle.leave(self_.index);
        else
            idle.park(self_.index);
        idle.await(nullptr);
    } while (woken_to_tell(entry, wanted));
    if (recorder != nullptr) recorder->slept(begin);
    // Who woke this thread for its awaited task may have taken the waking meant for a task that became ready
    // with it; that task must not stay behind when this thread goes on with the program.
    if (scheduler_.any_ready()) idle.wake_one();
}

void OrchestratorCore::wait_released(TaskRef task) noexcept {
    TaskRing& r = ring(task.ring());
    start_waiting(ProgramWait::data, task.word());
    while (task.number() >= r.first_unreleased()) {
        wait_or_help(r.entry(task.number()), TaskState::released);
        // release-1: what the task wrote is visible.
        if (reached(r.entry(task.number()).state.load(std::memory_order_acquire), TaskState::released)) break;
    }
    stop_waiting();
}

void OrchestratorCore::drain() noexcept {
    start_waiting(ProgramWait::tasks);
    // Told at once, since this thread may take up a task that takes long.
    if (book_ != nullptr) tell();
    for (TaskRing& r : rings_) {
        while (!r.empty()) {
            reclaim(r);
            if (r.has_unreleased())
                wait_or_help(r.entry(r.first_unreleased()), TaskState::released);
            else if (!r.empty())
                wait_or_help(r.entry(r.first_unconsumed()), TaskState::consumed);
        }
    }
    wait_ = {};
}

}  // namespace weir::detail
