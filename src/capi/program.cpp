// SPDX-License-Identifier: Apache-2.0
/// What a program calls: tensors, submits, scopes, single elements.
#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

#include <weir/task_args.hpp>

#include "capi/border.hpp"
#include "capi/handles.hpp"
#include "capi/source_line.hpp"
#include "capi/values.hpp"

namespace {

using weir::capi::dtype_of_number;
using weir::capi::guarded;
using weir::capi::required;
using weir::capi::shape_of;
using weir::capi::source_line;
using weir::capi::throw_error;
using weir::capi::throw_invalid;

void add_argument(weir::TaskArgs& args, const weir_argument& given, std::source_location site) {
    const weir::Access access = weir::capi::access_of_number(given.access, "access of an argument", site);
    if (given.tensor != nullptr) {
        args.add(weir::capi::tensor_of(given.tensor, "tensor of an argument", site), access,
                 given.no_dep != 0);
        return;
    }
    if (access != weir::Access::out || given.no_dep != 0)
        throw_invalid(
            "an argument has no tensor; only a WEIR_OUT one without no_dep is allocated by the runtime",
            site);
    args.output(shape_of(given.ndim, given.extents, "extents of an output to allocate", site),
                dtype_of_number(given.dtype, "dtype of an output to allocate", site));
}

void check_count(std::uint64_t count, std::uint64_t count_max, const void* array, const char* what,
                 const char* advice, std::source_location site) {
    if (count > count_max) {
        throw_invalid("a task is given " + std::to_string(count) + " " + what + ", at most " +
                          std::to_string(count_max) + " are allowed" + advice,
                      site);
    }
    if (count > 0 && array == nullptr)
        throw_invalid(std::string("the array of ") + what + " is NULL, but its count is not 0", site);
}

void add_predicate(weir::TaskArgs& args, const weir_predicate& given, std::source_location site) {
    weir::capi::checked(&given, "predicate of a task", site);
    if (given.comparison < WEIR_EQUAL || given.comparison > WEIR_GREATER_EQUAL)
        throw_invalid("comparison of a predicate is " + std::to_string(given.comparison) +
                          "; pass WEIR_EQUAL to WEIR_GREATER_EQUAL",
                      site);
    const weir::AnyTensor tensor = weir::capi::tensor_of(given.tensor, "tensor of a predicate", site);
    const weir::Shape index = shape_of(given.ndim, given.index, "index of a predicate", site);
    const auto comparison = static_cast<weir::Comparison>(given.comparison);
    switch (given.constant_dtype) {
        case WEIR_F64:
            args.predicate(tensor, index, comparison, given.constant.f64);
            break;
        case WEIR_I64:
            args.predicate(tensor, index, comparison, given.constant.i64);
            break;
        case WEIR_U64:
            args.predicate(tensor, index, comparison, given.constant.bits);
            break;
        default:
            throw_invalid("constant_dtype of a predicate is " + std::to_string(given.constant_dtype) +
                              "; pass WEIR_F64, WEIR_I64 or WEIR_U64",
                          site);
    }
}

weir::TaskArgs task_args_of(const weir_task_args& given, std::source_location site) {
    check_count(given.tensor_count, WEIR_MAX_TENSORS, given.tensors, "tensors", "", site);
    check_count(given.scalar_count, WEIR_MAX_SCALARS, given.scalars, "scalars", "", site);
    check_count(given.after_count, WEIR_MAX_AFTER, given.after, "tasks to wait for",
                "; put a weir_barrier_task in front of each group", site);
    weir::TaskArgs args;
    for (const weir_argument& argument : std::span(given.tensors, given.tensor_count))
        add_argument(args, argument, site);
    for (const weir_scalar& scalar : std::span(given.scalars, given.scalar_count)) args.scalar(scalar);
    for (const weir_task& task : std::span(given.after, given.after_count))
        args.depends_on(weir::capi::task_of(task, "task to wait for", site));
    args.priority(given.priority).name(given.name).blocks(given.blocks);
    if (given.sync_start != 0) args.sync_start();
    if (given.predicate != nullptr) add_predicate(args, *given.predicate, site);
    return args;
}

weir::AnyKernel kernel_of(const weir_kernel* kernel) noexcept {
    return weir::AnyKernel(reinterpret_cast<weir::detail::KernelRecord*>(const_cast<weir_kernel*>(kernel)));
}

void fill(const weir::AnySubmission& submitted, const weir_task_args& given, weir_tensor* outputs,
          weir_task* task) noexcept {
    if (outputs != nullptr) {
        for (std::size_t i = 0; i < given.tensor_count; ++i)
            outputs[i] = weir::capi::to_c(submitted.output(i));
    }
    if (task != nullptr) *task = weir::capi::to_c(static_cast<const weir::Task&>(submitted));
}

/// Calls `body` with a value of the C++ type that `dtype` stands for.
template <class Body>
void with_element_type(weir::DType dtype, Body&& body) {
    switch (dtype) {
        case weir::DType::f64:
            return body(double{});
        case weir::DType::f32:
            return body(float{});
        case weir::DType::f16:
            return body(weir::Float16{});
        case weir::DType::bf16:
            return body(weir::BFloat16{});
        case weir::DType::i8:
            return body(std::int8_t{});
        case weir::DType::i16:
            return body(std::int16_t{});
        case weir::DType::i32:
            return body(std::int32_t{});
        case weir::DType::i64:
            return body(std::int64_t{});
        case weir::DType::u8:
            return body(std::uint8_t{});
        case weir::DType::u16:
            return body(std::uint16_t{});
        case weir::DType::u32:
            return body(std::uint32_t{});
        case weir::DType::u64:
            return body(std::uint64_t{});
        case weir::DType::boolean:
            return body(bool{});
        case weir::DType::none:
            break;
    }
    throw_invalid("the tensor has no element type");
}

void check_element_bytes(const weir::AnyTensor& tensor, std::size_t value_bytes, const char* what,
                         std::source_location site) {
    const std::size_t element_bytes = weir::size_of(tensor.dtype());
    if (value_bytes != element_bytes) {
        throw_error(weir::ErrorCode::type_mismatch,
                    std::string(what) + ": value_bytes is " + std::to_string(value_bytes) +
                        ", an element of the tensor (" + weir::name_of(tensor.dtype()) + ") has " +
                        std::to_string(element_bytes),
                    site);
    }
}

}  // namespace

extern "C" {

weir_status weir_external(weir_orchestrator* orchestrator, void* data, weir_dtype dtype, int ndim,
                          const int64_t* extents, const int64_t* strides, weir_tensor* tensor,
                          const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        weir::Orchestrator& target = required(orchestrator, "weir_external: orchestrator", site).get(site);
        weir_tensor& made = required(tensor, "weir_external: tensor", site);
        const weir::DType type = dtype_of_number(dtype, "weir_external: dtype", site);
        const weir::Shape shape = shape_of(ndim, extents, "weir_external: extents", site);
        if (strides == nullptr) {
            made = weir::capi::to_c(target.external(data, type, shape, site));
            return;
        }
        std::array<weir::Axis, WEIR_MAX_AXES> axes{};
        for (int axis = 0; axis < ndim; ++axis)
            axes[static_cast<std::size_t>(axis)] = {extents[axis], strides[axis]};
        const std::span<const weir::Axis> given(axes.data(), static_cast<std::size_t>(ndim));
        made = weir::capi::to_c(target.external(data, type, given, site));
    });
}

weir_status weir_allocate(weir_orchestrator* orchestrator, weir_dtype dtype, int ndim, const int64_t* extents,
                          weir_tensor* tensor, const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        weir::Orchestrator& target = required(orchestrator, "weir_allocate: orchestrator", site).get(site);
        weir_tensor& made = required(tensor, "weir_allocate: tensor", site);
        made = weir::capi::to_c(target.allocate(shape_of(ndim, extents, "weir_allocate: extents", site),
                                                dtype_of_number(dtype, "weir_allocate: dtype", site), site));
    });
}

weir_status weir_submit(weir_orchestrator* orchestrator, const weir_kernel* kernel,
                        const weir_task_args* args, weir_tensor* outputs, weir_task* task, const char* file,
                        int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        weir::Orchestrator& target = required(orchestrator, "weir_submit: orchestrator", site).get(site);
        const weir_task_args& given = weir::capi::checked(args, "weir_submit: args", site);
        required(kernel, "weir_submit: kernel", site);
        fill(target.submit(kernel_of(kernel), task_args_of(given, site), site), given, outputs, task);
    });
}

weir_status weir_submit_mixed(weir_orchestrator* orchestrator, const weir_kernel* aic,
                              const weir_kernel* aiv0, const weir_kernel* aiv1, const weir_task_args* args,
                              weir_tensor* outputs, weir_task* task, const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        weir::Orchestrator& target =
            required(orchestrator, "weir_submit_mixed: orchestrator", site).get(site);
        const weir_task_args& given = weir::capi::checked(args, "weir_submit_mixed: args", site);
        const weir::MixedKernels kernels{kernel_of(aic), kernel_of(aiv0), kernel_of(aiv1)};
        fill(target.submit_mixed(kernels, task_args_of(given, site), site), given, outputs, task);
    });
}

weir_status weir_barrier_task(weir_orchestrator* orchestrator, const weir_task_args* args, weir_task* task,
                              const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        weir::Orchestrator& target =
            required(orchestrator, "weir_barrier_task: orchestrator", site).get(site);
        const weir_task_args& given = weir::capi::checked(args, "weir_barrier_task: args", site);
        const weir::AnySubmission submitted = target.barrier_task(task_args_of(given, site), site);
        if (task != nullptr) *task = weir::capi::to_c(static_cast<const weir::Task&>(submitted));
    });
}

weir_status weir_scope_begin(weir_orchestrator* orchestrator, weir_scope_mode mode, uint64_t* scope,
                             const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        weir_orchestrator& target = required(orchestrator, "weir_scope_begin: orchestrator", site);
        std::uint64_t& name = required(scope, "weir_scope_begin: scope", site);
        if (mode != WEIR_AUTOMATIC && mode != WEIR_MANUAL)
            throw_invalid(
                "weir_scope_begin: mode is " + std::to_string(mode) + "; pass WEIR_AUTOMATIC or WEIR_MANUAL",
                site);
        name = target.open_scope(static_cast<weir::ScopeMode>(mode), site);
    });
}

weir_status weir_scope_end(weir_orchestrator* orchestrator, uint64_t scope, const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        required(orchestrator, "weir_scope_end: orchestrator", site).close_scope(scope, site);
    });
}

weir_status weir_get(weir_orchestrator* orchestrator, const weir_tensor* tensor, int ndim,
                     const int64_t* index, void* value, size_t value_bytes, const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        weir::Orchestrator& target = required(orchestrator, "weir_get: orchestrator", site).get(site);
        required(static_cast<char*>(value), "weir_get: value", site);
        const weir::AnyTensor source = weir::capi::tensor_of(tensor, "weir_get: tensor", site);
        const weir::Shape place = shape_of(ndim, index, "weir_get: index", site);
        check_element_bytes(source, value_bytes, "weir_get", site);
        with_element_type(source.dtype(), [&]<class T>(T) {
            const T element = target.get<T>(source, place, site);
            std::memcpy(value, &element, sizeof element);
        });
    });
}

weir_status weir_set(weir_orchestrator* orchestrator, const weir_tensor* tensor, int ndim,
                     const int64_t* index, const void* value, size_t value_bytes, const char* file,
                     int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        weir::Orchestrator& target = required(orchestrator, "weir_set: orchestrator", site).get(site);
        required(static_cast<const char*>(value), "weir_set: value", site);
        const weir::AnyTensor destination = weir::capi::tensor_of(tensor, "weir_set: tensor", site);
        const weir::Shape place = shape_of(ndim, index, "weir_set: index", site);
        check_element_bytes(destination, value_bytes, "weir_set", site);
        with_element_type(destination.dtype(), [&]<class T>(T element) {
            if constexpr (std::is_same_v<T, bool>)
                element = *static_cast<const unsigned char*>(value) != 0;
            else
                std::memcpy(&element, value, sizeof element);
            target.set<T>(weir::Tensor<T>(destination), place, element, site);
        });
    });
}

}  // extern "C"
