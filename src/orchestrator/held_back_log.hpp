// SPDX-License-Identifier: Apache-2.0
/// What held the program of a run back, for how long, and where. Written only while a submit is held back.
///
/// Places are kept in a list of fixed length. While there are no more of them than it holds, each sum is
/// exact. Past that, a new place takes over the sum of the one held back least, so that no place is ever
/// missing that was held back for more than 1 / kPlaces of all the time; its sum may then be too large by
/// what it took over.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <source_location>
#include <span>

#include <weir/config.hpp>

namespace weir::detail {

class HeldBackLog {
public:
    static constexpr std::size_t kPlaces = 64;

    void clear() noexcept {
        times_ = count_ = 0;
        total_ = {};
        by_resource_ = {};
        times_by_ = {};
    }

    /// A submit at `site` was held back for `time` because `resource` of `ring` was short.
    void add(std::source_location site, Resource resource, int ring, std::chrono::nanoseconds time) noexcept {
        ++times_;
        total_ += time;
        by_resource_[static_cast<std::size_t>(resource)] += time;
        ++times_by_[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
        HeldBackPlace& place = find(site);
        place.held_back += time;
        ++place.times;
        if (time < place.longest) return;
        place.longest = time;
        place.resource = resource;
        place.ring = ring;
    }

    [[nodiscard]] std::uint64_t times() const noexcept { return times_; }
    /// By this resource, for submits to this ring.
    [[nodiscard]] std::uint64_t times(Resource resource, int ring) const noexcept {
        return times_by_[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
    }
    [[nodiscard]] std::chrono::nanoseconds total() const noexcept { return total_; }
    /// All places that are kept.
    [[nodiscard]] std::span<const HeldBackPlace> places() const noexcept { return {places_.data(), count_}; }

    void report(RunResult& result) const noexcept {
        result.times_held_back = times_;
        result.held_back = total_;
        result.held_back_by = by_resource_;
        const auto end = places_.begin() + static_cast<std::ptrdiff_t>(count_);
        const auto longest = std::max_element(places_.begin(), end, held_back_less);
        if (longest != end) result.held_back_longest = *longest;
    }

private:
    static bool held_back_less(const HeldBackPlace& one, const HeldBackPlace& other) noexcept {
        return one.held_back < other.held_back;
    }
    static bool same(std::source_location one, std::source_location other) noexcept {
        return one.line() == other.line() && one.column() == other.column() &&
               (one.file_name() == other.file_name() || std::strcmp(one.file_name(), other.file_name()) == 0);
    }

    HeldBackPlace& find(std::source_location site) noexcept {
        const auto end = places_.begin() + static_cast<std::ptrdiff_t>(count_);
        auto place = std::find_if(places_.begin(), end,
                                  [&](const HeldBackPlace& known) { return same(known.site, site); });
        if (place != end) return *place;
        HeldBackPlace fresh;
        fresh.site = site;
        if (count_ < kPlaces) {
            ++count_;
        } else {
            place = std::min_element(places_.begin(), end, held_back_less);
            fresh.times = place->times;
            fresh.held_back = place->held_back;
        }
        *place = fresh;
        return *place;
    }

    std::uint64_t times_ = 0;
    std::uint64_t count_ = 0;
    std::chrono::nanoseconds total_{0};
    std::array<std::chrono::nanoseconds, kResources> by_resource_{};
    std::array<std::array<std::uint64_t, kRings>, kResources> times_by_{};
    std::array<HeldBackPlace, kPlaces> places_{};
};

}  // namespace weir::detail
