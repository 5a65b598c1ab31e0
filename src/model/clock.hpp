// SPDX-License-Identifier: Apache-2.0
/// A cheap running clock for durations of kernels. Its unit is the tick of the machine's counter.
#pragma once

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace weir {

/// Ticks since some moment; about 8 ns a call.
inline std::uint64_t now_ticks() noexcept {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

/// Ticks in a microsecond, measured once per process in about 0.2 ms.
std::uint64_t ticks_per_us() noexcept;

inline std::chrono::nanoseconds time_of_ticks(std::uint64_t ticks) noexcept {
    return std::chrono::nanoseconds(ticks * 1000 / ticks_per_us());
}

}  // namespace weir
