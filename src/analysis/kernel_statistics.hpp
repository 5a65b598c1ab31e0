// SPDX-License-Identifier: Apache-2.0
/// How long the executions of each kernel took and waited. A call that waits in barriers is one: its work is
/// the sum of the stretches between them. A task that needed no core, such as one whose predicate did not
/// hold, is none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/recording.hpp"

namespace weir::analysis {

/// Of some durations. A percentile is the smallest of them that is not below so many of them (nearest rank).
struct Distribution {
    std::uint64_t count = 0;
    double total = 0;  ///< picoseconds, like all here
    double mean = 0;
    double variance = 0;  ///< of the sample, divided by count - 1; 0 for less than two
    Time min = 0;
    Time max = 0;
    Time p50 = 0;
    Time p99 = 0;
};

/// Reorders `durations`.
Distribution distribution_of(std::vector<Time>& durations);

struct KernelStatistics {
    std::string name;
    std::string core_type;
    Distribution work;     ///< start to end
    Distribution wait;     ///< ready to start
    Distribution observe;  ///< end to observed
};

/// Of each kernel that ran, longest total work first. Executions without a kernel are those of "unknown
/// kernel".
std::vector<KernelStatistics> kernel_statistics(const Swimlane& lane);

}  // namespace weir::analysis
