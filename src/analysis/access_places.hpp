// SPDX-License-Identifier: Apache-2.0
/// Which regions of memory the recorded accesses name, and which of those share a byte.
///
/// Accesses of one region share a place. Places that share a byte are found per buffer by a sweep over their
/// first bytes: each is compared, exactly (model/region.hpp), with those whose span it meets. So the time is
/// that of sorting plus one comparison for each pair of regions of a buffer whose spans meet.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/recording.hpp"
#include "analysis/task_table.hpp"
#include "model/region.hpp"

namespace weir::analysis {

class AccessPlaces {
public:
    explicit AccessPlaces(const Deps& deps);

    [[nodiscard]] std::size_t count() const noexcept { return regions_.size(); }
    /// Of an access.
    [[nodiscard]] std::uint32_t of(std::size_t access) const { return places_[access]; }
    [[nodiscard]] const Region& region(std::uint32_t place) const { return regions_[place]; }
    /// Other places that share a byte with it, or of which that cannot be decided.
    [[nodiscard]] std::span<const std::uint32_t> sharing(std::uint32_t place) const {
        return sharing_.of(place);
    }

private:
    void find_places(const Deps& deps);
    void find_sharing();

    std::vector<Region> regions_;
    std::vector<std::uint64_t> buffers_;  // of places
    std::vector<std::uint32_t> places_;   // of accesses
    Adjacency sharing_;
};

}  // namespace weir::analysis
