// SPDX-License-Identifier: Apache-2.0
#include "kernels.hpp"

#include <array>
#include <bit>

namespace weir::task_bench {
namespace {

constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;
constexpr std::size_t kDoubles = 64;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return (std::rotl(a, 13) ^ b) * kMultiplier; }

}  // namespace

double compute_bound(std::uint64_t iterations) {
    if (iterations == 0) return 2.0;
    std::array<double, kDoubles> values;
    values.fill(2.0);
    for (std::uint64_t i = 0; i < iterations; ++i) {
        for (double& value : values) value = value * 0.5 + 0.5;
        // The compiler must neither find the closed form nor drop a lane: the values change where it cannot
        // see.
        asm volatile("" : : "r"(values.data()) : "memory");
    }
    // Averages the lanes pair by pair, which is exact since all are equal.
    for (std::size_t half = kDoubles / 2; half > 0; half /= 2) {
        for (std::size_t i = 0; i < half; ++i) values[i] = (values[i] + values[i + half]) * 0.5;
    }
    return values[0];
}

std::uint64_t begin_value(std::uint64_t step, std::uint64_t point, double work) {
    return mix(step << 32U | point, std::bit_cast<std::uint64_t>(work));
}

std::uint64_t add_input(std::uint64_t value, std::uint64_t input) { return mix(value, input); }

}  // namespace weir::task_bench
