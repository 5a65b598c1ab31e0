// SPDX-License-Identifier: Apache-2.0
/// Times of a recording: whole picoseconds, so that sums are exact and what is shorter than a nanosecond
/// stays.
#pragma once

#include <cstdint>
#include <limits>

namespace weir::analysis {

/// Picoseconds since the run's start, or between two such times.
using Time = std::int64_t;

inline constexpr Time kUnknownTime = std::numeric_limits<Time>::min();
inline constexpr Time kPicosecondsPerMicrosecond = 1'000'000;
inline constexpr Time kPicosecondsPerNanosecond = 1'000;
/// Times and durations in files are below this, some 46 days, in either direction: differences never
/// overflow.
inline constexpr Time kMostTime = std::numeric_limits<Time>::max() / 2 - 1;

[[nodiscard]] constexpr bool known(Time time) noexcept { return time != kUnknownTime; }

[[nodiscard]] constexpr double microseconds(Time time) noexcept {
    return static_cast<double>(time) / static_cast<double>(kPicosecondsPerMicrosecond);
}

/// From `begin` to `end`; unknown when one of them is. `end` before `begin` counts as nothing, for which
/// readers warn (`Swimlane::backwards`).
[[nodiscard]] constexpr Time between(Time begin, Time end) noexcept {
    if (!known(begin) || !known(end)) return kUnknownTime;
    return end > begin ? end - begin : 0;
}

}  // namespace weir::analysis
