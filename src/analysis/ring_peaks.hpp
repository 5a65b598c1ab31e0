// SPDX-License-Identifier: Apache-2.0
/// The largest occupancy of each ring's resources in a recording, and the submit that it belongs to.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/recording.hpp"

namespace weir::analysis {

struct RingPeak {
    std::uint32_t ring = kNone;  ///< kNone: all rings have it together, as they do the TensorMap's pool
    std::size_t resource = 0;    ///< index into kOccupancies
    std::uint64_t peak = 0;
    std::uint64_t capacity = 0;  ///< 0: not recorded
    std::uint64_t sampled = 0;   ///< the largest sample; below the peak if that fell between two samples
    Time time = kUnknownTime;    ///< of the first sample with that occupancy
    std::uint32_t site = kNone;  ///< of the last task of that ring that was submitted by then
};

/// Those of which anything was in use, by ring, then in the order of kOccupancies.
std::vector<RingPeak> ring_peaks(const RecordedRun& run, const Swimlane& swimlane);

}  // namespace weir::analysis
