// SPDX-License-Identifier: Apache-2.0
#include "analysis/ring_peaks.hpp"

#include <algorithm>

namespace weir::analysis {
namespace {

constexpr std::size_t kTensorMap = kOccupancies.size() - 1;

/// The last execution of `ring` (kNone: of any) that was submitted by then.
std::uint32_t site_at(const std::vector<Execution>& executions, std::uint32_t ring, Time time) {
    const Execution* last = nullptr;
    for (const Execution& execution : executions) {
        if (!known(execution.submitted) || execution.submitted > time) continue;
        if (ring != kNone && execution.ring != ring) continue;
        if (last == nullptr || execution.submitted >= last->submitted) last = &execution;
    }
    return last != nullptr ? last->site : kNone;
}

RingPeak peak_of(const RecordedRun& run, const Swimlane& swimlane, std::uint32_t ring, std::size_t resource) {
    RingPeak peak{ring, resource};
    const std::size_t place = ring == kNone ? 0 : ring;
    if (run.capacities) peak.capacity = (*run.capacities)[resource][place];
    for (const Counter& sample : swimlane.counters) {
        if (ring != kNone && sample.ring != ring) continue;
        const std::uint64_t used = sample.used[resource];
        if (used > peak.sampled || (used == peak.sampled && used > 0 && sample.time < peak.time)) {
            peak.sampled = used;
            peak.time = sample.time;
        }
    }
    peak.peak = peak.sampled;
    if (run.peaks) peak.peak = std::max(peak.peak, (*run.peaks)[resource][place]);
    if (peak.sampled > 0) peak.site = site_at(swimlane.executions, ring, peak.time);
    return peak;
}

}  // namespace

std::vector<RingPeak> ring_peaks(const RecordedRun& run, const Swimlane& swimlane) {
    std::vector<RingPeak> peaks;
    const auto add = [&](std::uint32_t ring, std::size_t resource) {
        const RingPeak peak = peak_of(run, swimlane, ring, resource);
        if (peak.peak > 0) peaks.push_back(peak);
    };
    for (std::uint32_t ring = 0; ring < kRings; ++ring)
        for (std::size_t resource = 0; resource < kTensorMap; ++resource) add(ring, resource);
    add(kNone, kTensorMap);
    return peaks;
}

}  // namespace weir::analysis
