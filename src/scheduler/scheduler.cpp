// SPDX-License-Identifier: Apache-2.0
#include "scheduler/scheduler.hpp"

#include <bit>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "memory/arena.hpp"
#include "scheduler/kernel_call.hpp"
#include "scheduler/payload.hpp"
#include "scheduler/placement.hpp"

namespace weir {

namespace detail {

namespace {

/// What the kernel did; `threw` as in fail_run.
std::string failure_of(int status, bool threw) {
    if (!threw) return "returned status " + std::to_string(status);
    try {
        throw;
    } catch (const std::exception& error) {
        return std::string("threw: ") + error.what();
    } catch (...) {
        return "threw something that is no std::exception";
    }
}

}  // namespace

void fail_run(RunControl& control, const KernelRecord& kernel, TaskRef ref, const char* name,
              std::source_location site, int status, bool threw) noexcept {
    try {
        std::string text = "kernel \"" + kernel.name + "\" of task " + std::to_string(ref.ring()) + ":" +
                           std::to_string(ref.number());
        if (name != nullptr) text += std::string(" (") + name + ")";
        if (site.line() != 0) text += ", submitted at " + format_site(site) + ",";
        control.fail(ErrorCode::kernel_failed, text + " " + failure_of(status, threw), site);
    } catch (const std::bad_alloc&) {
        control.fail(ErrorCode::kernel_failed, "out of memory", site);  // short enough to need none
    }
}

}  // namespace detail

namespace {

detail::TaskRef ref_of(const TaskSlot& task) noexcept { return {task.ring, task.entry->number}; }

/// What another thread has written for the task, all at once: the payload's records lie one behind the other,
/// so a walk finds the next line only when it has the one before.
void prefetch_payload(const TaskSlot& task) noexcept {
    constexpr std::size_t kLines = 5;  // four tensors of four axes
    for (std::size_t line = 0; line < kLines; ++line) __builtin_prefetch(task.payload + 64 * line);
}

}  // namespace

Scheduler::Scheduler(int threads, sync::Atomic<TaskSlot*>* ready_slots, detail::RunControl& control,
                     Dispatcher* dispatcher, std::uint32_t stacks)
    : thread_count_(threads),
      threads_(std::make_unique<ThreadContext[]>(static_cast<std::size_t>(threads))),
      stacks_(stacks),
      idle_(threads),
      lifecycle_(idle_),
      control_(control),
      dispatcher_(dispatcher) {
    for (int i = 0; i < threads; ++i) {
        thread(i).index = i;
        thread(i).ready.attach(ready_slots + static_cast<std::uint64_t>(i) * kReadyRingSlots,
                               kReadyRingSlots);
        if (dispatcher != nullptr) thread(i).ready.shut();
    }
}

void Scheduler::push_aside(TaskSlot& task) noexcept {
    if (dispatcher_ == nullptr)
        overflow_.push(task);
    else
        dispatcher_->hand_over(task);
}

void Scheduler::push(ThreadContext& self, TaskSlot& task) noexcept {
    if (task.priority != 0 || !self.ready.push(task)) push_aside(task);
    idle_.wake_one();
}

bool Scheduler::any_ready() const noexcept {
    if (overflow_.any()) return true;
    for (int i = 0; i < thread_count_; ++i)
        if (threads_[static_cast<std::size_t>(i)].ready.any()) return true;
    return false;
}

std::uint64_t Scheduler::ready_tasks() noexcept {
    constexpr std::uint64_t kMostCounted = 1024;
    if (dispatcher_ != nullptr) return dispatcher_->ready_tasks(kMostCounted);
    std::uint64_t count = overflow_.any() ? overflow_.count(kMostCounted) : 0;
    for (int i = 0; i < thread_count_; ++i) count += thread(i).ready.count();
    return count;
}

TaskSlot* Scheduler::take(ThreadContext& self) noexcept {
    if (TaskSlot* urgent = overflow_.take(1)) return urgent;
    for (int i = 0; i < thread_count_; ++i) {
        const int victim = self.index + i < thread_count_ ? self.index + i : self.index + i - thread_count_;
        if (TaskSlot* task = thread(victim).ready.take()) return task;
    }
    return overflow_.take(kMinPriority);
}

std::uint64_t Scheduler::run_some(ThreadContext& self, std::uint64_t most, bool not_long) noexcept {
    TaskSlot* const task = take(self);
    // Relaxed: see ThreadContext::recorder. A look that found nothing may be told to the recorder of a run
    // that has just ended, which passes over it.
    ThreadRecorder* const recorder = self.recorder.load(std::memory_order_relaxed);
    if (task == nullptr) {
        if (recorder != nullptr) recorder->missed(1);
        return 0;
    }
    if (recorder != nullptr) [[unlikely]]
        return run_chain(self, *task, most, not_long, TaskRecording(*recorder));
    return run_chain(self, *task, most, not_long, NoTaskRecording());
}

template <class Recording>
std::uint64_t Scheduler::run_chain(ThreadContext& self, TaskSlot& first, std::uint64_t most, bool not_long,
                                   Recording recording) noexcept {
    recording.begin();
    std::uint64_t count = 0;
    for (TaskSlot* task = &first; task != nullptr; ++count) {
        if (count == most || (not_long && is_long(*task->kernel->timing))) {
            push(self, *task);
            break;
        }
        task = execute(self, *task, recording);
    }
    // Relaxed: written by this thread alone, a count on its own.
    self.tasks.store(self.tasks.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    recording.finish();
    return count;
}

template <class Recording>
TaskSlot* Scheduler::execute(ThreadContext& self, TaskSlot& task, Recording recording) noexcept {
    prefetch_payload(task);
    Lifecycle::start(task);
    Lifecycle::prefetch_completion(task);
    if (task.flags != 0) [[unlikely]] {
        if (!run_flagged(self, task, recording)) return nullptr;
    } else if (!control_.stopped()) {
        run_kernel(self, task, Payload(task, task.payload, nullptr));
    }
    recording.kernel_ended();
    // Read first: once it is released its records may be used for another task.
    const detail::TaskRef ref = Recording::kOn ? ref_of(task) : detail::TaskRef();
    const bool owner = Recording::kOn && task.entry->is_owner != 0;
    const std::uint64_t edges = Recording::kOn ? task.dep_count : 0;
    TaskSlot* successor = nullptr;
    const std::uint64_t consumers = Lifecycle::complete(task, [&](TaskSlot& ready) {
        if constexpr (Recording::kOn) recording.made_ready(ref_of(ready));
        if (successor == nullptr) {
            successor = &ready;
            prefetch_payload(ready);
        } else if (ready.priority > successor->priority) {
            push(self, *std::exchange(successor, &ready));
        } else {
            push(self, ready);
        }
    });
    recording.told_consumers(consumers);
    lifecycle_.release(task, recording);
    recording.released(ref, owner, edges);
    // A task that others made ready and that is more urgent goes first.
    if (successor != nullptr && successor->priority < kMaxPriority &&
        overflow_.any_from(successor->priority + 1)) {
        if (TaskSlot* urgent = overflow_.take(successor->priority + 1))
            push(self, *std::exchange(successor, urgent));
    }
    return successor;
}

void Scheduler::run_this(ThreadContext& self, TaskSlot& task) noexcept {
    // Nothing waits for it yet, so nothing is made ready.
    const std::uint64_t turns = self.turns;
    // Relaxed: see ThreadContext::recorder.
    if (ThreadRecorder* const recorder = self.recorder.load(std::memory_order_relaxed); recorder != nullptr) {
        TaskRecording recording(*recorder);
        recording.begin_here();
        static_cast<void>(execute(self, task, recording));
        recording.finish();
    } else {
        static_cast<void>(execute(self, task, NoTaskRecording()));
    }
    self.turns = turns;
}

template <class Recording>
bool Scheduler::run_flagged(ThreadContext& self, TaskSlot& task, Recording recording) noexcept {
    if (LaunchRecord* launch = launch_of(task)) return run_launch(self, task, *launch, recording);
    if (!control_.stopped()) run_kernel(self, task, Payload(task));
    return true;
}

void Scheduler::run_all_calls(ThreadContext& self, TaskSlot& task) noexcept {
    const std::uint64_t turns = self.turns;
    static_cast<void>(run_flagged(self, task, NoTaskRecording()));
    self.turns = turns;
}

inline void Scheduler::run_kernel(ThreadContext& self, TaskSlot& task, const Payload& payload) noexcept {
    const bool timed = --self.samples_countdown == 0 || !task.kernel->timing->known();
    if (timed) self.samples_countdown = self.generator.next(kShippedSampleRange);
    call_kernel(self,
                {*task.kernel,
                 payload.tensors,
                 payload.scalars,
                 {task.tensor_count, task.scalar_count},
                 ref_of(task),
                 task.entry->site,
                 payload.name},
                timed);
}

void Scheduler::run_dispatched(ThreadContext& self, TaskSlot& task, std::uint32_t call) noexcept {
    if (control_.stopped()) return;
    const Payload payload(task);
    if (const LaunchRecord* launch = launch_of(task))
        run_call(self, task, payload, *launch, call);
    else
        run_kernel(self, task, payload);
}

int Scheduler::call_kernel(ThreadContext& self, const KernelCall& call, bool timed) noexcept {
    return call_with(self, call, TaskInfo(&call.kernel, call.ref, &control_, call.counts), timed);
}

}  // namespace weir
