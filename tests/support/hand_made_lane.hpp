// SPDX-License-Identifier: Apache-2.0
/// Recordings of a few tasks whose analysis can be done by hand; times in whole microseconds.
#pragma once

#include <initializer_list>
#include <string>

#include "analysis/recording.hpp"
#include "recording_text.hpp"

namespace weir::test {

struct HandMadeRun {
    struct Times {
        double submitted;
        double ready;
        double dispatched;
        double start;
        double end;
    };
    analysis::RecordedRun run;
    analysis::Swimlane lane;
    analysis::Deps deps;

    HandMadeRun(std::initializer_list<const char*> core_types, double makespan) {
        for (const char* type : core_types)
            run.cores.push_back({static_cast<std::uint32_t>(run.cores.size()), type, 0, analysis::kNone});
        run.threads = {{0, "orchestrator"}};
        run.makespan = us(makespan);
        lane.instant_names = {"held_back"};
    }
    std::uint32_t kernel(const std::string& name, const std::string& type) {
        lane.kernels.push_back({name, type});
        deps.kernels.push_back(name);
        return static_cast<std::uint32_t>(lane.kernels.size() - 1);
    }
    /// A further execution of the task before.
    void block(std::uint32_t of_kernel, std::uint32_t core, Times times) {
        analysis::Execution row;
        row.id = deps.tasks.size();
        row.kernel = of_kernel;
        row.core = core;
        row.thread = core;
        row.submitted = us(times.submitted);
        row.ready = us(times.ready);
        row.dispatched = us(times.dispatched);
        row.start = us(times.start);
        row.end = us(times.end);
        row.observed = row.end;
        lane.executions.push_back(row);
    }
    void task(std::uint32_t of_kernel, std::uint32_t core, Times times,
              std::initializer_list<std::uint32_t> producers = {}) {
        const auto number = static_cast<std::uint32_t>(deps.tasks.size());
        analysis::DepsTask task;
        task.id = number + 1;
        deps.tasks.push_back(task);
        for (const std::uint32_t producer : producers)
            deps.edges.push_back({producer, number, analysis::EdgeKind::raw, true, analysis::kNone});
        block(of_kernel, core, times);
    }
    void held_back(double begin, double end) {
        analysis::Instant instant;
        instant.time = us(begin);
        instant.thread = 0;
        instant.what = 0;
        instant.resource = "ring_heap";
        instant.duration = us(end - begin);
        lane.instants.push_back(instant);
    }
};

}  // namespace weir::test
