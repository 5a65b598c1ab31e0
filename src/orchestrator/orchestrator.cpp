// SPDX-License-Identifier: Apache-2.0
/// The public classes forward to the core.
#include <weir/orchestrator.hpp>

#include "orchestrator/orchestrator_core.hpp"

namespace weir {

namespace {

/// Tensor arguments of TaskArgs as the core takes them; counts may exceed what fits, which the core reports.
struct UntypedArguments {
    detail::ArgumentRef tensors[kMaxTensors];

    explicit UntypedArguments(const TaskArgs& arguments) noexcept {
        for (std::size_t i = 0; i < std::min(arguments.tensor_count(), kMaxTensors); ++i)
            tensors[i] = arguments.argument(i);
    }
};

}  // namespace

Scope::Scope(Orchestrator& orchestrator, ScopeMode mode, std::source_location site)
    : orchestrator_(&orchestrator), tag_(orchestrator.core_.open_scope(mode, site)) {}

Scope::~Scope() { orchestrator_->core_.drop_scope(tag_); }

void Scope::close(std::source_location site) { orchestrator_->core_.close_scope(tag_, site); }

AnyTensor Orchestrator::external(void* data, DType dtype, const Shape& shape, std::source_location site) {
    const detail::TensorRecord record =
        detail::row_major_record(static_cast<std::byte*>(data), dtype, shape, site);
    return core_.external(data, dtype, {record.axes, record.ndim}, site);
}

AnyTensor Orchestrator::external(void* data, DType dtype, std::span<const Axis> axes,
                                 std::source_location site) {
    return core_.external(data, dtype, axes, site);
}

AnySubmission Orchestrator::submit(const AnyKernel& kernel, const TaskArgs& arguments,
                                   std::source_location site) {
    const UntypedArguments untyped(arguments);
    AnySubmission submission;
    const std::size_t count = arguments.tensor_count();
    static_cast<Task&>(submission) =
        core_.submit({kernel.record(), untyped.tensors, count, arguments.scalars(), arguments.scalar_count(),
                      &arguments.options(), submission.tensors_, false, site});
    for (std::size_t i = 0; i < count; ++i)
        if (untyped.tensors[i].tensor != nullptr) submission.tensors_[i] = *untyped.tensors[i].tensor;
    return submission;
}

AnySubmission Orchestrator::submit_mixed(const MixedKernels& kernels, const TaskArgs& arguments,
                                         std::source_location site) {
    const UntypedArguments untyped(arguments);
    AnySubmission submission;
    const std::size_t count = arguments.tensor_count();
    static_cast<Task&>(submission) =
        core_.submit_mixed({kernels.aic.record(), kernels.aiv0.record(), kernels.aiv1.record()},
                           {nullptr, untyped.tensors, count, arguments.scalars(), arguments.scalar_count(),
                            &arguments.options(), submission.tensors_, false, site});
    for (std::size_t i = 0; i < count; ++i)
        if (untyped.tensors[i].tensor != nullptr) submission.tensors_[i] = *untyped.tensors[i].tensor;
    return submission;
}

AnySubmission Orchestrator::barrier_task(const TaskArgs& arguments, std::source_location site) {
    const UntypedArguments untyped(arguments);
    AnySubmission submission;
    const std::size_t count = arguments.tensor_count();
    static_cast<Task&>(submission) =
        core_.submit_barrier({nullptr, untyped.tensors, count, arguments.scalars(), arguments.scalar_count(),
                              &arguments.options(), submission.tensors_, false, site});
    for (std::size_t i = 0; i < count; ++i)
        if (untyped.tensors[i].tensor != nullptr) submission.tensors_[i] = *untyped.tensors[i].tensor;
    return submission;
}

AnyTensor Orchestrator::allocate(const Shape& shape, DType dtype, std::source_location site) {
    return core_.allocate(shape, dtype, site);
}

Task Orchestrator::submit_request(const detail::SubmitRequest& request) { return core_.submit(request); }

void* Orchestrator::access_element(const AnyTensor& tensor, const Shape& index, DType dtype, Access access,
                                   std::source_location site) {
    return core_.access_element(tensor, index, dtype, access, site);
}

void Orchestrator::kernel_threw(const detail::KernelRecord& kernel, detail::TaskRef ref,
                                std::source_location site) {
    core_.fail_in_place(kernel, ref, 0, true, site);
}

void Orchestrator::kernel_failed(const detail::KernelRecord& kernel, detail::TaskRef ref, int status,
                                 std::source_location site) {
    core_.fail_in_place(kernel, ref, status, false, site);
}

}  // namespace weir
