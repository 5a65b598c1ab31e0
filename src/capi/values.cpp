// SPDX-License-Identifier: Apache-2.0
#include "capi/values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <string>
#include <type_traits>

#include <weir/kernel.hpp>

#include "capi/border.hpp"

namespace weir::capi {

static_assert(std::is_trivially_copyable_v<AnyTensor> && sizeof(AnyTensor) == sizeof(weir_tensor::opaque),
              "a handle crosses the border as it is");

/// Without padding a struct looks the same to every compiler and language, and no byte of it is undefined.
template <class... Struct>
inline constexpr bool kWithoutPadding = (std::has_unique_object_representations_v<Struct> && ...);
static_assert(
    kWithoutPadding<weir_tensor, weir_task, weir_array, weir_sizes, weir_runtime_config, weir_parameter,
                    weir_kernel_info, weir_call_config, weir_run_result, weir_argument, weir_task_args>,
    "every gap is a named field");
static_assert(sizeof(weir_predicate) == 2 * 4 + 8 + WEIR_MAX_AXES * 8 + 2 * 4 + sizeof(weir_scalar) + 2 * 4,
              "neither has a predicate a gap, whose union is not looked into");

namespace {

using OpaqueTensor = std::array<std::uint64_t, sizeof(weir_tensor::opaque) / sizeof(std::uint64_t)>;
using RingArray = std::uint64_t[WEIR_RINGS];

template <class Array>
void copy_rings(const Array& from, RingArray& to) noexcept {
    static_assert(std::tuple_size_v<Array> == WEIR_RINGS, "weir.h and the C++ headers count the same rings");
    std::copy(from.begin(), from.end(), to);
}

RingValues rings_of(const RingArray& values) noexcept {
    RingValues rings;
    std::copy(std::begin(values), std::end(values), rings.per_ring.begin());
    return rings;
}

}  // namespace

DType dtype_of_number(weir_dtype number, const char* what, std::source_location site) {
    if (number <= WEIR_NONE || number > WEIR_BOOL) {
        throw_invalid(std::string(what) + " is " + std::to_string(number) +
                          ", which is no dtype; pass WEIR_F64 (" + std::to_string(WEIR_F64) +
                          ") to WEIR_BOOL (" + std::to_string(WEIR_BOOL) + ")",
                      site);
    }
    return static_cast<DType>(number);
}

Access access_of_number(weir_access number, const char* what, std::source_location site) {
    if (number < WEIR_IN || number > WEIR_REDUCTION) {
        throw_invalid(std::string(what) + " is " + std::to_string(number) +
                          ", which is no access; pass WEIR_IN, WEIR_OUT or WEIR_INOUT",
                      site);
    }
    return static_cast<Access>(number);
}

Shape shape_of(int ndim, const std::int64_t* numbers, const char* what, std::source_location site) {
    if (ndim < 1 || ndim > WEIR_MAX_AXES) {
        throw_invalid(std::string(what) + " has " + std::to_string(ndim) + " axes; pass 1 to " +
                          std::to_string(WEIR_MAX_AXES),
                      site);
    }
    return Shape(std::span(&required(numbers, what, site), static_cast<std::size_t>(ndim)));
}

AnyTensor tensor_of(const weir_tensor* tensor, const char* what, std::source_location site) {
    const weir_tensor& filled = required(tensor, what, site);
    if (filled.version != WEIR_C_API_VERSION || filled.struct_bytes != sizeof filled)
        throw_invalid(std::string(what) + " is not a tensor that this library has filled", site);
    return std::bit_cast<AnyTensor>(std::to_array(filled.opaque));
}

Task task_of(const weir_task& task, const char* what, std::source_location site) {
    if (task.version != WEIR_C_API_VERSION || task.struct_bytes != sizeof task)
        throw_invalid(std::string(what) + " is not a task that this library has filled", site);
    return {detail::TaskRef(task.opaque[0]), task.opaque[1]};
}

weir_tensor to_c(const AnyTensor& tensor) noexcept {
    weir_tensor filled{sizeof(weir_tensor), WEIR_C_API_VERSION, {}};
    const auto words = std::bit_cast<OpaqueTensor>(tensor);
    std::copy(words.begin(), words.end(), filled.opaque);
    return filled;
}

weir_task to_c(const Task& task) noexcept {
    return {sizeof(weir_task), WEIR_C_API_VERSION, task.id(), {task.ref().word(), task.runtime_serial()}};
}

weir_sizes to_c(const RuntimeEnv& sizes) noexcept {
    weir_sizes filled = WEIR_SIZES_INIT;
#define WEIR_RING(name, ...) copy_rings(sizes.ring_##name.per_ring, filled.ring_##name);
#define WEIR_SHARED(name, field, ...) filled.field = sizes.field;
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED
    return filled;
}

RuntimeEnv sizes_of(const weir_sizes& sizes) noexcept {
    RuntimeEnv filled;
#define WEIR_RING(name, ...) filled.ring_##name = rings_of(sizes.ring_##name);
#define WEIR_SHARED(name, field, ...) filled.field = sizes.field;
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED
    return filled;
}

weir_run_result to_c(const RunResult& result) noexcept {
    weir_run_result filled = WEIR_RUN_RESULT_INIT;
    filled.tasks = result.tasks;
    filled.tasks_in_place = result.tasks_in_place;
    filled.tasks_helped = result.tasks_helped;
    filled.times_held_back = result.times_held_back;
    filled.held_back_ns = result.held_back.count();
    filled.elapsed_ns = result.elapsed.count();
#define WEIR_RING(name, peak, ...) copy_rings(result.peaks.peak, filled.peak_##peak);
#define WEIR_SHARED(name, field, peak, ...) filled.peak_##peak = result.peaks.peak;
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED
    std::transform(result.held_back_by.begin(), result.held_back_by.end(), filled.held_back_by_ns,
                   [](std::chrono::nanoseconds time) { return time.count(); });
    const HeldBackPlace& longest = result.held_back_longest;
    filled.held_back_file = longest.site.file_name();
    filled.held_back_line = static_cast<std::int32_t>(longest.site.line());
    filled.held_back_resource = static_cast<weir_resource>(longest.resource);
    filled.held_back_ring = longest.ring;
    filled.held_back_there_ns = longest.held_back.count();
    filled.times_held_back_there = longest.times;
    RuntimeEnv sizes;
    for (std::size_t resource = 0; resource < kResources; ++resource) {
        RingValues values;
        values.per_ring = result.sizes.values[resource];
        sizes.set(static_cast<Resource>(resource), values);
    }
    filled.sizes = to_c(sizes);
    RuntimeEnv grown;
    for (std::size_t resource = 0; resource < kResources; ++resource) {
        RingValues values;
        for (const GrownSize& size : result.grown)
            if (static_cast<std::size_t>(size.resource) == resource)
                values.per_ring[static_cast<std::size_t>(size.ring)] = size.to;
        grown.set(static_cast<Resource>(resource), values);
    }
    filled.grown = to_c(grown);
    filled.memory_bytes = result.memory_bytes;
    return filled;
}

weir_array to_c(const detail::TensorRecord& record, void* data) noexcept {
    weir_array array = WEIR_ARRAY_INIT;
    array.data = data;
    array.elements = record.elements;
    array.dtype = static_cast<weir_dtype>(record.dtype);
    array.ndim = static_cast<std::int32_t>(record.ndim);
    array.contiguous = record.contiguous != 0 ? 1 : 0;
    for (std::size_t axis = 0; axis < record.ndim; ++axis) {
        array.extents[axis] = record.axes[axis].extent;
        array.strides[axis] = record.axes[axis].stride;
    }
    return array;
}

}  // namespace weir::capi
