// SPDX-License-Identifier: Apache-2.0
#include "analysis/run_analysis.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "analysis/record_notes.hpp"

namespace weir::analysis {

namespace {

Prospect prospect(std::string change, const Schedule& schedule, const WhatIf& what_if) {
    return {std::move(change), std::llround(schedule.makespan_if(what_if))};
}

std::vector<Prospect> prospects_of(const Schedule& schedule, const Swimlane& lane,
                                   const std::vector<KernelStatistics>& longest_first) {
    std::vector<Prospect> all;
    WhatIf change;
    change.scheduling_free = true;
    all.push_back(prospect("scheduling free", schedule, change));
    change = {};
    change.rings_unbounded = true;
    all.push_back(prospect("rings unbounded", schedule, change));
    for (const KernelStatistics& kernel : longest_first) {
        if (all.size() == 2 + kMostKernelProspects) break;
        const auto found =
            std::find_if(lane.kernels.begin(), lane.kernels.end(), [&](const KernelName& name) {
                return name.name == kernel.name && name.core_type == kernel.core_type;
            });
        if (found == lane.kernels.end()) continue;
        change = {};
        change.kernel = static_cast<std::uint32_t>(found - lane.kernels.begin());
        change.factor = kFasterFactor;
        all.push_back(prospect(fmt::format("kernel {} 20 % faster", kernel.name), schedule, change));
    }
    return all;
}

void analyze_lane(const Swimlane& lane, const Deps* deps, RunAnalysis& result) {
    const RecordedRun* run = result.run ? &*result.run : nullptr;
    const TaskTable table(lane, deps);
    const Schedule schedule(table, run);
    result.tasks = table.tasks().size();
    result.executions = lane.executions.size();
    result.kernels = kernel_statistics(lane);
    result.overhead = scheduling_overhead(table, run);
    result.path = schedule.critical_path();
    result.prospects = prospects_of(schedule, lane, result.kernels);
    for (const CriticalPath::Link& link : result.path.links) {
        const Execution& row = lane.executions[link.execution];
        result.link_names.push_back({row.kernel == kNone ? "unknown kernel" : lane.kernels[row.kernel].name,
                                     row.site == kNone ? std::string() : lane.sites[row.site]});
    }
}

}  // namespace

RunAnalysis analyze(const RecordDirectory& directory) {
    RunAnalysis result;
    result.directory = directory.path().string();
    if (directory.has_run()) result.run = directory.run();
    const RecordedRun* run = result.run ? &*result.run : nullptr;
    result.has_swimlane = directory.has_swimlane();
    if (!result.has_swimlane && run != nullptr) {
        result.notes = notes_of(run, nullptr, nullptr);
        result.notes.emplace_back("there is no swimlane.json, so nothing is known of single tasks");
        return result;
    }
    const Swimlane lane = directory.swimlane();
    std::optional<Deps> deps;
    if (directory.has_deps()) deps = directory.deps();
    result.has_deps = deps.has_value();
    result.notes = notes_of(run, &lane, deps ? &*deps : nullptr);
    if (run == nullptr)
        result.notes.emplace_back("there is no run.json, so cores are those on which something ran");
    if (!deps)
        result.notes.emplace_back(
            "there is no deps.json (--enable-dep-gen): tasks are ready when they were recorded as ready, and "
            "of the producers of a task the critical path knows only the one that ended then");
    analyze_lane(lane, deps ? &*deps : nullptr, result);
    return result;
}

}  // namespace weir::analysis
