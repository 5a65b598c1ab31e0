// SPDX-License-Identifier: Apache-2.0
#include "analysis/access_places.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

namespace weir::analysis {

namespace {

Region region_of(const Deps& deps, const Access& access) {
    std::array<RegionAxis, kMostBoxSteps> axes{};
    for (std::size_t i = 0; i < access.step_count; ++i) {
        const BoxStep& step = deps.steps[access.first_step + i];
        axes[i] = {static_cast<std::int64_t>(step.count), step.stride};
    }
    return normalize(access.offset, access.run, std::span(axes).first(access.step_count));
}
static_assert(kMostBoxSteps <= kMaxRegionAxes, "every box of a file is a region");

struct Key {
    std::uint64_t buffer;
    Region region;
    friend bool operator==(const Key&, const Key&) noexcept = default;
};

struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
        constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
        std::uint64_t hash = key.buffer;
        const auto mix = [&](std::uint64_t word) {
            hash = (hash ^ word) * kGoldenRatio;
            hash ^= hash >> 29U;
        };
        mix(key.region.lo);
        mix(key.region.hi);
        mix(key.region.run_bytes);
        for (std::size_t i = 0; i < key.region.step_count; ++i) {
            mix(key.region.steps[i].count);
            mix(key.region.steps[i].stride_bytes);
        }
        return hash;
    }
};

}  // namespace

AccessPlaces::AccessPlaces(const Deps& deps) {
    find_places(deps);
    find_sharing();
}

void AccessPlaces::find_places(const Deps& deps) {
    std::unordered_map<Key, std::uint32_t, KeyHash> known_places;
    places_.reserve(deps.accesses.size());
    for (const Access& access : deps.accesses) {
        const Key key{access.buffer, region_of(deps, access)};
        const auto [place, added] =
            known_places.try_emplace(key, static_cast<std::uint32_t>(regions_.size()));
        if (added) {
            regions_.push_back(key.region);
            buffers_.push_back(key.buffer);
        }
        places_.push_back(place->second);
    }
}

void AccessPlaces::find_sharing() {
    std::vector<std::uint32_t> order(regions_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t one, std::uint32_t other) {
        return buffers_[one] != buffers_[other] ? buffers_[one] < buffers_[other]
                                                : regions_[one].lo < regions_[other].lo;
    });
    std::vector<Adjacency::Pair> pairs;
    std::vector<std::uint32_t> open;  // places of the buffer that reach beyond the first byte of the next
    std::uint64_t buffer = 0;
    for (const std::uint32_t place : order) {
        if (buffers_[place] != buffer) open.clear();
        buffer = buffers_[place];
        const Region& region = regions_[place];
        std::size_t kept = 0;
        for (const std::uint32_t other : open) {
            if (regions_[other].hi <= region.lo) continue;
            open[kept++] = other;
            if (!overlaps(regions_[other], region)) continue;
            pairs.push_back({place, other});
            pairs.push_back({other, place});
        }
        open.resize(kept);
        open.push_back(place);
    }
    sharing_ = Adjacency(regions_.size(), pairs);
}

}  // namespace weir::analysis
