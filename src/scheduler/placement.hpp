// SPDX-License-Identifier: Apache-2.0
/// Where a task that is ready at submit runs: at once on the orchestrator's thread, or on another one.
/// Handing a task over costs 100 to 250 ns of cache-line traffic, so a kernel that is shorter runs in place;
/// one that is much longer is handed over; in between, other threads are kept supplied with a few tasks each
/// and the orchestrator runs the rest.
#pragma once

#include <cstdint>

#include "model/clock.hpp"
#include "model/kernel_timing.hpp"

namespace weir {

/// One in this many tasks (on average half as many apart) is timed.
inline constexpr std::uint32_t kInPlaceSampleRange = 64;
inline constexpr std::uint32_t kShippedSampleRange = 8;
/// A kernel is short when its mean is below the cost of a hand-over, and no recent task was far above.
inline constexpr std::uint64_t kShortMeanNs = 110;
inline constexpr std::uint64_t kShortPeakNs = 3000;
/// Above this mean a ready task is always handed over: the orchestrator has better things to do.
inline constexpr std::uint64_t kLongMeanNs = 2000;
/// Ready tasks of a kernel in between that are kept waiting for each other thread. Enough that a thread that
/// runs them seldom finds the ring empty and begins to look at lines that the orchestrator is writing.
inline constexpr std::uint64_t kReadyPerThread = 24;
/// Tasks that one submit runs at most before it gives up waiting for its own turn to run in place.
inline constexpr int kHelpBudget = 256;

inline std::uint64_t ticks_of_ns(std::uint64_t ns) noexcept { return ns * ticks_per_us() / 1000; }

/// Known to be cheaper than a hand-over.
inline bool is_short(const detail::KernelTiming& timing) noexcept {
    return timing.known() && timing.mean() < ticks_of_ns(kShortMeanNs) &&
           timing.peak() < ticks_of_ns(kShortPeakNs);
}
/// Not known, or known to be worth a hand-over in any case.
inline bool is_long(const detail::KernelTiming& timing) noexcept {
    return !timing.known() || timing.mean() > ticks_of_ns(kLongMeanNs);
}

}  // namespace weir
