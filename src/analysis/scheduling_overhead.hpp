// SPDX-License-Identifier: Apache-2.0
/// How long cores had nothing to do although there was work for them.
///
/// At an instant a core type is in overhead when nothing runs on one of its cores and an execution that needs
/// the type is ready but not dispatched. A core is busy from start to end of what it runs. A task is ready at
/// the latest end of its producers, though not before its submit; without producers, at the time recorded as
/// ready. A task of which some producer is not in the record counts from its own dispatch, that is, not at
/// all. Each execution of a task counts for the type that it needs, so a mixed task counts for all of its
/// types, and a task with blocks until the last of them is dispatched. A call that waits in a barrier has
/// been dispatched, and a task that needs no core waits for none. Where producers were not recorded the
/// recorded time of being ready stands for theirs: the end of the one that was seen last, which is not behind
/// the latest.
#pragma once

#include <string>
#include <vector>

#include "analysis/recording.hpp"
#include "analysis/task_table.hpp"

namespace weir::analysis {

struct SchedulingOverhead {
    struct OfType {
        std::string type;
        std::int64_t cores = 0;
        Time time = 0;
    };
    Time makespan = 0;
    std::vector<OfType> types;  ///< those that some execution needs
    Time all = 0;               ///< all of these types at once
    Time any = 0;               ///< at least one
};

/// Within [0, makespan]. `run` may be null.
SchedulingOverhead scheduling_overhead(const TaskTable& table, const RecordedRun* run);

/// The run's makespan, or the latest end in the record where that is later or `run` is null.
Time makespan_of(const Swimlane& lane, const RecordedRun* run);

/// When a task was ready, as above; unknown where that cannot be told.
Time readiness(const TaskTable& table, std::size_t task, const Execution& row);

}  // namespace weir::analysis
