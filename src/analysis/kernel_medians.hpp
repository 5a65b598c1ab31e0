// SPDX-License-Identifier: Apache-2.0
/// How long a recorded run's kernels took, as one number for each: what a simulated clock can count with.
#pragma once

#include <map>
#include <string>

#include "analysis/recording.hpp"

namespace weir::analysis {

/// By name of the kernel, the median of its executions (nearest rank). A call that waits in barriers counts
/// once, with the sum of its stretches. Executions without a name or without both times do not count, nor do
/// tasks whose predicate did not hold, nor the runtime's own `allocate` and `barrier_task`. Empty when none
/// is left.
std::map<std::string, Time> kernel_medians(const Swimlane& lane);

}  // namespace weir::analysis
