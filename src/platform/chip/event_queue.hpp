// SPDX-License-Identifier: Apache-2.0
/// What happens next on a virtual clock: at most one event for each actor. Of two at the same time that of
/// the actor with the lower index comes first, so the order depends on nothing else.
///
/// A tree of matches: leaf i is actor i, each node the earlier one of its two children.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::chip {

/// Nanoseconds since the start of a run.
using Time = std::uint64_t;
inline constexpr Time kNever = ~Time{0};

class EventQueue {
public:
    explicit EventQueue(std::size_t actors)
        : leaves_(std::bit_ceil(actors)), times_(leaves_, kNever), winners_(2 * leaves_) {
        for (std::size_t i = 0; i < leaves_; ++i) winners_[leaves_ + i] = static_cast<std::uint32_t>(i);
        for (std::size_t node = leaves_ - 1; node > 0; --node) play(node);
    }

    /// kNever: the actor waits for others.
    void set(std::size_t actor, Time time) noexcept {
        times_[actor] = time;
        for (std::size_t node = (leaves_ + actor) / 2; node > 0; node /= 2) {
            const std::uint32_t before = winners_[node];
            play(node);
            // What won here before and wins now is another actor, whose time is as it was: so above.
            if (before != actor && winners_[node] == before) return;
        }
    }
    [[nodiscard]] Time time_of(std::size_t actor) const noexcept { return times_[actor]; }
    /// Whose event is next; when all wait, one whose time is kNever.
    [[nodiscard]] std::size_t first() const noexcept { return winners_[1]; }
    [[nodiscard]] Time next_time() const noexcept { return times_[first()]; }

private:
    void play(std::size_t node) noexcept {
        const std::uint32_t left = winners_[2 * node];
        const std::uint32_t right = winners_[2 * node + 1];
        winners_[node] = times_[right] < times_[left] ? right : left;
    }

    std::size_t leaves_;
    std::vector<Time> times_;
    std::vector<std::uint32_t> winners_;  ///< by node; node 1 is the root
};

}  // namespace weir::chip
