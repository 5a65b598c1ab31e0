// SPDX-License-Identifier: Apache-2.0
/// How many threads a runtime can have, and what a task with sync_start can be on the cpu platform, which has
/// threads for cores and no types of them.
#pragma once

#include "model/launch_limits.hpp"
#include "scheduler/cohort_stacks.hpp"

namespace weir::cpu {

inline constexpr int kMostThreads = 4096;

/// Every call of a task that starts together has a stack of its own.
inline constexpr LaunchLimits kLaunchLimits{
    "cpu", {kCohortStacks, kCohortStacks, kCohortStacks}, kCohortStacks};

}  // namespace weir::cpu
