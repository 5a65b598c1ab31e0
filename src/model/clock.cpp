// SPDX-License-Identifier: Apache-2.0
#include "model/clock.hpp"

#include <algorithm>

namespace weir {

namespace {

/// Again when the thread lost its core between a look at the counter and one at the clock: what is measured
/// counts for the life of the process.
std::uint64_t measure() noexcept {
    using Clock = std::chrono::steady_clock;
    constexpr auto kWindow = std::chrono::microseconds(200);
    constexpr auto kMostUnsure = kWindow / 8;
    constexpr int kMostTries = 10;
    for (int i = 1;; ++i) {
        const auto before = Clock::now();
        const std::uint64_t ticks_start = now_ticks();
        const auto start = Clock::now();
        auto end = start;
        while (end - start < kWindow) end = Clock::now();
        const std::uint64_t ticks = now_ticks() - ticks_start;
        const auto most = Clock::now() - before;
        const auto least = end - start;
        if (most - least > kMostUnsure && i < kMostTries) continue;
        const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(least + most).count() / 2;
        return std::max<std::uint64_t>(1, ticks * 1000 / static_cast<std::uint64_t>(ns));
    }
}

}  // namespace

std::uint64_t ticks_per_us() noexcept {
    static const std::uint64_t ticks = measure();
    return ticks;
}

}  // namespace weir
