// SPDX-License-Identifier: Apache-2.0
/// How threads share the calls of a cohort; see cohort_stacks.hpp.
#include <bit>
#include <new>

#include "scheduler/cohort_stacks.hpp"
#include "scheduler/payload.hpp"
#include "scheduler/placement.hpp"
#include "scheduler/scheduler.hpp"

namespace weir {

namespace {

/// TaskInfo::barrier of a call on a stack of its own.
void meet(const detail::LaunchedTaskInfo& info) {
    auto& stack = *static_cast<CohortStack*>(info.meeting);
    if (!stack.cancelled) {
        stack.state = CohortStack::State::waiting;
        stack.stack.leave();
    }
    if (stack.cancelled)
        throw Error(ErrorCode::cancelled,
                    "barrier: the run has ended early, so the others will not come; return from the kernel");
}

}  // namespace

template <class Recording>
bool Scheduler::run_cohort(ThreadContext& self, TaskSlot& task, LaunchRecord& launch,
                           Recording recording) noexcept {
    if (launch.cohort == nullptr && !stacks_.take_or_wait(task, launch)) return false;
    do {
        CohortStack& first = *launch.cohort;
        CohortStack* stack = first.place;
        const ClaimedCalls claimed = launch.claim(calls_at_once(launch));
        for (std::uint32_t i = 0; i < claimed.count; ++i) first.place = first.place->next;
        // From here on the task is somebody else's to claim from. Its record and its stacks stay until these
        // calls finish.
        if (claimed.some_left) push(self, task);
        recording.calls_begin();
        for (std::uint32_t i = 0; i < claimed.count; ++i, stack = stack->next) {
            const std::uint32_t call = claimed.first + i;
            if (stack->state == CohortStack::State::returned ||
                !resume_call(self, task, launch, *stack, call))
                continue;
            if constexpr (Recording::kOn)
                recording.call_ended({task.ring, task.entry->number}, launch.block_of(call),
                                     launch.slot_of(call));
        }
        if (!launch.finish(claimed.count)) return false;
    } while (begin_phase(launch));
    for (TaskSlot* served = stacks_.give_back(launch); served != nullptr;) {
        TaskSlot& next = *served;
        served = served->next;  // read first: the queue may use the link
        push(self, next);
    }
    return true;
}

template bool Scheduler::run_cohort(ThreadContext& self, TaskSlot& task, LaunchRecord& launch,
                                    NoTaskRecording recording) noexcept;
template bool Scheduler::run_cohort(ThreadContext& self, TaskSlot& task, LaunchRecord& launch,
                                    TaskRecording recording) noexcept;

bool Scheduler::begin_phase(LaunchRecord& launch) noexcept {
    const bool cancelled = control_.stopped();
    bool some_wait = false;
    for (CohortStack* stack = launch.cohort; stack != nullptr; stack = stack->next) {
        if (stack->state != CohortStack::State::waiting) continue;
        some_wait = true;
        stack->cancelled = cancelled;
    }
    if (!some_wait) return false;
    launch.cohort->place = launch.cohort;
    launch.again();
    return true;
}

bool Scheduler::resume_call(ThreadContext& self, const TaskSlot& task, LaunchRecord& launch,
                            CohortStack& stack, std::uint32_t call) noexcept {
    const detail::KernelRecord& kernel = launch.kernel_of(call);
    if (stack.state == CohortStack::State::fresh) {
        if (control_.stopped()) {
            stack.state = CohortStack::State::returned;
            return false;
        }
        stack.timed = --self.samples_countdown == 0 || !kernel.timing->known();
        if (stack.timed) self.samples_countdown = self.generator.next(kShippedSampleRange);
        stack.ticks = 0;
        stack.control = &control_;
        stack.task = &task;
        stack.call = call;
        stack.stack.start(&make_call, &stack);
    }
    // Relaxed: for reports from outside, which may be a task behind.
    self.running.site.store(std::bit_cast<std::uintptr_t>(task.entry->site), std::memory_order_relaxed);
    self.running.ref.store(detail::TaskRef(task.ring, task.entry->number).word(),
                           std::memory_order_relaxed);              // report
    self.running.kernel.store(&kernel, std::memory_order_relaxed);  // report
    const std::uint64_t start = now_ticks();
    const bool returned = stack.stack.resume();
    stack.ticks += now_ticks() - start;
    self.running.kernel.store(nullptr, std::memory_order_relaxed);  // report
    if (!returned) return true;
    stack.state = CohortStack::State::returned;
    if (stack.timed) kernel.timing->add(stack.ticks);
    return true;
}

void Scheduler::make_call(void* object) noexcept {
    CohortStack& stack = *static_cast<CohortStack*>(object);
    const TaskSlot& task = *stack.task;
    const LaunchRecord& launch = *launch_of(task);
    const detail::KernelRecord& kernel = launch.kernel_of(stack.call);
    const detail::TaskRef ref(task.ring, task.entry->number);
    const Payload payload(task);
    detail::LaunchedTaskInfo info(&kernel, ref, stack.control, {task.tensor_count, task.scalar_count});
    info.block_index = static_cast<std::uint16_t>(launch.block_of(stack.call));
    info.block_count = launch.blocks;
    info.slot = launch.slot_of(stack.call);
    info.barrier = &meet;
    info.meeting = &stack;
    try {
        const int status = kernel.invoke(kernel.object, payload.tensors, payload.scalars, info);
        if (status != 0)
            detail::fail_run(*stack.control, kernel, ref, payload.name, task.entry->site, status, false);
    } catch (...) {
        detail::fail_run(*stack.control, kernel, ref, payload.name, task.entry->site, -1, true);
    }
}

}  // namespace weir
