// SPDX-License-Identifier: Apache-2.0
//
// What the kernels declare to cost on a chip: a start, and then what arithmetic or memory take, whichever
// takes longer. The rates are assumptions in round numbers of what one core of a chip with 24 matrix and 48
// vector cores, some 300 TFLOP/s in bfloat16 and 1.6 TB/s of memory gets when all of them work.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <weir/kernel.hpp>

namespace weir::qwen3_decode {

inline constexpr double kMatrixFlopsPerNs = 12'000;
inline constexpr double kVectorFlopsPerNs = 100;
inline constexpr double kMatrixBytesPerNs = 64;
inline constexpr double kVectorBytesPerNs = 32;
inline constexpr double kStartNs = 1'000;

/// Of one core, in nanoseconds without the start.
struct Work {
    double ns = 0;
    Work operator+(Work other) const { return {ns + other.ns}; }
};

inline Work on_matrix_core(double flops, double bytes) {
    return {std::max(flops / kMatrixFlopsPerNs, bytes / kMatrixBytesPerNs)};
}
inline Work on_vector_core(double flops, double bytes) {
    return {std::max(flops / kVectorFlopsPerNs, bytes / kVectorBytesPerNs)};
}

/// A product of activations, which are near, with a tile of weights, which comes from memory.
inline Work product_work(std::size_t rows, std::size_t depth, std::size_t columns) {
    const double weights = static_cast<double>(depth) * static_cast<double>(columns);
    return on_matrix_core(2.0 * static_cast<double>(rows) * weights, 2.0 * weights);
}
/// So many operations and bytes for each element.
inline Work vector_work(std::size_t elements, double flops, double bytes) {
    const auto count = static_cast<double>(elements);
    return on_vector_core(count * flops, count * bytes);
}

inline KernelOptions matrix_kernel(Work work) {
    return {.cost_ns = static_cast<std::uint32_t>(std::lround(kStartNs + work.ns)),
            .core_type = CoreType::aic};
}
inline KernelOptions vector_kernel(Work work) {
    return {.cost_ns = static_cast<std::uint32_t>(std::lround(kStartNs + work.ns)),
            .core_type = CoreType::aiv};
}

}  // namespace weir::qwen3_decode
