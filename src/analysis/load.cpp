// SPDX-License-Identifier: Apache-2.0
#include "analysis/load.hpp"

#include <algorithm>
#include <set>

namespace weir::analysis {

std::vector<Step> steps_of(std::vector<Step> changes, std::int64_t first) {
    std::sort(changes.begin(), changes.end(),
              [](const Step& one, const Step& other) { return one.time < other.time; });
    std::vector<Step> steps;
    std::int64_t value = first;
    for (const Step& change : changes) {
        value += change.value;
        if (!steps.empty() && steps.back().time == change.time)
            steps.back().value = value;
        else
            steps.push_back({change.time, value});
    }
    return steps;
}

std::vector<Step> ready_tasks(const Swimlane& lane, OfType of) {
    std::vector<Step> changes;
    for (const Execution& row : lane.executions) {
        if (row.resumed) continue;
        if (of.types != nullptr && (row.worked_nowhere() || of.types->of(row) != of.type)) continue;
        const Time leaves = known(row.dispatched) ? row.dispatched : row.start;
        if (!known(row.ready) || !known(leaves) || leaves <= row.ready) continue;
        changes.push_back({row.ready, 1});
        changes.push_back({leaves, -1});
    }
    return steps_of(std::move(changes), 0);
}

std::vector<Step> idle_cores(const Swimlane& lane, const RecordedRun* run, OfType of) {
    const auto counts = [&](std::uint32_t core) {
        return of.types == nullptr || of.types->of_core(core) == of.type;
    };
    std::set<std::uint32_t> cores;
    if (run != nullptr)
        for (const RecordedCore& core : run->cores)
            if (counts(core.index)) cores.insert(core.index);
    // Of each core the stretches in which something runs, so that executions that overlap count once.
    std::vector<const Execution*> rows;
    for (const Execution& row : lane.executions)
        if (row.ran() && row.core != kNone && counts(row.core)) rows.push_back(&row);
    std::sort(rows.begin(), rows.end(), [](const Execution* one, const Execution* other) {
        return one->core != other->core ? one->core < other->core : one->start < other->start;
    });
    std::vector<Step> changes;
    for (std::size_t i = 0; i < rows.size();) {
        const std::uint32_t core = rows[i]->core;
        const Time begin = rows[i]->start;
        Time end = rows[i]->end;
        for (++i; i < rows.size() && rows[i]->core == core && rows[i]->start <= end; ++i)
            end = std::max(end, rows[i]->end);
        cores.insert(core);
        changes.push_back({begin, -1});
        changes.push_back({end, 1});
    }
    if (cores.empty()) return {};
    changes.push_back({0, 0});
    return steps_of(std::move(changes), static_cast<std::int64_t>(cores.size()));
}

}  // namespace weir::analysis
