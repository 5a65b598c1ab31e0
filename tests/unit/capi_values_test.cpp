// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
#include "capi/values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <vector>

#include "capi/border.hpp"
#include "capi/source_line.hpp"

namespace weir::capi {
namespace {

/// Code of the error that `body` throws; ok when it throws none.
ErrorCode code_of(const std::function<void()>& body) {
    try {
        body();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::ok;
}

TEST(CapiValues, ATensorComesBackAsItWas) {
    std::array<float, 12> data{};
    detail::TensorRecord record;
    record.data = reinterpret_cast<std::byte*>(data.data());
    record.elements = 12;
    record.ndim = 2;
    record.contiguous = 1;
    record.dtype = static_cast<std::uint8_t>(DType::f32);
    std::fill(std::begin(record.axes), std::end(record.axes), Axis{0, 0});
    record.axes[0] = {3, 4};
    record.axes[1] = {4, 1};
    const detail::TensorIdentity identity{11, 22, 33, source_line("scope.c", 44)};

    const weir_tensor crossed = to_c(AnyTensor(record, identity));
    EXPECT_EQ(crossed.struct_bytes, sizeof(weir_tensor));
    EXPECT_EQ(crossed.version, WEIR_C_API_VERSION);
    const AnyTensor back = tensor_of(&crossed, "tensor", {});
    EXPECT_EQ(back.record().data, record.data);
    EXPECT_EQ(back.extent(0), 3);
    EXPECT_EQ(back.stride(0), 4);
    EXPECT_EQ(back.dtype(), DType::f32);
    EXPECT_EQ(back.identity().key, 11U);
    EXPECT_EQ(back.identity().scope_tag, 22U);
    EXPECT_EQ(back.identity().owner, 33U);
    EXPECT_EQ(back.identity().scope_site.line(), 44U);

    const weir_array array = to_c(record, nullptr);
    EXPECT_EQ(array.data, nullptr);
    EXPECT_EQ(array.elements, 12U);
    EXPECT_EQ(array.ndim, 2);
    EXPECT_EQ(array.extents[1], 4);
    EXPECT_EQ(array.extents[2], 0);
    EXPECT_EQ(array.strides[0], 4);
    EXPECT_EQ(array.contiguous, 1);
}

TEST(CapiValues, ATaskComesBackAsItWas) {
    const Task task(detail::TaskRef(3, (std::uint64_t{1} << 32U) + 5), 77);
    const weir_task crossed = to_c(task);
    EXPECT_EQ(crossed.id, (std::uint64_t{3} << 32U) + 5);
    const Task back = task_of(crossed, "task", {});
    EXPECT_EQ(back.ref(), task.ref());
    EXPECT_EQ(back.number(), (std::uint64_t{1} << 32U) + 5);
    EXPECT_EQ(back.runtime_serial(), 77U);
}

TEST(CapiValues, AValueThatTheLibraryDidNotFillIsRefused) {
    const weir_tensor no_tensor{};
    const weir_task no_task{};
    EXPECT_EQ(code_of([&] { (void)tensor_of(&no_tensor, "tensor", {}); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { (void)tensor_of(nullptr, "tensor", {}); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { (void)task_of(no_task, "task", {}); }), ErrorCode::invalid_argument);
}

TEST(CapiValues, NumbersOutsideTheirListAreRefused) {
    for (const int number : {-1, 0, 14, 256, 257, std::numeric_limits<int>::max()})
        EXPECT_EQ(code_of([&] { dtype_of_number(number, "dtype"); }), ErrorCode::invalid_argument) << number;
    EXPECT_EQ(dtype_of_number(WEIR_F64, "dtype"), DType::f64);
    EXPECT_EQ(dtype_of_number(WEIR_BOOL, "dtype"), DType::boolean);
    for (const int number : {-1, 5, 256})
        EXPECT_EQ(code_of([&] { access_of_number(number, "access"); }), ErrorCode::invalid_argument)
            << number;
    EXPECT_EQ(access_of_number(WEIR_IN, "access"), Access::in);
    EXPECT_EQ(access_of_number(WEIR_REDUCTION, "access"), Access::reduction);
}

TEST(CapiValues, AShapeHasOneToFiveAxes) {
    const std::int64_t numbers[] = {1, 2, 3, 4, 5};
    for (const int ndim : {std::numeric_limits<int>::min(), -1, 0, 6, std::numeric_limits<int>::max()})
        EXPECT_EQ(code_of([&] { (void)shape_of(ndim, numbers, "shape", {}); }), ErrorCode::invalid_argument)
            << ndim;
    EXPECT_EQ(code_of([&] { (void)shape_of(1, nullptr, "shape", {}); }), ErrorCode::invalid_argument);
    const Shape shape = shape_of(5, numbers, "shape", {});
    EXPECT_EQ(shape.ndim(), 5);
    EXPECT_EQ(shape[0], 1);
    EXPECT_EQ(shape[4], 5);
}

TEST(CapiValues, SizesComeBackAsTheyWere) {
    RuntimeEnv sizes;
    sizes.ring_task_window = {1, 2, 3, 4};
    sizes.ring_consumed_window = {5, 6, 7, 8};
    sizes.ring_payload = {9, 10, 11, 12};
    sizes.ring_heap = {13, 14, 15, 16};
    sizes.ring_dep_pool = {17, 18, 19, 20};
    sizes.tensormap_pool = 21;
    const weir_sizes crossed = to_c(sizes);
    EXPECT_EQ(crossed.ring_heap[3], 16U);
    EXPECT_EQ(crossed.struct_bytes, sizeof(weir_sizes));
    const RuntimeEnv back = sizes_of(crossed);
    EXPECT_EQ(back.ring_task_window.per_ring, sizes.ring_task_window.per_ring);
    EXPECT_EQ(back.ring_consumed_window.per_ring, sizes.ring_consumed_window.per_ring);
    EXPECT_EQ(back.ring_payload.per_ring, sizes.ring_payload.per_ring);
    EXPECT_EQ(back.ring_heap.per_ring, sizes.ring_heap.per_ring);
    EXPECT_EQ(back.ring_dep_pool.per_ring, sizes.ring_dep_pool.per_ring);
    EXPECT_EQ(back.tensormap_pool, 21U);
}

TEST(CapiValues, EveryFigureOfARunCrosses) {
    RunResult result;
    result.tasks = 1;
    result.tasks_in_place = 2;
    result.tasks_helped = 3;
    result.times_held_back = 4;
    result.held_back = std::chrono::nanoseconds(5);
    result.elapsed = std::chrono::nanoseconds(6);
    result.peaks.task_window = {7, 0, 0, 8};
    result.peaks.consumed_window = {9, 0, 0, 10};
    result.peaks.payload_bytes = {11, 0, 0, 12};
    result.peaks.heap_bytes = {13, 0, 0, 14};
    result.peaks.dep_pool = {15, 0, 0, 16};
    result.peaks.tensormap = 17;
    for (std::size_t i = 0; i < kResources; ++i) {
        result.held_back_by[i] = std::chrono::nanoseconds(18 + i);
        result.sizes.values[i] = {30, 31, 32, 33 + i};
    }
    result.held_back_longest = {source_line("held.c", 24),
                                26,
                                std::chrono::nanoseconds(25),
                                std::chrono::nanoseconds(1),
                                Resource::heap,
                                2};
    const weir_run_result crossed = to_c(result);
    const std::vector<std::uint64_t> found = {crossed.tasks,
                                              crossed.tasks_in_place,
                                              crossed.tasks_helped,
                                              crossed.times_held_back,
                                              static_cast<std::uint64_t>(crossed.held_back_ns),
                                              static_cast<std::uint64_t>(crossed.elapsed_ns),
                                              crossed.peak_task_window[0],
                                              crossed.peak_task_window[3],
                                              crossed.peak_consumed_window[0],
                                              crossed.peak_consumed_window[3],
                                              crossed.peak_payload_bytes[0],
                                              crossed.peak_payload_bytes[3],
                                              crossed.peak_heap_bytes[0],
                                              crossed.peak_heap_bytes[3],
                                              crossed.peak_dep_pool[0],
                                              crossed.peak_dep_pool[3],
                                              crossed.peak_tensormap,
                                              static_cast<std::uint64_t>(crossed.held_back_by_ns[0]),
                                              static_cast<std::uint64_t>(crossed.held_back_by_ns[1]),
                                              static_cast<std::uint64_t>(crossed.held_back_by_ns[2]),
                                              static_cast<std::uint64_t>(crossed.held_back_by_ns[3]),
                                              static_cast<std::uint64_t>(crossed.held_back_by_ns[4]),
                                              static_cast<std::uint64_t>(crossed.held_back_by_ns[5]),
                                              static_cast<std::uint64_t>(crossed.held_back_line),
                                              static_cast<std::uint64_t>(crossed.held_back_there_ns),
                                              crossed.times_held_back_there};
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], i + 1);
    EXPECT_STREQ(crossed.held_back_file, "held.c");
    EXPECT_EQ(crossed.held_back_resource, WEIR_HEAP);
    EXPECT_EQ(crossed.held_back_ring, 2);
    EXPECT_EQ(crossed.sizes.struct_bytes, sizeof(weir_sizes));
    EXPECT_EQ(crossed.sizes.ring_task_window[3], 33U);
    EXPECT_EQ(crossed.sizes.ring_dep_pool[3], 37U);
    EXPECT_EQ(crossed.sizes.tensormap_pool, 30U);
}

}  // namespace
}  // namespace weir::capi
