// SPDX-License-Identifier: Apache-2.0
#include "model/clock.hpp"

#include <algorithm>

namespace weir {

namespace {

std::uint64_t measure() noexcept {
    using Clock = std::chrono::steady_clock;
    constexpr auto kWindow = std::chrono::microseconds(200);
    const auto start = Clock::now();
    const std::uint64_t ticks_start = now_ticks();
    auto end = start;
    while (end - start < kWindow) end = Clock::now();
    const std::uint64_t ticks = now_ticks() - ticks_start;
    const auto elapsed_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(end - start).count();
    return std::max<std::uint64_t>(1, ticks * 1000 / static_cast<std::uint64_t>(elapsed_ns));
}

}  // namespace

std::uint64_t ticks_per_us() noexcept {
    static const std::uint64_t ticks = measure();
    return ticks;
}

}  // namespace weir
