// SPDX-License-Identifier: Apache-2.0
/// Ready tasks, who runs them, and what follows when one is done. It owns no thread: worker threads and the
/// orchestrator's thread call `run_one` and `wait`, each with its own ThreadContext.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>

#include <weir/kernel.hpp>

#include "model/kernel_timing.hpp"
#include "model/run_control.hpp"
#include "scheduler/dispatcher.hpp"
#include "scheduler/idle_threads.hpp"
#include "scheduler/lifecycle.hpp"
#include "scheduler/overflow_queue.hpp"
#include "scheduler/ready_ring.hpp"

namespace weir {

namespace detail {
/// Ends the run with the failure of a kernel: "kernel "add" of task 0:7 (name), submitted at file.cpp:77,
/// threw: ...". `threw`: called in the handler of what the kernel threw; else it returned `status`. Without
/// memory for that text the error says so in its place: the kernel may have failed for the same reason.
void fail_run(RunControl& control, const KernelRecord& kernel, TaskRef ref, const char* name,
              std::source_location site, int status, bool threw) noexcept;
}  // namespace detail

/// What a thread is doing, for a report from outside: the task that it runs.
struct RunningTask {
    sync::Atomic<const detail::KernelRecord*> kernel{nullptr};
    sync::Atomic<std::uint64_t> ref{0};
    sync::Atomic<std::uintptr_t> site{0};
};

/// What belongs to one thread that runs tasks. Thread 0 is the orchestrator's.
struct alignas(64) ThreadContext {
    int index = 0;
    ReadyRing ready;
    SampleGenerator generator;
    std::uint32_t samples_countdown = 1;
    std::uint64_t tasks = 0;
    alignas(64) RunningTask running;
};

class Scheduler {
public:
    /// `ready_slots` holds kReadyRingSlots places for each thread. With a dispatcher, which outlives this,
    /// every task that is pushed goes to it, and nobody may take or run one here.
    Scheduler(int threads, sync::Atomic<TaskSlot*>* ready_slots, detail::RunControl& control,
              Dispatcher* dispatcher = nullptr);

    [[nodiscard]] int threads() const noexcept { return thread_count_; }
    [[nodiscard]] ThreadContext& thread(int index) noexcept {
        return threads_[static_cast<std::size_t>(index)];
    }
    [[nodiscard]] Lifecycle& lifecycle() noexcept { return lifecycle_; }
    [[nodiscard]] IdleThreads& idle() noexcept { return idle_; }
    [[nodiscard]] detail::RunControl& control() noexcept { return control_; }
    /// Null: the threads take and run the tasks.
    [[nodiscard]] Dispatcher* dispatcher() const noexcept { return dispatcher_; }

    /// A READY task, to be run by any thread. Called by the thread that made it ready.
    void push(ThreadContext& self, TaskSlot& task) noexcept;

    /// Runs one ready task and, one after the other, the tasks that this makes ready and nobody else should
    /// have: returns how many.
    std::uint64_t run_one(ThreadContext& self) noexcept { return run_some(self, ~std::uint64_t{0}, false); }
    /// The same for at most `most` tasks; and with `not_long` only such as are not worth a hand-over in any
    /// case.
    std::uint64_t run_some(ThreadContext& self, std::uint64_t most, bool not_long) noexcept;

    /// Whether any task is ready. For a thread that has entered itself as idle.
    [[nodiscard]] bool any_ready() const noexcept;

    /// A task about to run, wherever its arguments lie.
    struct KernelCall {
        const detail::KernelRecord& kernel;
        const detail::TensorRecord* const* tensors;
        const std::uint64_t* scalars;
        detail::ArgumentCounts counts;
        detail::TaskRef ref;
        std::source_location site;  ///< of the submit
        const char* name;           ///< by options; may be null
    };
    /// Runs a kernel on this thread, and times it if told to. Returns its status; a kernel that throws has
    /// failed the run.
    int call_kernel(ThreadContext& self, const KernelCall& call, bool timed) noexcept;

private:
    /// For a task that has not found a place in a ready ring.
    void push_aside(TaskSlot& task) noexcept;
    [[nodiscard]] TaskSlot* take(ThreadContext& self) noexcept;
    /// Runs the task and completes it; the task to go on with, or null.
    TaskSlot* execute(ThreadContext& self, TaskSlot& task) noexcept;
    void run_kernel(ThreadContext& self, TaskSlot& task) noexcept;

    int thread_count_;
    std::unique_ptr<ThreadContext[]> threads_;
    OverflowQueue overflow_;
    IdleThreads idle_;
    Lifecycle lifecycle_;
    detail::RunControl& control_;
    Dispatcher* dispatcher_;
};

}  // namespace weir
