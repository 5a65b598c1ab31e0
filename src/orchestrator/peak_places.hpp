// SPDX-License-Identifier: Apache-2.0
/// Where the peaks of a run were reached: for each resource and ring the submit, and the line that opened its
/// scope. Written by the program's thread, while a peak rises.
#pragma once

#include <array>
#include <cstddef>
#include <source_location>

#include <weir/config.hpp>

namespace weir::detail {

struct PeakPlace {
    std::source_location scope{};
    std::source_location submit{};
};

class PeakPlaces {
public:
    /// A submit to `ring` has made the peaks that were `before` those that are `now`.
    void risen(const ResourcePeaks& before, const ResourcePeaks& now, int ring,
               const PeakPlace& where) noexcept {
        for (std::size_t index = 0; index < kResources; ++index) {
            const auto resource = static_cast<Resource>(index);
            const int place = per_ring(resource) ? ring : 0;
            if (now.peak(resource, place) > before.peak(resource, place))
                places_[index][static_cast<std::size_t>(place)] = where;
        }
    }
    [[nodiscard]] const PeakPlace& of(Resource resource, int ring) const noexcept {
        return places_[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
    }

private:
    std::array<std::array<PeakPlace, kRings>, kResources> places_{};
};

}  // namespace weir::detail
