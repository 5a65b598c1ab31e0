// SPDX-License-Identifier: Apache-2.0
/// Submit of a task with a launch record (model/launch_record.hpp): several kernels or blocks, or a
/// predicate. The same steps as any submit. Such a task always gets a slot and a payload, because its record
/// must lie somewhere while several threads work on it; one that is worth no hand-over is taken up by this
/// thread at once.
#include <algorithm>
#include <cstring>

#include "orchestrator/orchestrator_core.hpp"
#include "orchestrator/submit_recording.hpp"
#include "scheduler/placement.hpp"

namespace weir::detail {

using recording::Phase;

Task OrchestratorCore::submit_mixed(const SubtaskKernels& kernels, const SubmitRequest& request) {
    check_call(request.site);
    settle();
    SubmitRequest first = request;
    for (const KernelRecord* kernel : kernels) {
        if (kernel == nullptr) continue;
        SubmitRequest one = request;
        one.kernel = const_cast<KernelRecord*>(kernel);  // the orchestrator's thread writes its first line
        if (first.kernel == nullptr) first.kernel = one.kernel;
        check_request(one, true);
    }
    if (records_tasks_ && plan_ == nullptr) [[unlikely]] {
        SubmitRecording recording(*events_, *reasons_);
        const Task task = submit_launch(kernels, first, recording);
        record_occupancy_sometimes();
        return task;
    }
    NoSubmitRecording recording;
    return submit_launch(kernels, first, recording);
}

bool OrchestratorCore::asks_for_launch(const SubmitRequest& request) noexcept {
    const Options* const options = request.options;
    return options != nullptr && (options->block_count() != 1 || options->predicate_value() != nullptr);
}

SubtaskKernels OrchestratorCore::alone(const SubmitRequest& request) noexcept {
    SubtaskKernels kernels{};
    kernels[static_cast<std::size_t>(slot_of(request.kernel->core_type))] = request.kernel;
    return kernels;
}

void OrchestratorCore::fill_launch(const SubtaskKernels& kernels, const SubmitRequest& request,
                                   LaunchSubmit& submit) {
    const Options& options = *request.options;
    submit.extended = request;
    submit.extended.arguments = submit.arguments.data();
    LaunchRequest& launch = submit.launch;
    launch.kernel_arguments = request.argument_count;
    launch.kernels = kernels;
    launch.blocks = static_cast<std::uint16_t>(options.block_count());
    launch.subtasks = static_cast<std::uint8_t>(
        std::count_if(kernels.begin(), kernels.end(), [](const auto* kernel) { return kernel != nullptr; }));
    launch.sync_start = options.starts_together();
    std::copy_n(request.arguments, request.argument_count, submit.arguments.begin());
    if (const PredicateOption* option = options.predicate_value()) {
        submit.element = element_of(*option);
        submit.arguments[submit.extended.argument_count++] = {&submit.element, nullptr, Access::in,
                                                              submit.element.dtype(), false};
        launch.predicate = {submit.element.record().data, constant_of(*option), submit.element.dtype(),
                            option->comparison};
    }
    static_cast<void>(examine(submit.extended, submit.extended.argument_count, submit));
    submit.early = early_;
    submit.needs.payload_bytes += sizeof(LaunchRecord) + (early_ ? sizeof(EarlyRecord) : 0);
    // The kernels do not see the element of the predicate.
    if (launch.predicate.element != nullptr) submit.needs.payload_bytes -= submit.element.record().bytes();
}

template <class Recording>
Task OrchestratorCore::submit_launch(const SubtaskKernels& kernels, const SubmitRequest& request,
                                     Recording& recording) {
    check_launch(kernels, request);
    LaunchSubmit submit;
    fill_launch(kernels, request, submit);
    if (plan_ != nullptr) return plan_task(submit, &submit.launch);
    check_capacity(submit);
    if (submit.launch.starts_together()) scheduler_.stacks().require(request.site);
    if (dispatcher_ != nullptr)
        for (const KernelRecord* kernel : kernels)
            if (kernel != nullptr) dispatcher_->check(*kernel, submit.extended);
    poll_sometimes(submit);
    recording.step(Phase::arguments);
    ++tasks_;
    for (;;) {
        if (!discover(submit, recording)) {
            hold_back(submit, {true, Resource::tensormap, oldest_unreleased(), TaskState::released});
            recording.resume();
            continue;
        }
        recording.step(Phase::lookup);
        submit.runs_here = producers_.waits() == 0 && runs_here(submit);
        find_owners(submit);
        if (!reserve(submit, true)) {
            recording.resume();
            continue;
        }
        recording.step(Phase::reserve);
        shut_gate();
        const TaskRef ref = ship(submit, recording);
        if (submit.runs_here) {
            poll();
            update_gate();
            if (scheduler_.control().stopped()) scheduler_.control().rethrow();
        }
        return Task(ref, fast_.runtime_serial);
    }
}

template Task OrchestratorCore::submit_launch(const SubtaskKernels& kernels, const SubmitRequest& request,
                                              NoSubmitRecording& recording);
template Task OrchestratorCore::submit_launch(const SubtaskKernels& kernels, const SubmitRequest& request,
                                              SubmitRecording& recording);

bool OrchestratorCore::runs_here(const LaunchSubmit& submit) const noexcept {
    if (running_threads_ <= 1) return running_threads_ == 1;
    std::uint64_t ticks = 0;
    for (const KernelRecord* kernel : submit.launch.kernels) {
        if (kernel == nullptr) continue;
        if (!is_short(*kernel->timing)) return false;
        ticks += kernel->timing->mean() * submit.launch.blocks;
    }
    return ticks < ticks_of_ns(kShortMeanNs);
}

template <class Recording>
void OrchestratorCore::hand_over(const LaunchSubmit& submit, TaskSlot& slot, Recording& recording) {
    if (!submit.runs_here) {
        scheduler_.push(self_, slot);
        return;
    }
    ++tasks_in_place_;
    recording.step(Phase::publish);
    in_kernel_ = true;
    scheduler_.run_this(self_, slot);
    in_kernel_ = false;
    recording.resume();
}

template void OrchestratorCore::hand_over(const LaunchSubmit& submit, TaskSlot& slot,
                                          NoSubmitRecording& recording);
template void OrchestratorCore::hand_over(const LaunchSubmit& submit, TaskSlot& slot,
                                          SubmitRecording& recording);

}  // namespace weir::detail
