// SPDX-License-Identifier: Apache-2.0
//
// The task graphs of Task Bench: a grid of `steps` rows with up to `width` points, where a point depends on
// points of the row before. Which ones is the pattern:
//
//     trivial         none
//     no_comm         the same point
//     stencil_1d      the same point and its two neighbours
//     fft             the same point and the two at distance 2^((step - 1) mod log2(width))
//     tree            point / 2; row t has min(width, 2^t) points
//     random_nearest  of the five points at distance 2 or less, each with probability one half, the same at
//     every run all_to_all      every point
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::task_bench {

enum class Pattern { trivial, no_comm, stencil_1d, fft, tree, random_nearest, all_to_all };

inline constexpr std::array<std::string_view, 7> kPatternNames = {
    "trivial", "no_comm", "stencil_1d", "fft", "tree", "random_nearest", "all_to_all"};

/// The pattern with this name.
std::optional<Pattern> pattern_named(std::string_view name);

struct Graph {
    Pattern pattern = Pattern::stencil_1d;
    std::size_t width = 64;
    std::size_t steps = 1000;
    std::uint64_t seed = 1;

    /// Points of a row.
    std::size_t width_at(std::size_t step) const;
    /// Tasks of all rows.
    std::size_t tasks() const;
};

/// Points of the row before that a point depends on: at most five single ones in ascending order, or, for
/// all_to_all, the whole row.
struct Dependences {
    std::array<std::size_t, 5> points{};
    std::size_t count = 0;
    bool whole_row = false;
};
Dependences dependences(const Graph& graph, std::size_t step, std::size_t point);

}  // namespace weir::task_bench
