// SPDX-License-Identifier: Apache-2.0
/// From simulated runs to sizes: never held back, and the smallest that are nearly as fast.
///
/// *Never held back.* The program is simulated with rings that are never short of anything. What was in use
/// at most is enough: with these capacities the same happens at the same times. Windows are rounded up to a
/// power of two. A task's payload stays in one piece, so the end of a payload ring may be skipped, by less
/// than the largest task, and at most once in what is in use: that much is added
/// (SimulatedUse::Place::spare).
///
/// *Recommended.* Beginning with those sizes, each resource is made as small as the makespan allows that is
/// 2 % above theirs: the heaps of rings 0 to 3, then the payloads, task windows, consumed windows, dependency
/// pools, and the TensorMap's pool, from what usually takes most memory to what takes least. For each,
/// bisection over the valid values from Plan::smallest up to the present one: all powers of two for a window,
/// and for the others the ends and, between, the values with five significant bits (3 to 6 % apart). The
/// value found is within the limit, and the next smaller one of the list is not, the others being as they
/// were then. Before the next resource, every size comes down to what that schedule used at most, which
/// changes nothing in it.
#pragma once

#include <cstdint>
#include <vector>

#include <weir/plan.hpp>

#include "config/resource_table.hpp"
#include "model/sizes.hpp"
#include "plan/simulator.hpp"

namespace weir {

/// By how much longer than without bounds a schedule may take, in hundredths.
inline constexpr std::uint64_t kMostSlowerPercent = 2;

/// Values between `low` and `high`, both included, that are tried for a resource, rising. `low` is valid.
std::vector<std::uint64_t> candidates(const ResourceRow& row, std::uint64_t low, std::uint64_t high);

/// Fills in sizes and makespans. `smallest`: what the capacity verdict lets pass, for all of the program.
SimulatedSchedule recommend(Simulator& simulator, const Sizes& smallest);

}  // namespace weir
