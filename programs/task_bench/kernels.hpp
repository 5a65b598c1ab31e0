// SPDX-License-Identifier: Apache-2.0
//
// What a point of a task graph computes: busy work of a given length, then a value that depends on the point,
// on the work, and on its inputs in their order.
//
//     value = mix(... mix(mix(step * 2^32 + point, bits of the work's result), input 0) ..., input n-1)
//     mix(a, b) = (rotate_left(a, 13) xor b) * 0x9E3779B97F4A7C15, modulo 2^64
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::task_bench {

/// One 64-bit value in a cache line of its own: neighbours that run on two cores do not share one.
inline constexpr std::size_t kPointWords = 8;

/// The kernel compute_bound: `iterations` times one multiply-add on each of 64 doubles in registers or first
/// cache. Starting from 2, each iteration halves the distance to 1, exactly, so the result is 1 +
/// 2^-iterations.
double compute_bound(std::uint64_t iterations);

/// Floating-point operations of one iteration.
inline constexpr double kFlopsPerIteration = 128;

/// The value of a point before its first input.
std::uint64_t begin_value(std::uint64_t step, std::uint64_t point, double work);
/// Adds one input.
std::uint64_t add_input(std::uint64_t value, std::uint64_t input);

}  // namespace weir::task_bench
