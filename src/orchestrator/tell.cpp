// SPDX-License-Identifier: Apache-2.0
/// What the program's thread tells of its run (observe/run_account.hpp).
#include <algorithm>
#include <bit>

#include "orchestrator/orchestrator_core.hpp"

namespace weir::detail {

namespace {

/// How far behind the oldest task of a ring is looked, and how many consumers of one task.
constexpr std::uint64_t kMostLooked = 16;
constexpr int kMostConsumers = 32;
/// Tasks that the released waterline may stand behind those that have been released.
constexpr std::uint64_t kMostPassed = 4096;
/// Submits held back that are told of each time; of those behind them, how long none is told.
constexpr std::uint64_t kToldEachTime = 64;
constexpr std::uint64_t kTellNs = 1'000'000;

std::uint64_t steady_ns() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

std::uint64_t word_of(std::source_location site) noexcept { return std::bit_cast<std::uintptr_t>(site); }

bool is_released(TaskState state) noexcept {
    return state == TaskState::released || state == TaskState::consumed;
}

/// Calls `visit` for each task that is not RELEASED among the oldest of a ring.
template <class Visit>
void for_each_head(const TaskRing& r, Visit&& visit) {
    const std::uint64_t first = r.first_unreleased();
    for (std::uint64_t number = first; number != r.next_number && number - first < kMostLooked; ++number) {
        const TaskEntry& entry = r.entry(number);
        // Relaxed: for those who watch. What else is read of an entry was written by this thread.
        const TaskState state = entry.state.load(std::memory_order_relaxed);
        if (!is_released(state)) visit(number, entry, state);
    }
}

/// Where the released waterline would stand if it were moved now, for some way.
std::uint64_t oldest_running(const TaskRing& r) noexcept {
    std::uint64_t number = r.first_unreleased();
    const std::uint64_t end = std::min(r.next_number, number + kMostPassed);
    // Relaxed: for those who watch.
    while (number != end && is_released(r.entry(number).state.load(std::memory_order_relaxed))) ++number;
    return number;
}

bool is_consumer(const TaskEntry& producer, const TaskSlot& slot) noexcept {
    // Relaxed: every edge was written by this thread, which alone gives it to another task.
    const std::uintptr_t first = producer.fanout.load(std::memory_order_relaxed);
    if (first == kFanoutClosed) return false;
    int left = kMostConsumers;
    for (const auto* edge = reinterpret_cast<const DepEntry*>(first); edge != nullptr && left != 0; --left) {
        if (edge->consumer == &slot) return true;
        edge = edge->next;
    }
    return false;
}

}  // namespace

void OrchestratorCore::attend() {
    RunControl& control = scheduler_.control();
    if (asked()) tell();
    if (control.stopped()) control.rethrow();
}

bool OrchestratorCore::asked() const noexcept { return book_ != nullptr && scheduler_.control().asked(); }

void OrchestratorCore::start_waiting(ProgramWait what, std::uint64_t task) noexcept {
    if (book_ == nullptr) return;
    wait_ = {what, steady_ns(), task, {}, Resource{}, 0};
}

void OrchestratorCore::start_waiting(const Submit& submit, Resource resource) noexcept {
    if (book_ == nullptr) return;
    wait_ = {ProgramWait::space, steady_ns(), 0, submit.request->site, resource, submit.ring};
    // Told before this thread takes up a task that may take long; a program that is held back all the time
    // tells so now and then.
    if (held_back_.times() < kToldEachTime || wait_.since_ns - last_told_ns_ > kTellNs) tell();
}

void OrchestratorCore::stop_waiting() noexcept {
    if (book_ == nullptr) return;
    const bool told = told_waiting_;
    wait_ = {};
    if (told) tell();
}

bool OrchestratorCore::woken_to_tell(const TaskEntry& entry, TaskState wanted) const noexcept {
    // Relaxed: who goes on looks at the state again.
    return asked() && !reached(entry.state.load(std::memory_order_relaxed), wanted) &&
           !scheduler_.any_ready();
}

std::uint64_t OrchestratorCore::producer_of(const TaskSlot& slot) const noexcept {
    std::uint64_t found = 0;
    for (const TaskRing& r : rings_)
        for_each_head(r, [&](std::uint64_t number, const TaskEntry& entry, TaskState) {
            if (found == 0 && is_consumer(entry, slot)) found = TaskRef(r.index(), number).word();
        });
    return found;
}

void OrchestratorCore::tell_heads(const TaskRing& r, RunAccount& account) const noexcept {
    std::size_t count = 0;
    auto& heads = account.heads[static_cast<std::size_t>(r.index())];
    for_each_head(r, [&](std::uint64_t number, const TaskEntry& entry, TaskState state) {
        if (count == heads.size()) return;
        RunAccount::Head& head = heads[count++];
        head = {TaskRef(r.index(), number).word(),
                entry.kernel_id,
                word_of(entry.site),
                static_cast<std::uint64_t>(state),
                0,
                0};
        if (state != TaskState::pending) return;
        const TaskSlot& slot = r.slot(number);
        head.missing = slot.fanin.load(std::memory_order_relaxed);  // relaxed: for those who watch
        head.waits_for = producer_of(slot);
    });
}

void OrchestratorCore::tell_ring(const TaskRing& r, RunAccount& account) const noexcept {
    RunAccount::Ring& ring = account.rings[static_cast<std::size_t>(r.index())];
    ring.next_number = r.next_number;
    // Tasks of the inlined submit have moved the head alone, and leave nothing behind.
    const bool collapsed = gate_ != 0 && fast_.ring == r.index();
    ring.first_unreleased = collapsed ? r.next_number : oldest_running(r);
    ring.first_unconsumed = collapsed ? r.next_number : r.first_unconsumed();
    const auto set = [&](Resource resource, std::uint64_t used, std::uint64_t capacity) {
        ring.used[static_cast<std::size_t>(resource)] = used;
        ring.capacity[static_cast<std::size_t>(resource)] = capacity;
    };
    set(Resource::task_window, r.next_number - ring.first_unreleased, r.task_window());
    set(Resource::consumed_window, r.next_number - ring.first_unconsumed, r.consumed_window());
    set(Resource::payload, r.payload.used(), r.payload.capacity());
    set(Resource::heap, r.heap.used(), r.heap.capacity());
    set(Resource::dep_pool, r.deps.used(), r.deps.capacity());
    if (r.index() == 0) set(Resource::tensormap, map_.used(), sizes_.tensormap);
    if (!collapsed) tell_heads(r, account);
}

void OrchestratorCore::tell() noexcept {
    RunAccount account;
    account.told_ns = last_told_ns_ = steady_ns();
    for (const TaskRing& r : rings_) tell_ring(r, account);
    const TaskRing& current = ring(fast_.ring);
    // Of the inlined submit, those since the ring was settled have moved its head alone.
    const std::uint64_t inlined =
        fast_.tasks + (gate_ != 0 ? current.next_number - current.first_unreleased() : 0);
    account.tasks = tasks_ + inlined;
    account.tasks_in_place = tasks_in_place_ + inlined;
    account.times_held_back = held_back_.times();
    account.held_back_ns = static_cast<std::uint64_t>(held_back_.total().count());
    account.wait = wait_.what;
    account.wait_since_ns = wait_.since_ns;
    account.wait_task = wait_.task;
    account.wait_site = word_of(wait_.site);
    account.wait_resource = static_cast<std::uint64_t>(wait_.resource);
    account.wait_ring = static_cast<std::uint64_t>(wait_.ring);
    account.depth = static_cast<std::uint64_t>(scopes_.depth() + 1);
    for (std::size_t i = 0; i < account.depth && i < account.scopes.size(); ++i) {
        const OpenScope& scope = scopes_.at(static_cast<int>(i));
        account.scopes[i] = {word_of(scope.site), scope.first_number};
    }
    told_waiting_ = wait_.what != ProgramWait::nothing;
    // Relaxed: who asks while this is told is told 16 submits, or an asking, later.
    scheduler_.control().attention.fetch_and(~RunControl::kAsked, std::memory_order_relaxed);
    book_->tell(account);
}

RunningInline OrchestratorCore::running_inline() const noexcept {
    RunningInline running;
    // Relaxed: for those who watch.
    running.kernel = fast_.gate.load(std::memory_order_relaxed);
    running.site = fast_.site.load(std::memory_order_relaxed);  // as above
    return running;
}

}  // namespace weir::detail
