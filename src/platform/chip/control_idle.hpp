// SPDX-License-Identifier: Apache-2.0
/// Control threads on the wall clock that have nothing to do, and how they are woken. Each parks by the story
/// of IdleThreads (idle-1). The orchestrator's is the program's thread, which parks where a held-back program
/// does: as thread 0 of the scheduler, so that the transition that it waits for wakes it too (idle-2).
///
///     what happens                                     who is woken
///     a core has finished an order                     the control thread that owns it
///     a task is ready, a cluster is given, the         all others
///     program or the run has ended
///
/// A control thread that has no order under way could place whatever is ready, so no ready task waits for a
/// thread that sleeps: all are woken for it. One that has orders under way is woken by the first that ends.
#pragma once

#include "scheduler/idle_threads.hpp"

namespace weir::chip {

class ControlIdle {
public:
    /// `threads` control threads, the last of which is `program`'s thread 0.
    ControlIdle(int threads, IdleThreads& program)
        : orchestrator_(threads - 1), schedulers_(threads - 1), program_(program) {}

    /// The orchestrator's control thread schedules, or does not any more.
    void set_joined(bool joined) noexcept {
        joined_.store(joined, std::memory_order_relaxed);  // relaxed: before its last look by idle-1
    }
    [[nodiscard]] IdleThreads& of(int thread) noexcept {
        return thread == orchestrator_ ? program_ : schedulers_;
    }
    /// Its place in `of`.
    [[nodiscard]] int place(int thread) const noexcept { return thread == orchestrator_ ? 0 : thread; }

    /// After something was published for that thread.
    void wake(int thread) noexcept { of(thread).wake_if_parked(place(thread)); }
    /// After something was published for any thread.
    void wake_others(int than) noexcept {
        for (int thread = 0; thread < orchestrator_; ++thread)
            if (thread != than) wake(thread);
        // Relaxed: a program that joins later looks before it parks.
        if (than != orchestrator_ && joined_.load(std::memory_order_relaxed)) wake(orchestrator_);
    }

private:
    int orchestrator_;
    IdleThreads schedulers_;
    IdleThreads& program_;
    sync::Atomic<bool> joined_{false};
};

}  // namespace weir::chip
