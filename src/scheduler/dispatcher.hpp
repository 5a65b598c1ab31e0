// SPDX-License-Identifier: Apache-2.0
/// What runs the tasks of a program where the runtime's own threads do not: the control threads and cores of
/// a chip. The orchestrator asks for nothing else, and where there is no dispatcher it does not ask at all.
///
/// Every call but `ready_tasks` is made by the program's thread. The calls that return later than they could
/// may run tasks on it meanwhile.
#pragma once

#include <chrono>
#include <cstdint>

#include <weir/orchestrator.hpp>

#include "memory/task_entry.hpp"

namespace weir {

/// What a task was made to wait for.
class UnfinishedProducers {
public:
    /// The next one that has not completed, or null: there is none.
    [[nodiscard]] virtual TaskSlot* next() noexcept = 0;

protected:
    ~UnfinishedProducers() = default;
};

class Dispatcher {
public:
    Dispatcher() = default;
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    /// Throws for a kernel of a request that cannot be dispatched. Nothing has happened yet.
    virtual void check(const detail::KernelRecord& kernel, const detail::SubmitRequest& request) = 0;
    /// A submit that has passed every check is about to find its producers: lets everything happen that
    /// happens before that moment. Throws for a request that cannot be dispatched; then nothing has happened.
    virtual void before_submit(const detail::SubmitRequest& request) = 0;
    /// Whether tasks are to have an early record, and `wired` is to be called. Always the same.
    [[nodiscard]] virtual bool dispatches_early() const noexcept { return false; }
    /// A task with an early record has got its edges, and is about to be published.
    virtual void wired(TaskSlot&, UnfinishedProducers&) noexcept {}
    /// A READY task, to be completed and released by whoever runs it. Of threads that are idle in the
    /// scheduler one is woken for it.
    virtual void hand_over(TaskSlot& task) noexcept = 0;
    /// Lets tasks go on until `entry` has reached the state. On real threads also until the program's thread
    /// is asked to tell of its run (RunControl::ask).
    virtual void wait(const TaskEntry& entry, TaskState wanted) noexcept = 0;
    /// The program submits nothing any more; `wait` is called until nothing is left.
    virtual void program_ended() noexcept = 0;
    /// How many READY tasks wait for a core, each queue counted up to `most`. Any thread, for those who
    /// watch: it may be stale.
    [[nodiscard]] virtual std::uint64_t ready_tasks(std::uint64_t most) noexcept = 0;
    /// Of the clock by which the time is told that the program was held back.
    [[nodiscard]] virtual std::chrono::nanoseconds now() const noexcept = 0;

protected:
    ~Dispatcher() = default;
};

}  // namespace weir
