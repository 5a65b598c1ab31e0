// SPDX-License-Identifier: Apache-2.0
//
// The same graphs, executed row by row in one thread, by definitions written out again: which points a point
// depends on is asked point by point, and the result of the busy work comes from its closed form. Shares no
// code with the kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "graph.hpp"

namespace weir::task_bench {

/// The values of the last row that writes each point: what is in the two rows of a run's grid at its end.
/// `rows` is the number of rows that the grid cycles through; the value of (step, point) is in row step %
/// rows. Points that no task writes are 0.
std::vector<std::uint64_t> expected_grid(const Graph& graph, std::uint64_t iterations, std::size_t rows);

/// One number for all values in their order.
std::uint64_t checksum(const std::vector<std::uint64_t>& values);

}  // namespace weir::task_bench
