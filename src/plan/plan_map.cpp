// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_map.hpp"

#include <algorithm>

namespace weir {

namespace {

constexpr std::uint64_t kFirstEntries = 1024;
constexpr std::uint64_t kFirstPlaces = 64;
/// They do not grow with the pool; a million regions make chains of four.
constexpr std::uint64_t kBuckets = std::uint64_t{1} << 18U;
/// What one call of TensorMap takes at most: a region and its further steps, or a block.
constexpr std::uint64_t kMostAtOnce = 2;

}  // namespace

PlanMap::PlanMap() : buckets_(kBuckets) {
    make_places();
    make_room();
}

void PlanMap::make_room() {
    if (map_.capacity() - map_.used() >= kMostAtOnce) return;
    const std::uint64_t entries = std::max(kFirstEntries, 2 * map_.capacity());
    pool_.resize(entries * sizeof(TensorMapEntry));
    map_.attach(reinterpret_cast<TensorMapEntry*>(pool_.data()), entries, buckets_.data(), kBuckets, rings_);
}

void PlanMap::make_places() {
    const std::uint64_t places = std::max(kFirstPlaces, 2 * places_);
    auto larger = std::make_unique<TaskEntry[]>(places);
    for (std::uint64_t place = 0; place < places_; ++place) larger[place].regions = owners_[place].regions;
    for (std::uint64_t place = places - 1; place >= std::max<std::uint64_t>(places_, 1); --place)
        free_places_.push_back(place);
    owners_ = std::move(larger);
    places_ = places;
    for (int ring = 0; ring < kRings; ++ring)
        rings_[static_cast<std::size_t>(ring)].attach(ring, owners_.get(), places, nullptr, places, 1);
}

void PlanMap::add_owner(detail::TaskRef owner) {
    if (free_places_.empty()) make_places();
    place_of_.emplace(owner.word(), free_places_.back());
    free_places_.pop_back();
}

void PlanMap::forget_owner(detail::TaskRef owner) {
    const auto found = place_of_.find(owner.word());
    const std::uint64_t place = found->second;
    place_of_.erase(found);
    const std::uint64_t used = map_.used();
    map_.forget_owner(owners_[place]);
    forgotten_ += used - map_.used();
    free_places_.push_back(place);
}

EntryIndex PlanMap::locate(const detail::TensorRecord& record, std::uint64_t owner_word) {
    make_room();
    const std::uint64_t place_word =
        owner_word == 0 ? 0 : detail::TaskRef(0, place_of_.at(owner_word)).word();
    const std::uint64_t used = map_.used();
    const EntryIndex region = map_.locate(record, detail::geometry_key(record), place_word);
    if (map_.used() != used) ++regions_;
    return region;
}

void PlanMap::record(EntryIndex region, detail::TaskRef task, bool writes, bool waited) {
    make_room();
    map_.record(region, task, writes, waited);
}

}  // namespace weir
