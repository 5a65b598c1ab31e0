// SPDX-License-Identifier: Apache-2.0
#include "analysis/core_time.hpp"

#include <algorithm>

#include "analysis/core_types.hpp"
#include "analysis/scheduling_overhead.hpp"

namespace weir::analysis {
namespace {

/// From `time` on so many more executions run, or wait.
struct CoreStep {
    Time time;
    std::int32_t running;
    std::int32_t waiting;
};

CoreTime sum_up(CoreTime times, std::vector<CoreStep>& steps, Time makespan) {
    std::sort(steps.begin(), steps.end(),
              [](const CoreStep& a, const CoreStep& b) { return a.time < b.time; });
    std::int64_t running = 0;
    std::int64_t waiting = 0;
    Time now = 0;
    const auto pass = [&](Time until) {
        const Time lasts = std::max<Time>(0, std::min(until, makespan) - now);
        const std::int64_t busy = std::clamp<std::int64_t>(running, 0, times.cores);
        const std::int64_t held = std::clamp<std::int64_t>(waiting, 0, times.cores - busy);
        times.running += busy * lasts;
        times.overhead += held * lasts;
        times.idle += (times.cores - busy - held) * lasts;
        now += lasts;
    };
    for (const CoreStep& step : steps) {
        pass(step.time);
        running += step.running;
        waiting += step.waiting;
    }
    pass(makespan);
    return times;
}

}  // namespace

std::vector<CoreTime> core_times(const TaskTable& table, const RecordedRun* run) {
    const CoreTypes types(table.lane(), run);
    const Time makespan = makespan_of(table.lane(), run);
    std::vector<std::vector<CoreStep>> steps(types.names().size());
    for (std::size_t task = 0; task < table.tasks().size(); ++task) {
        for (const Execution& row : table.executions(table.tasks()[task])) {
            if (!row.ran() || row.worked_nowhere()) continue;
            std::vector<CoreStep>& of_type = steps[types.of(row)];
            of_type.push_back({row.start, 1, 0});
            of_type.push_back({row.end, -1, 0});
            if (row.resumed) continue;
            const Time ready = readiness(table, task, row);
            const Time dispatched = known(row.dispatched) ? row.dispatched : row.start;
            if (!known(ready) || ready >= dispatched) continue;
            of_type.push_back({ready, 0, 1});
            of_type.push_back({dispatched, 0, -1});
        }
    }
    CoreTime all;
    all.type = "all";
    std::vector<CoreTime> times;
    for (std::uint32_t type = 0; type < steps.size(); ++type) {
        if (steps[type].empty()) continue;
        CoreTime of_type;
        of_type.type = types.names()[type];
        of_type.cores = std::max<std::int64_t>(1, types.cores(type));
        times.push_back(sum_up(of_type, steps[type], makespan));
        all.cores += times.back().cores;
        all.running += times.back().running;
        all.overhead += times.back().overhead;
        all.idle += times.back().idle;
    }
    if (times.size() == 1) times.clear();
    if (all.cores > 0) times.insert(times.begin(), all);
    return times;
}

}  // namespace weir::analysis
