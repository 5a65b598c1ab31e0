// SPDX-License-Identifier: Apache-2.0
/// What happens next on a virtual clock: at most one event for each actor. Of two at the same time that of
/// the actor with the lower index comes first, so the order depends on nothing else.
///
/// A tree of matches: leaf i is actor i, each node the earlier one of its two children. A few actors at the
/// end, whose events change more often than all others', stand in a *line* beside it, of which the first one
/// is known: with so few, looking at all of them is cheaper than a way through the tree.
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
    /// More than these are no line.
    static constexpr std::size_t kMostInLine = 16;

    /// `busy`: how many actors, the last ones, change most often.
    explicit EventQueue(std::size_t actors, std::size_t busy = 0)
        : in_tree_(busy <= kMostInLine ? actors - busy : actors),
          leaves_(std::bit_ceil(in_tree_)),
          times_(leaves_, kNever),
          winners_(2 * leaves_),
          line_(actors - in_tree_, kNever) {
        for (std::size_t i = 0; i < leaves_; ++i) winners_[leaves_ + i] = static_cast<std::uint32_t>(i);
        for (std::size_t node = leaves_ - 1; node > 0; --node) play(node);
    }

    /// kNever: the actor waits for others.
    void set(std::size_t actor, Time time) noexcept {
        if (actor >= in_tree_) {
            line_[actor - in_tree_] = time;
            return find_first_in_line();
        }
        times_[actor] = time;
        for (std::size_t node = (leaves_ + actor) / 2; node > 0; node /= 2) play(node);
    }
    [[nodiscard]] Time time_of(std::size_t actor) const noexcept {
        return actor < in_tree_ ? times_[actor] : line_[actor - in_tree_];
    }
    /// Whose event is next; when all wait, one whose time is kNever.
    [[nodiscard]] std::size_t first() const noexcept {
        const std::size_t in_tree = winners_[1];
        return line_time_ < times_[in_tree] ? in_tree_ + line_first_ : in_tree;
    }
    [[nodiscard]] Time next_time() const noexcept {
        const Time in_tree = times_[winners_[1]];
        return line_time_ < in_tree ? line_time_ : in_tree;
    }

private:
    void play(std::size_t node) noexcept {
        const std::uint32_t left = winners_[2 * node];
        const std::uint32_t right = winners_[2 * node + 1];
        winners_[node] = times_[right] < times_[left] ? right : left;
    }
    void find_first_in_line() noexcept {
        line_first_ = 0;
        line_time_ = line_[0];
        for (std::size_t i = 1; i < line_.size(); ++i) {
            if (line_[i] >= line_time_) continue;
            line_time_ = line_[i];
            line_first_ = i;
        }
    }

    std::size_t in_tree_;  ///< the first ones; the others are in the line
    std::size_t leaves_;
    std::vector<Time> times_;
    std::vector<std::uint32_t> winners_;  ///< by node; node 1 is the root
    std::vector<Time> line_;
    std::size_t line_first_ = 0;  ///< in the line
    Time line_time_ = kNever;
};

}  // namespace weir::chip
