// SPDX-License-Identifier: Apache-2.0
#include "analysis/scheduling_overhead.hpp"

#include <algorithm>
#include <map>

#include "analysis/core_types.hpp"

namespace weir::analysis {

namespace {

/// Something that begins or ends for a type: a core that is busy, or an execution that waits.
struct Change {
    Time time;
    std::uint32_t type;
    std::int32_t busy;
    std::int32_t waiting;
};

class Sweep {
public:
    Sweep(const CoreTypes& types, SchedulingOverhead& result)
        : types_(types), result_(result), busy_(types.names().size()), waiting_(types.names().size()) {}

    void run(std::vector<Change> changes, const std::vector<std::uint32_t>& counted) {
        std::sort(changes.begin(), changes.end(),
                  [](const Change& one, const Change& other) { return one.time < other.time; });
        Time now = 0;
        for (const Change& change : changes) {
            const Time next = std::clamp<Time>(change.time, 0, result_.makespan);
            if (next > now) pass(next - now, counted);
            now = std::max(now, next);
            busy_[change.type] += change.busy;
            waiting_[change.type] += change.waiting;
        }
    }

private:
    void pass(Time time, const std::vector<std::uint32_t>& counted) {
        std::size_t in_overhead = 0;
        for (std::size_t i = 0; i < counted.size(); ++i) {
            const std::uint32_t type = counted[i];
            if (waiting_[type] == 0 || busy_[type] >= types_.cores(type)) continue;
            result_.types[i].time += time;
            ++in_overhead;
        }
        if (in_overhead > 0) result_.any += time;
        if (in_overhead > 0 && in_overhead == counted.size()) result_.all += time;
    }

    const CoreTypes& types_;
    SchedulingOverhead& result_;
    std::vector<std::int64_t> busy_;  // cores
    std::vector<std::int64_t> waiting_;
};

/// Stretches in which a core is busy; executions that overlap on it count once.
void add_busy(const Swimlane& lane, const CoreTypes& types, std::vector<Change>& changes) {
    std::map<std::uint32_t, std::vector<std::pair<Time, Time>>> cores;
    for (const Execution& row : lane.executions)
        if (row.ran() && row.core != kNone) cores[row.core].emplace_back(row.start, row.end);
    for (auto& [core, spans] : cores) {
        std::sort(spans.begin(), spans.end());
        const std::uint32_t type = types.of_core(core);
        for (std::size_t i = 0; i < spans.size();) {
            const Time begin = spans[i].first;
            Time end = spans[i].second;
            for (++i; i < spans.size() && spans[i].first <= end; ++i) end = std::max(end, spans[i].second);
            changes.push_back({begin, type, 1, 0});
            changes.push_back({end, type, -1, 0});
        }
    }
}

void add_waiting(const TaskTable& table, const CoreTypes& types, std::vector<Change>& changes,
                 std::vector<bool>& needed) {
    for (std::size_t i = 0; i < table.tasks().size(); ++i) {
        for (const Execution& row : table.executions(table.tasks()[i])) {
            const std::uint32_t type = types.of(row);
            if (row.worked_nowhere() || row.resumed) continue;
            if (row.ran()) needed[type] = true;
            const Time ready = readiness(table, i, row);
            const Time dispatched = known(row.dispatched) ? row.dispatched : row.start;
            if (!known(ready) || !known(dispatched) || ready >= dispatched) continue;
            changes.push_back({ready, type, 0, 1});
            changes.push_back({dispatched, type, 0, -1});
        }
    }
}

}  // namespace

Time readiness(const TaskTable& table, std::size_t task, const Execution& row) {
    if (table.producers_missing(task)) return kUnknownTime;
    const std::span<const std::uint32_t> producers = table.producers(task);
    if (producers.empty()) return row.ready;
    Time ready = row.submitted;
    for (const std::uint32_t producer : producers) {
        const Time end = table.tasks()[producer].end;
        if (!known(end)) return kUnknownTime;
        ready = known(ready) ? std::max(ready, end) : end;
    }
    return ready;
}

Time makespan_of(const Swimlane& lane, const RecordedRun* run) {
    Time latest = run != nullptr ? run->makespan : 0;
    for (const Execution& row : lane.executions)
        if (known(row.end)) latest = std::max(latest, row.end);
    return latest;
}

SchedulingOverhead scheduling_overhead(const TaskTable& table, const RecordedRun* run) {
    const CoreTypes types(table.lane(), run);
    SchedulingOverhead result;
    result.makespan = makespan_of(table.lane(), run);
    std::vector<Change> changes;
    std::vector<bool> needed(types.names().size());
    add_busy(table.lane(), types, changes);
    add_waiting(table, types, changes, needed);
    std::vector<std::uint32_t> counted;
    for (std::uint32_t type = 0; type < needed.size(); ++type) {
        if (!needed[type]) continue;
        counted.push_back(type);
        result.types.push_back({types.names()[type], types.cores(type), 0});
    }
    Sweep(types, result).run(std::move(changes), counted);
    return result;
}

}  // namespace weir::analysis
