// SPDX-License-Identifier: Apache-2.0
#include "graph.hpp"

#include <algorithm>
#include <bit>

namespace weir::task_bench {
namespace {

/// Adds the points at the given distance below and above, as far as they exist, and the point itself.
void add_around(Dependences& list, std::size_t point, std::size_t distance, std::size_t width) {
    if (point >= distance) list.points[list.count++] = point - distance;
    list.points[list.count++] = point;
    if (point + distance < width) list.points[list.count++] = point + distance;
}

/// A coin for one possible edge, from the edge alone.
bool chosen(const Graph& graph, std::size_t step, std::size_t point, std::size_t offset) {
    std::uint64_t z =
        graph.seed ^ (step * 0x9E3779B97F4A7C15ULL) ^ (point * 0xC2B2AE3D27D4EB4FULL) ^ (offset << 56U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return (z >> 40U & 1U) != 0;
}

void add_random_nearest(Dependences& list, const Graph& graph, std::size_t step, std::size_t point) {
    constexpr std::size_t kReach = 2;
    for (std::size_t offset = 0; offset <= 2 * kReach; ++offset) {
        if (point + offset < kReach || point + offset - kReach >= graph.width) continue;
        if (chosen(graph, step, point, offset)) list.points[list.count++] = point + offset - kReach;
    }
}

}  // namespace

std::optional<Pattern> pattern_named(std::string_view name) {
    const auto found = std::find(kPatternNames.begin(), kPatternNames.end(), name);
    if (found == kPatternNames.end()) return std::nullopt;
    return static_cast<Pattern>(found - kPatternNames.begin());
}

std::size_t Graph::width_at(std::size_t step) const {
    if (pattern != Pattern::tree || step >= static_cast<std::size_t>(std::bit_width(width))) return width;
    return std::min(width, std::size_t{1} << step);
}

std::size_t Graph::tasks() const {
    std::size_t count = 0;
    for (std::size_t step = 0; step < steps; ++step) count += width_at(step);
    return count;
}

Dependences dependences(const Graph& graph, std::size_t step, std::size_t point) {
    Dependences list;
    if (step == 0) return list;
    switch (graph.pattern) {
        case Pattern::trivial:
            break;
        case Pattern::no_comm:
            list.points[list.count++] = point;
            break;
        case Pattern::stencil_1d:
            add_around(list, point, 1, graph.width);
            break;
        case Pattern::fft: {
            const auto levels = static_cast<std::size_t>(std::bit_width(graph.width - 1));
            const std::size_t distance = levels == 0 ? graph.width : std::size_t{1} << ((step - 1) % levels);
            add_around(list, point, distance, graph.width);
            break;
        }
        case Pattern::tree:
            list.points[list.count++] = point / 2;
            break;
        case Pattern::random_nearest:
            add_random_nearest(list, graph, step, point);
            break;
        case Pattern::all_to_all:
            list.whole_row = true;
            break;
    }
    return list;
}

}  // namespace weir::task_bench
