// SPDX-License-Identifier: Apache-2.0
/// Ready tasks, who runs them, and what follows when one is done. It owns no thread: worker threads and the
/// orchestrator's thread call `run_one` and `wait`, each with its own ThreadContext.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>

#include <weir/kernel.hpp>

#include "model/kernel_timing.hpp"
#include "model/run_control.hpp"
#include "observe/thread_recorder.hpp"
#include "scheduler/cohort_stacks.hpp"
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
    std::atomic<std::uint64_t> tasks{0};  ///< run, ever; atomic for those who watch
    std::uint64_t turns = 0;  ///< at tasks with a launch record that others completed; not in `tasks`
    /// What the thread tells of its tasks; null: nobody listens. Set between runs; who takes a task of a run
    /// sees it by what hands the task over (ring-1, or the overflow queue's lock).
    sync::Atomic<ThreadRecorder*> recorder{nullptr};
    alignas(64) RunningTask running;
};

struct Payload;

class Scheduler {
public:
    /// `ready_slots` holds kReadyRingSlots places for each thread. With a dispatcher, which outlives this,
    /// every task that is pushed goes to it, and nobody may take or run one here. `stacks`: for calls that
    /// start together.
    Scheduler(int threads, sync::Atomic<TaskSlot*>* ready_slots, detail::RunControl& control,
              Dispatcher* dispatcher = nullptr, std::uint32_t stacks = kCohortStacks);

    [[nodiscard]] int threads() const noexcept { return thread_count_; }
    [[nodiscard]] ThreadContext& thread(int index) noexcept {
        return threads_[static_cast<std::size_t>(index)];
    }
    [[nodiscard]] Lifecycle& lifecycle() noexcept { return lifecycle_; }
    [[nodiscard]] CohortStacks& stacks() noexcept { return stacks_; }
    [[nodiscard]] IdleThreads& idle() noexcept { return idle_; }
    [[nodiscard]] detail::RunControl& control() noexcept { return control_; }
    /// Null: the threads take and run the tasks.
    [[nodiscard]] Dispatcher* dispatcher() const noexcept { return dispatcher_; }

    /// A READY task, to be run by any thread. Called by the thread that made it ready.
    void push(ThreadContext& self, TaskSlot& task) noexcept;

    /// Any thread: the program's thread is to tell of its run (observe/run_account.hpp). One that waits is
    /// woken, tells, and sleeps again; one that is about to sleep looks for this first (idle-1).
    void ask_to_tell() noexcept {
        control_.ask();
        idle_.wake_if_parked(0);
    }

    /// Runs one ready task and, one after the other, the tasks that this makes ready and nobody else should
    /// have: returns how many.
    std::uint64_t run_one(ThreadContext& self) noexcept { return run_some(self, ~std::uint64_t{0}, false); }
    /// The same for at most `most` tasks; and with `not_long` only such as are not worth a hand-over in any
    /// case.
    std::uint64_t run_some(ThreadContext& self, std::uint64_t most, bool not_long) noexcept;

    /// Runs this READY task and, if it completes, what `run_one` would go on with.
    void run_this(ThreadContext& self, TaskSlot& task) noexcept;

    /// Makes the calls of a task that is in no ring, whose launch record says one_thread; it is not
    /// completed.
    void run_calls(ThreadContext& self, TaskSlot& task) noexcept;

    /// Whether any task is ready. For a thread that has entered itself as idle.
    [[nodiscard]] bool any_ready() const noexcept;

    /// How many tasks wait in ready rings, and in the overflow queue, where they are counted up to 1,024;
    /// with a dispatcher, in its queues, each counted up to as many. For those who watch: it may be stale.
    [[nodiscard]] std::uint64_t ready_tasks() noexcept;

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

    /// Makes all calls of a task, on the only thread of this scheduler.
    void run_all_calls(ThreadContext& self, TaskSlot& task) noexcept;
    /// Makes one call of a task that was dispatched to a core; a task without a launch record has the call 0.
    /// The call meets nobody.
    void run_dispatched(ThreadContext& self, TaskSlot& task, std::uint32_t call) noexcept;
    /// One call of a cohort up to its next barrier or its end, which the stack's state tells. False: it has
    /// not begun, and never does.
    bool resume_call(ThreadContext& self, const TaskSlot& task, LaunchRecord& launch, CohortStack& stack,
                     std::uint32_t call) noexcept;

private:
    /// For a task that has not found a place in a ready ring.
    void push_aside(TaskSlot& task) noexcept;
    /// The same with what the kernel is to be told. See kernel_call.hpp.
    int call_with(ThreadContext& self, const KernelCall& call, const TaskInfo& info, bool timed) noexcept;
    [[nodiscard]] TaskSlot* take(ThreadContext& self) noexcept;
    template <class Recording>
    std::uint64_t run_chain(ThreadContext& self, TaskSlot& first, std::uint64_t most, bool not_long,
                            Recording recording) noexcept;
    /// Runs the task and completes it; the task to go on with, or null.
    template <class Recording>
    TaskSlot* execute(ThreadContext& self, TaskSlot& task, Recording recording) noexcept;
    void run_kernel(ThreadContext& self, TaskSlot& task, const Payload& payload) noexcept;
    /// The kernel of a task that has a name, or what this thread does of one with a launch record. False when
    /// others complete the task.
    template <class Recording>
    [[gnu::noinline]] bool run_flagged(ThreadContext& self, TaskSlot& task, Recording recording) noexcept;

    // launch.cpp
    /// Makes some calls of the task. True when they were the last: this thread completes it.
    template <class Recording>
    bool run_launch(ThreadContext& self, TaskSlot& task, LaunchRecord& launch, Recording recording) noexcept;
    /// What the calls of this thread's share come to.
    template <class Recording>
    bool run_share(ThreadContext& self, TaskSlot& task, LaunchRecord& launch, Recording recording) noexcept;
    void run_call(ThreadContext& self, const TaskSlot& task, const Payload& payload,
                  const LaunchRecord& launch, std::uint32_t call) noexcept;
    [[nodiscard]] std::uint32_t calls_at_once(const LaunchRecord& launch) const noexcept;

    // cohort.cpp
    /// run_launch for calls that can meet.
    template <class Recording>
    bool run_cohort(ThreadContext& self, TaskSlot& task, LaunchRecord& launch, Recording recording) noexcept;
    static void make_call(void* stack) noexcept;
    /// True when calls wait, which then go on.
    [[nodiscard]] bool begin_phase(LaunchRecord& launch) noexcept;

    int thread_count_;
    std::unique_ptr<ThreadContext[]> threads_;
    OverflowQueue overflow_;
    CohortStacks stacks_;
    IdleThreads idle_;
    Lifecycle lifecycle_;
    detail::RunControl& control_;
    Dispatcher* dispatcher_;
};

}  // namespace weir
