// SPDX-License-Identifier: Apache-2.0
/// What the cores of a run did, in core time: over all cores of a type, how long they ran kernels, how long
/// they were idle although tasks waited that they could have run, and how long there was none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/recording.hpp"
#include "analysis/task_table.hpp"

namespace weir::analysis {

struct CoreTime {
    std::string type;
    std::int64_t cores = 0;
    Time running = 0;   ///< sum over the cores; so are the others
    Time overhead = 0;  ///< as many of the idle cores as executions were ready and not dispatched
    Time idle = 0;

    [[nodiscard]] Time sum() const noexcept { return running + overhead + idle; }
};

/// The sum over all types as "all", then, when there are several, each type. Of the time from 0 to the
/// makespan. When an execution is ready is what scheduling_overhead.hpp says. Empty when no execution has its
/// times. `run` may be null.
std::vector<CoreTime> core_times(const TaskTable& table, const RecordedRun* run);

}  // namespace weir::analysis
