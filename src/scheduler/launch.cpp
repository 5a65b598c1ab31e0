// SPDX-License-Identifier: Apache-2.0
/// How threads share the calls of a task with a launch record; see model/launch_record.hpp.
#include <algorithm>
#include <cassert>

#include "scheduler/kernel_call.hpp"
#include "scheduler/payload.hpp"
#include "scheduler/placement.hpp"
#include "scheduler/scheduler.hpp"

namespace weir {

namespace {

/// How long a thread keeps calls to itself that others could make: much longer than taking some more of them
/// costs, and short beside what a program waits for.
constexpr std::uint64_t kClaimNs = 5000;

/// Meets nobody: of calls that need not run at the same time.
void refuse_barrier(const detail::LaunchedTaskInfo& info) {
    throw Error(ErrorCode::invalid_argument,
                "barrier: the task has " + std::to_string(info.block_count) +
                    " blocks that need not run at the same time; submit it with sync_start");
}

}  // namespace

std::uint32_t Scheduler::calls_at_once(const LaunchRecord& launch) const noexcept {
    if (thread_count_ == 1 || launch.one_thread) return launch.calls();
    std::uint64_t mean = 1;
    for (const detail::KernelRecord* kernel : launch.kernels) {
        if (kernel == nullptr) continue;
        if (!kernel->timing->known()) return 1;
        mean = std::max(mean, kernel->timing->mean());
    }
    // No more than a fair part of what is left, so that all threads end at about the same time.
    const auto fair = launch.unclaimed / static_cast<std::uint32_t>(2 * thread_count_);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(ticks_of_ns(kClaimNs) / mean, fair));
}

template <class Recording>
bool Scheduler::run_launch(ThreadContext& self, TaskSlot& task, LaunchRecord& launch,
                           Recording recording) noexcept {
    const bool first = launch.unclaimed == launch.calls() && launch.cohort == nullptr;
    const bool skipped = first && (control_.stopped() || !launch.predicate.holds());
    if (skipped) recording.skipped();
    const bool last = skipped                    ? launch.finish(launch.calls())
                      : launch.starts_together() ? run_cohort(self, task, launch, recording)
                                                 : run_share(self, task, launch, recording);
    if (!last) ++self.turns;
    return last;
}

template bool Scheduler::run_launch(ThreadContext& self, TaskSlot& task, LaunchRecord& launch,
                                    NoTaskRecording recording) noexcept;
template bool Scheduler::run_launch(ThreadContext& self, TaskSlot& task, LaunchRecord& launch,
                                    TaskRecording recording) noexcept;

void Scheduler::run_calls(ThreadContext& self, TaskSlot& task) noexcept {
    const bool all = run_launch(self, task, *launch_of(task), NoTaskRecording());
    assert(all);
    static_cast<void>(all);
}

template <class Recording>
bool Scheduler::run_share(ThreadContext& self, TaskSlot& task, LaunchRecord& launch,
                          Recording recording) noexcept {
    const ClaimedCalls claimed = launch.claim(calls_at_once(launch));
    // From here on the task is somebody else's to claim from. The record stays until these calls finish.
    if (claimed.some_left) push(self, task);
    recording.calls_begin();
    const Payload payload(task);
    for (std::uint32_t i = 0; i < claimed.count; ++i) {
        if (control_.stopped()) continue;
        const std::uint32_t call = claimed.first + i;
        run_call(self, task, payload, launch, call);
        if constexpr (Recording::kOn)
            recording.call_ended({task.ring, task.entry->number}, launch.block_of(call),
                                 launch.slot_of(call));
    }
    return launch.finish(claimed.count);
}

void Scheduler::run_call(ThreadContext& self, const TaskSlot& task, const Payload& payload,
                         const LaunchRecord& launch, std::uint32_t call) noexcept {
    const detail::KernelRecord& kernel = launch.kernel_of(call);
    const bool timed = --self.samples_countdown == 0 || !kernel.timing->known();
    if (timed) self.samples_countdown = self.generator.next(kShippedSampleRange);
    const detail::TaskRef ref(task.ring, task.entry->number);
    detail::LaunchedTaskInfo info(&kernel, ref, &control_, {task.tensor_count, task.scalar_count});
    info.block_index = static_cast<std::uint16_t>(launch.block_of(call));
    info.block_count = launch.blocks;
    info.slot = launch.slot_of(call);
    info.barrier = launch.calls() == 1 ? nullptr : &refuse_barrier;
    call_with(self,
              {kernel,
               payload.tensors,
               payload.scalars,
               {task.tensor_count, task.scalar_count},
               ref,
               task.entry->site,
               payload.name},
              info, timed);
}

}  // namespace weir
