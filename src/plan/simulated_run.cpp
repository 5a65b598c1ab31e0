// SPDX-License-Identifier: Apache-2.0
/// The program's thread, and what a run is made of; the other threads are in simulated_threads.cpp.
#include "plan/simulated_run.hpp"

#include <algorithm>
#include <bit>

#include "config/resource_table.hpp"
#include "memory/arena.hpp"
#include "plan/simulated_memory.hpp"
#include "scheduler/placement.hpp"

namespace weir {

namespace {

/// Where heap and payload seem to lie: nothing is written there.
std::byte* nowhere() noexcept { return reinterpret_cast<std::byte*>(std::uintptr_t{1} << 48U); }

bool is_long(const TraceTask& task) noexcept { return task.duration_ns > kLongMeanNs; }
bool is_short(const TraceTask& task) noexcept { return task.duration_ns < kShortMeanNs; }

}  // namespace

SimulatedRun::SimulatedRun(const SubmitTrace& trace, int threads, std::uint64_t submit_ns)
    : trace_(trace),
      thread_count_(threads),
      submit_ns_(submit_ns),
      memory_(std::make_unique<Memory>(sizes_of_all(trace), threads)) {}

SimulatedRun::~SimulatedRun() = default;

void SimulatedRun::begin(const Sizes& sizes, std::uint64_t limit_ns) {
    sizes_ = sizes;
    const Sizes most = sizes_of_all(trace_);
    for (const ResourceRow& row : kResourceRows)
        for (std::size_t r = 0; r < row.rings(); ++r)
            size_in(sizes_, row, r) = std::min(size_in(sizes_, row, r), size_in(most, row, r));
    limit_ns_ = limit_ns;
    stuck_ = false;
    now_ = in_flight_ = tensormap_in_flight_ = ready_ = in_place_left_ = 0;
    outcome_ = {};
    for (std::size_t r = 0; r < kRings; ++r) {
        const RingSizes& size = sizes_.ring[r];
        Memory::Ring& memory = memory_->rings[r];
        TaskRing& target = ring(r);
        target = {};
        target.attach(static_cast<int>(r), memory.entries.get(), size.consumed_window, memory.slots.get(),
                      size.task_window, 1);
        target.heap.attach(nowhere(), size.heap, size.heap);
        target.payload.attach(nowhere(), size.payload);
        target.deps.attach(memory.deps.get(), size.dep_pool);
        lifecycle_.attach_pool(static_cast<int>(r), memory.deps.get(), size.dep_pool);
    }
    overflow_ = std::make_unique<OverflowQueue>();
    threads_ = std::make_unique<Thread[]>(static_cast<std::size_t>(thread_count_));
    workless_.clear();
    for (int i = 0; i < thread_count_; ++i) {
        const auto place = static_cast<std::size_t>(i) * kReadyRingSlots;
        threads_[static_cast<std::size_t>(i)].ready.attach(&memory_->ready_slots[place], kReadyRingSlots);
        if (i != 0) workless_.push_back(thread_count_ - i);
    }
    events_ = {};
    owners_.clear();
    scopes_.clear();
}

SimulatedOutcome SimulatedRun::run(const Sizes& sizes, std::uint64_t limit_ns) {
    begin(sizes, limit_ns);
    std::uint32_t task = 0;
    std::size_t wait = 0;
    for (const SubmitTrace::Step step : trace_.steps()) {
        if (over()) break;
        switch (step) {
            case SubmitTrace::Step::submit:
                submit(task++);
                break;
            case SubmitTrace::Step::open_scope:
                scopes_.push_back(owners_.size());
                break;
            case SubmitTrace::Step::close_scope:
                close_scope();
                break;
            case SubmitTrace::Step::wait:
                wait_for(trace_.edges_of_wait(wait++));
                break;
        }
    }
    while (in_flight_ != 0 && !over()) wait_or_help();
    outcome_.ended = !over();
    for (std::size_t r = 0; r < kRings; ++r)
        outcome_.use.of(Resource::payload, static_cast<int>(r)).spare = spare_payload(trace_, r);
    outcome_.makespan_ns = now_;
    return outcome_;
}

void SimulatedRun::close_scope() {
    for (; owners_.size() != scopes_.back(); owners_.pop_back())
        lifecycle_.drop_reference(entry_of(owners_.back()));
    scopes_.pop_back();
}

void SimulatedRun::wait_for(std::span<const TraceEdge> edges) {
    for (const TraceEdge& edge : edges)
        while (!completed(edge.task()) && !over()) wait_or_help();
}

void SimulatedRun::submit(std::uint32_t index) {
    const TraceTask& task = trace_.tasks()[index];
    spend(submit_ns_);
    int budget = kHelpBudget;
    bool held_back = false;
    while (!over()) {
        find_producers(index);
        const bool in_place = waits_ == 0 && runs_in_place(task);
        if (!in_place && help(task, budget)) continue;
        const std::optional<Resource> lack = find_lack(task, !in_place);
        if (!lack) {
            if (in_place)
                run_in_place(index);
            else
                ship(index);
            return;
        }
        if (!held_back) ++outcome_.times_held_back;
        held_back = true;
        ++outcome_.use.of(*lack, per_ring(*lack) ? task.ring : 0).held_back;
        wait_or_help();
    }
}

void SimulatedRun::find_producers(std::uint32_t index) {
    producers_.clear();
    waits_ = 0;
    for (const TraceEdge& edge : trace_.edges_of_task(index)) {
        const bool waits = edge.waits() && !completed(edge.task());
        waits_ += waits ? 1 : 0;
        if (waits || edge.keeps()) producers_.emplace_back(edge.task(), waits, edge.keeps());
    }
}

bool SimulatedRun::runs_in_place(const TraceTask& task) {
    if (thread_count_ == 1 || is_short(task)) return true;
    if (is_long(task)) return false;
    if (in_place_left_ != 0) {
        --in_place_left_;
        return true;
    }
    const auto others = static_cast<std::uint64_t>(thread_count_ - 1);
    if (!threads_[0].ready.at_least(std::min(kReadyPerThread * others, kReadyRingSlots / 2))) return false;
    in_place_left_ = kReadyPerThread / 2 - 1;
    return true;
}

bool SimulatedRun::help(const TraceTask& task, int& budget) {
    if (waits_ == 0 || budget <= 0 || is_long(task)) return false;
    const int most = is_short(task) ? budget : 1;
    int ran = 0;
    TaskSlot* next = take(0);
    while (next != nullptr && !over()) {
        if (ran == most || is_long(task_of(*next))) {
            push(0, *next, now_);
            break;
        }
        next = run_here(*next);
        ++ran;
    }
    budget -= ran;
    return ran != 0;
}

std::optional<Resource> SimulatedRun::find_lack(const TraceTask& task, bool shipped) {
    TaskRing& target = ring(task.ring);
    reclaim(target);
    const bool asks_map = shipped || in_flight_ != 0;
    if (asks_map && tensormap_in_flight_ + task.tensormap_entries > sizes_.tensormap)
        return Resource::tensormap;
    // A task in place asks the TensorMap too, and needs the room while it does.
    if (asks_map) note(Resource::tensormap, 0, tensormap_in_flight_ + task.tensormap_entries, task);
    if (!shipped && task.heap_bytes == 0 && target.empty()) return std::nullopt;
    if (!target.entry_free()) return Resource::consumed_window;
    if (!target.heap.fits(task.heap_bytes)) return Resource::heap;
    if (!target.slot_free()) return Resource::task_window;
    if (!shipped) return std::nullopt;
    if (!target.payload.fits(task.payload_bytes)) return Resource::payload;
    if (!target.deps.fits(producers_.size())) return Resource::dep_pool;
    return std::nullopt;
}

void SimulatedRun::reclaim(TaskRing& ring) noexcept {
    ring.advance_released(TaskRing::kNoLimit);
    ring.advance_consumed([](TaskEntry&) {});
}

TaskEntry& SimulatedRun::enter(std::uint32_t index) {
    const TraceTask& task = trace_.tasks()[index];
    TaskRing& target = ring(task.ring);
    TaskEntry& entry = target.entry(target.next_number);
    entry.kernel_id = index;
    entry.number = target.next_number;
    entry.heap_begin = target.heap.head();
    return entry;
}

void SimulatedRun::take_heap(std::uint32_t index) {
    const TraceTask& task = trace_.tasks()[index];
    if (task.heap_bytes == 0) return;
    ring(task.ring).heap.take(task.heap_bytes);
    owners_.push_back(index);
}

void SimulatedRun::run_in_place(std::uint32_t index) {
    const TraceTask& task = trace_.tasks()[index];
    TaskRing& target = ring(task.ring);
    const bool owner = task.heap_bytes != 0;
    if (owner || !target.empty()) {
        Lifecycle::submit_in_place(enter(index), owner);
        ++target.next_number;
        take_heap(index);
        note_use(index);
        target.ran_in_place(owner);
    } else {
        ++target.next_number;
        target.settle();
    }
    spend(task.duration_ns);
}

void SimulatedRun::ship(std::uint32_t index) {
    const TraceTask& task = trace_.tasks()[index];
    TaskRing& target = ring(task.ring);
    TaskEntry& entry = enter(index);
    TaskSlot& slot = target.slot(target.next_number);
    Lifecycle::submit(entry, slot, task.heap_bytes != 0);
    ++target.next_number;
    take_heap(index);
    slot.entry = &entry;
    slot.ring = task.ring;
    slot.priority = task.priority;
    target.payload.take(task.payload_bytes);
    slot.payload_begin = static_cast<std::uint32_t>(target.payload.head() - task.payload_bytes);
    slot.deps_begin = static_cast<std::uint32_t>(target.deps.head());
    slot.deps = target.deps.position();
    slot.dep_count = static_cast<std::uint32_t>(producers_.size());
    for (const TraceEdge& producer : producers_) {
        DepEntry& edge = *target.deps.take();
        TaskEntry& from = entry_of(producer.task());
        edge.consumer = &slot;
        edge.owner = producer.keeps() ? &from : nullptr;
        if (producer.keeps()) Lifecycle::keep(from);
        if (producer.waits()) Lifecycle::wire(from, edge);
    }
    ++in_flight_;
    tensormap_in_flight_ += task.tensormap_entries;
    note_use(index);
    if (Lifecycle::publish(slot)) push(0, slot, now_);
}

void SimulatedRun::note_use(std::uint32_t index) {
    const TraceTask& task = trace_.tasks()[index];
    const int r = task.ring;
    TaskRing& target = ring(static_cast<std::size_t>(r));
    note(Resource::task_window, r, target.next_number - target.first_unreleased(), task);
    note(Resource::consumed_window, r, target.next_number - target.first_unconsumed(), task);
    note(Resource::payload, r, target.payload.used(), task);
    note(Resource::heap, r, target.heap.used(), task);
    note(Resource::dep_pool, r, target.deps.used(), task);
}

void SimulatedRun::note(Resource resource, int place, std::uint64_t used, const TraceTask& task) noexcept {
    SimulatedUse::Place& use = outcome_.use.of(resource, place);
    if (used > use.peak) use = {used, use.spare, use.held_back, task.scope, task.site};
}

}  // namespace weir
