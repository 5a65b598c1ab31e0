// SPDX-License-Identifier: Apache-2.0
/// Kernels: registration, and what they see of their task.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "capi/border.hpp"
#include "capi/handles.hpp"
#include "capi/values.hpp"

namespace {

using weir::capi::guarded;
using weir::capi::required;
using weir::capi::throw_error;
using weir::capi::throw_invalid;

/// The caller's `user`, given back when the last copy of the kernel's function goes. A registration that
/// fails gives nothing back.
struct KernelUser {
    explicit KernelUser(void* pointer) noexcept : user(pointer) {}
    KernelUser(const KernelUser&) = delete;
    KernelUser& operator=(const KernelUser&) = delete;
    ~KernelUser() {
        if (release != nullptr) release(user);
    }

    void* user;
    void (*release)(void* user) = nullptr;  ///< set when the kernel is registered
};

std::vector<weir::TensorParameter> parameters_of(const weir_kernel_info& info) {
    if (info.tensor_count > WEIR_MAX_TENSORS || info.scalar_count > WEIR_MAX_SCALARS) {
        throw_invalid(
            "weir_runtime_kernel: '" + std::string(info.name) + "' has " + std::to_string(info.tensor_count) +
            " tensors and " + std::to_string(info.scalar_count) + " scalars; at most " +
            std::to_string(WEIR_MAX_TENSORS) + " and " + std::to_string(WEIR_MAX_SCALARS) + " are allowed");
    }
    if (info.tensor_count > 0) required(info.tensors, "weir_runtime_kernel: info->tensors");
    std::vector<weir::TensorParameter> parameters;
    for (const weir_parameter& parameter : std::span(info.tensors, info.tensor_count)) {
        weir::TensorParameter& added = parameters.emplace_back();
        added.access =
            weir::capi::access_of_number(parameter.access, "weir_runtime_kernel: access of a parameter");
        if (parameter.dtype != WEIR_NONE)
            added.dtype =
                weir::capi::dtype_of_number(parameter.dtype, "weir_runtime_kernel: dtype of a parameter");
    }
    return parameters;
}

weir::AnyKernel register_kernel(weir::Runtime& runtime, const weir_kernel_info& info) {
    required(info.function, "weir_runtime_kernel: info->function");
    required(info.name, "weir_runtime_kernel: info->name");
    if (info.any_arguments != 0 && (info.tensor_count != 0 || info.scalar_count != 0))
        throw_invalid("weir_runtime_kernel: '" + std::string(info.name) +
                      "' takes any arguments and lists parameters; choose one of the two");
    const auto user = std::make_shared<KernelUser>(info.user);
    if (info.core_type < WEIR_CORE_ANY || info.core_type > WEIR_CORE_AIV)
        throw_invalid("weir_runtime_kernel: core_type of '" + std::string(info.name) + "' is " +
                      std::to_string(info.core_type) +
                      "; pass WEIR_CORE_ANY, WEIR_CORE_AIC or WEIR_CORE_AIV");
    const weir::KernelOptions options{info.cost_ns, static_cast<weir::CoreType>(info.core_type)};
    const auto call = [function = info.function, user](const weir::TaskView& view) {
        const weir_task_view task{view};
        return function(&task, user->user);
    };
    const weir::AnyKernel kernel = info.any_arguments != 0 ? runtime.kernel_any(info.name, call, options)
                                                           : runtime.kernel(info.name, parameters_of(info),
                                                                            info.scalar_count, call, options);
    user->release = info.release;
    return kernel;
}

void check_index(std::uint64_t index, std::uint64_t count, const char* what) {
    if (index >= count) {
        throw_error(weir::ErrorCode::out_of_bounds, std::string(what) + " has index " +
                                                        std::to_string(index) + ", the task has " +
                                                        std::to_string(count));
    }
}

}  // namespace

extern "C" {

weir_status weir_runtime_kernel(weir_runtime* runtime, const weir_kernel_info* info, weir_kernel** kernel) {
    return guarded([&] {
        weir_runtime& object = required(runtime, "weir_runtime_kernel: runtime");
        const weir_kernel_info& described = weir::capi::checked(info, "weir_runtime_kernel: info");
        weir_kernel*& registered = required(kernel, "weir_runtime_kernel: kernel");
        registered = reinterpret_cast<weir_kernel*>(register_kernel(object.runtime, described).record());
    });
}

const char* weir_kernel_name(const weir_kernel* kernel) {
    return kernel != nullptr ? reinterpret_cast<const weir::detail::KernelRecord*>(kernel)->name.c_str() : "";
}

uint64_t weir_task_view_tensor_count(const weir_task_view* task) {
    return task != nullptr ? task->view.tensor_count() : 0;
}

uint64_t weir_task_view_scalar_count(const weir_task_view* task) {
    return task != nullptr ? task->view.scalar_count() : 0;
}

weir_status weir_task_view_tensor(const weir_task_view* task, uint64_t index, weir_array* tensor) {
    return guarded([&] {
        const weir_task_view& view = required(task, "weir_task_view_tensor: task");
        weir_array& filled = weir::capi::checked(tensor, "weir_task_view_tensor: tensor");
        check_index(index, view.view.tensor_count(), "weir_task_view_tensor");
        const weir::detail::TensorRecord& record = view.view.record(index);
        filled = weir::capi::to_c(record, record.data);
    });
}

void* weir_task_view_data(const weir_task_view* task, uint64_t index) {
    if (task == nullptr || index >= task->view.tensor_count()) return nullptr;
    return task->view.record(index).data;
}

weir_status weir_task_view_scalar(const weir_task_view* task, uint64_t index, weir_scalar* scalar) {
    return guarded([&] {
        const weir_task_view& view = required(task, "weir_task_view_scalar: task");
        weir_scalar& filled = required(scalar, "weir_task_view_scalar: scalar");
        check_index(index, view.view.scalar_count(), "weir_task_view_scalar");
        filled = view.view.scalar<weir_scalar>(index);
    });
}

uint64_t weir_task_view_id(const weir_task_view* task) {
    return task != nullptr ? task->view.info().id() : 0;
}

const char* weir_task_view_kernel_name(const weir_task_view* task) {
    return task != nullptr ? task->view.info().kernel_name().c_str() : "";
}

int weir_task_view_stop_requested(const weir_task_view* task) {
    return task != nullptr && task->view.info().stop_requested() ? 1 : 0;
}

int32_t weir_task_view_block_index(const weir_task_view* task) {
    return task != nullptr ? task->view.info().block_index() : 0;
}

int32_t weir_task_view_block_count(const weir_task_view* task) {
    return task != nullptr ? task->view.info().block_count() : 1;
}

weir_subtask_slot weir_task_view_subtask_slot(const weir_task_view* task) {
    return task != nullptr ? static_cast<weir_subtask_slot>(task->view.info().subtask_slot()) : WEIR_SLOT_AIC;
}

weir_status weir_task_view_barrier(const weir_task_view* task) {
    return guarded([&] { required(task, "weir_task_view_barrier: task").view.info().barrier(); });
}

}  // extern "C"
