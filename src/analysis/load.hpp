// SPDX-License-Identifier: Apache-2.0
/// How many tasks are ready and how many cores are idle at each instant of a recording.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/core_types.hpp"
#include "analysis/recording.hpp"

namespace weir::analysis {

/// From `time` on the value holds, until the next step.
struct Step {
    Time time;
    std::int64_t value;
};

/// Values after each change; of changes at one time the last only. `first` is the value before all of them.
std::vector<Step> steps_of(std::vector<Step> changes, std::int64_t first);

/// One type of core; without `types` all of them.
struct OfType {
    const CoreTypes* types = nullptr;
    std::uint32_t type = 0;
};

/// Executions that are ready and not dispatched; where the dispatch is unknown, not started. Those that need
/// no core are of no type.
std::vector<Step> ready_tasks(const Swimlane& lane, OfType of = {});

/// Cores on which nothing runs, of those of `run`, which may be null, and those on which something ran.
std::vector<Step> idle_cores(const Swimlane& lane, const RecordedRun* run, OfType of = {});

}  // namespace weir::analysis
