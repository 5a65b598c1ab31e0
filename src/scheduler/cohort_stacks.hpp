// SPDX-License-Identifier: Apache-2.0
/// Cohorts: tasks whose calls start together and can meet in TaskInfo::barrier
/// (LaunchRecord::starts_together: all blocks of a task with sync_start, the subtasks of a mixed task of one
/// block). Each call of a cohort has a stack of its own, so that any number of them meets on any number of
/// threads: a call that waits leaves its thread to the others.
///
/// A cohort goes through phases, each from one barrier to the next. In a phase every call is resumed once and
/// goes on until it waits in a barrier or returns:
///
///                           +---------- in a line for stacks <--- too few are free: none is taken
///                           | a cohort that ends gives its own back      ^
///                           v                                            |
///     READY ----> held ---------------------------------- first holder: take all ----+
///                  |                                                                  |
///                  v                                                                  |
///         +---> phase: who holds the task claims calls and, if some are left, puts <--+
///         |     the task back to where others can take it; resumes its own; finish(n)
///         |                       |
///         |        who finished the last call of the phase holds the task alone
///         |               |                              |
///         +-- calls wait: next phase        none waits: the stacks are given back, the task completes
///
/// A call that has returned counts no more: a barrier waits for those that have not. When the run has ended
/// early, calls that have not started never do, and the next phase lets every call that waits throw; then
/// none waits. Nobody ever blocks a thread, and each phase ends when the calls that run in it have left or
/// returned; so a cohort that has its stacks ends without any other cohort, and no two wait for each other.
///
/// A task that waits for stacks is in no ready queue. The line is served in order, so that a large cohort is
/// not passed by small ones for ever; its first fits as soon as the cohorts in front of it have ended, since
/// none needs more stacks than there are (LaunchLimits).
///
/// | field                              | written by                                                        |
/// | line, free list                    | under the lock                                                    |
/// | LaunchRecord::cohort               | under the lock, by who takes the stacks for the task              |
/// | CohortStack::next                  | as cohort; stays until they are given back                        |
/// | CohortStack::place                 | the same; then who holds the task                                 |
/// | CohortStack, everything else       | who has claimed the call; between phases, who holds the task      |
///
/// What one thread did with a call is visible to who resumes it in the next phase by launch-1 (each finish -
/// the last one of the phase) and then by the queue that the task goes through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <source_location>

#include "memory/task_entry.hpp"
#include "model/run_control.hpp"
#include "model/sync.hpp"
#include "scheduler/call_stack.hpp"

namespace weir {

/// Stacks of a runtime: the most calls of one cohort. Address space; pages are paid for when they are used.
inline constexpr std::uint32_t kCohortStacks = 512;
static_assert(kCohortStacks >= kSubtaskSlots, "a mixed task of one block always fits");
/// Bytes of one stack. A page without access below it turns an overflow into a fault.
inline constexpr std::size_t kCohortStackBytes = std::size_t{256} << 10U;

/// A stack and the call that is on it. Lies at the upper end of the stack's memory.
struct CohortStack {
    enum class State : std::uint8_t { fresh, waiting, returned };

    CohortStack(std::byte* memory, std::size_t bytes) noexcept : stack(memory, bytes) {}

    CallStack stack;
    CohortStack* next = nullptr;   ///< of the next call of the cohort, or the next free one
    CohortStack* place = nullptr;  ///< in the cohort's first: of the next unclaimed call
    State state = State::fresh;
    bool cancelled = false;  ///< the run ends: its barriers throw
    bool timed = false;
    std::uint64_t ticks = 0;  ///< spent in the call so far
    detail::RunControl* control = nullptr;
    const TaskSlot* task = nullptr;
    std::uint32_t call = 0;
};

class CohortStacks {
public:
    /// Reserves address space. Throws out_of_memory.
    explicit CohortStacks(std::uint32_t count);
    CohortStacks(const CohortStacks&) = delete;
    CohortStacks& operator=(const CohortStacks&) = delete;
    /// All have been given back.
    ~CohortStacks();

    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
    /// Address space of so many stacks, with the page below each.
    [[nodiscard]] static std::size_t bytes(std::uint32_t count) noexcept;

    /// By the orchestrator, before it submits a cohort: makes the address space usable, once. A program
    /// without cohorts is not charged for it. Throws out_of_memory for that source line.
    void require(std::source_location site);

    /// By the first holder of a cohort: all stacks or none. False: the task is in the line, and who gives
    /// stacks back passes it on; it must not be touched any more.
    [[nodiscard]] bool take_or_wait(TaskSlot& task, LaunchRecord& launch) noexcept;
    /// By who completes a cohort. Returns the tasks of the line that have their stacks now, linked by `next`;
    /// they are ready again.
    [[nodiscard]] TaskSlot* give_back(LaunchRecord& launch) noexcept;

    // Where each call of a cohort has a core to itself, and so no more calls are under way than stacks: one
    // call takes its stack alone.
    [[nodiscard]] CohortStack& take_one() noexcept;
    /// The call has returned.
    void give_back_one(CohortStack& stack) noexcept;

private:
    void assign(LaunchRecord& launch) noexcept;
    [[nodiscard]] CohortStack* take_free() noexcept;
    /// One that nobody has used yet: so only as much memory is touched as there were calls at once.
    [[nodiscard]] CohortStack* make() noexcept;

    std::uint32_t count_;
    std::byte* memory_ = nullptr;
    bool usable_ = false;  ///< by the orchestrator
    sync::Mutex mutex_;
    CohortStack* free_ = nullptr;
    std::uint32_t free_count_ = 0;  ///< those not yet made included
    std::uint32_t made_ = 0;
    TaskSlot* line_first_ = nullptr;
    TaskSlot* line_last_ = nullptr;
};

}  // namespace weir
