// SPDX-License-Identifier: Apache-2.0
#include "reference.hpp"

#include <cmath>
#include <cstring>

namespace weir::task_bench {
namespace {

std::size_t distance_between(std::size_t a, std::size_t b) { return a < b ? b - a : a - b; }

/// Whether (step, point) depends on (step - 1, source).
bool depends(const Graph& graph, std::size_t step, std::size_t point, std::size_t source) {
    const std::size_t apart = distance_between(point, source);
    switch (graph.pattern) {
        case Pattern::trivial:
            return false;
        case Pattern::no_comm:
            return apart == 0;
        case Pattern::stencil_1d:
            return apart <= 1;
        case Pattern::fft: {
            std::size_t levels = 0;
            while ((std::size_t{1} << levels) < graph.width) ++levels;
            return apart == 0 || (levels > 0 && apart == std::size_t{1} << ((step - 1) % levels));
        }
        case Pattern::tree:
            return source == point / 2;
        case Pattern::random_nearest: {
            // Which edges exist is data that program and reference share: a coin has no second definition.
            const Dependences list = dependences(graph, step, point);
            for (std::size_t i = 0; i < list.count; ++i) {
                if (list.points[i] == source) return true;
            }
            return false;
        }
        case Pattern::all_to_all:
            return true;
    }
    return false;
}

std::uint64_t absorb(std::uint64_t value, std::uint64_t next) {
    value = value << 13U | value >> 51U;
    return (value ^ next) * 11400714819323198485ULL;  // 2^64 divided by the golden ratio
}

std::uint64_t work_bits(std::uint64_t iterations) {
    // From 53 iterations on the distance to 1 is below half a unit of the last place and rounds away.
    const double result = iterations <= 52 ? 1.0 + std::ldexp(1.0, -static_cast<int>(iterations)) : 1.0;
    std::uint64_t bits;
    std::memcpy(&bits, &result, sizeof bits);
    return bits;
}

std::size_t points_in_row(const Graph& graph, std::size_t step) {
    if (graph.pattern != Pattern::tree) return graph.width;
    std::size_t points = 1;
    for (std::size_t i = 0; i < step && points < graph.width; ++i) points *= 2;
    return points < graph.width ? points : graph.width;
}

/// How far from a point its sources can lie, so that a step does not cost width^2 unless it has to.
std::size_t reach(const Graph& graph) {
    switch (graph.pattern) {
        case Pattern::trivial:
            return 0;
        case Pattern::no_comm:
            return 0;
        case Pattern::stencil_1d:
            return 1;
        case Pattern::random_nearest:
            return 2;
        default:
            return graph.width;
    }
}

}  // namespace

std::vector<std::uint64_t> expected_grid(const Graph& graph, std::uint64_t iterations, std::size_t rows) {
    const std::uint64_t work = work_bits(iterations);
    const std::size_t near = reach(graph);
    std::vector<std::uint64_t> grid(rows * graph.width, 0);
    std::vector<std::uint64_t> before;
    for (std::size_t step = 0; step < graph.steps; ++step) {
        std::vector<std::uint64_t> now(points_in_row(graph, step));
        for (std::size_t point = 0; point < now.size(); ++point) {
            std::uint64_t value = absorb((std::uint64_t{step} << 32U) + point, work);
            const std::size_t low = point > near ? point - near : 0;
            for (std::size_t source = low; source < before.size() && source <= point + near; ++source) {
                if (depends(graph, step, point, source)) value = absorb(value, before[source]);
            }
            now[point] = value;
            grid[step % rows * graph.width + point] = value;
        }
        before.swap(now);
    }
    return grid;
}

std::uint64_t checksum(const std::vector<std::uint64_t>& values) {
    std::uint64_t sum = values.size();
    for (const std::uint64_t value : values) sum = absorb(sum, value);
    return sum;
}

}  // namespace weir::task_bench
