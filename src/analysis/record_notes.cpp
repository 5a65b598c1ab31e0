// SPDX-License-Identifier: Apache-2.0
#include "analysis/record_notes.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace weir::analysis {

std::vector<std::string> notes_of(const RecordedRun* run, const Swimlane* lane, const Deps* deps) {
    std::vector<std::string> notes;
    const bool partial = (run != nullptr && run->partial) || (lane != nullptr && lane->partial) ||
                         (deps != nullptr && deps->partial);
    if (partial) notes.emplace_back("partial: the run is not over, or its process ended before it was");
    if (run != nullptr && run->fatal)
        notes.push_back(run->error.empty() ? "the run failed"
                                           : fmt::format("the run failed: {}", run->error));
    if (run != nullptr && run->events_dropped != 0)
        notes.push_back(fmt::format("partial: {} of {} events were dropped", run->events_dropped,
                                    run->events_recorded + run->events_dropped));
    if (deps != nullptr && !deps->complete)
        notes.emplace_back("partial: events about dependencies were dropped");
    if (lane == nullptr) return notes;
    if (lane->backwards != 0)
        notes.push_back(
            fmt::format("partial: times run backwards in {} {}, the first in {}; what ends before it "
                        "starts is left out, other such spans count as 0",
                        lane->backwards, lane->backwards == 1 ? "row" : "rows", lane->first_backwards));
    const auto not_run = std::count_if(lane->executions.begin(), lane->executions.end(),
                                       [](const Execution& row) { return !row.ran(); });
    if (lane->executions.empty())
        notes.emplace_back("no task was recorded");
    else if (not_run != 0)
        notes.push_back(
            fmt::format("{} of {} executions have no time of their work", not_run, lane->executions.size()));
    return notes;
}

}  // namespace weir::analysis
