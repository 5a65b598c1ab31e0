// SPDX-License-Identifier: Apache-2.0
#include "analysis/kernel_medians.hpp"

#include <utility>
#include <vector>

#include "analysis/kernel_statistics.hpp"

namespace weir::analysis {

namespace {

/// What recordings call the runtime's own kernels.
bool is_own(const std::string& kernel) { return kernel == "allocate" || kernel == "barrier_task"; }

}  // namespace

std::map<std::string, Time> kernel_medians(const Swimlane& lane) {
    std::map<std::string, std::vector<Time>> durations;
    for (const Execution& row : lane.executions) {
        if (!row.ran() || row.worked_nowhere() || row.kernel == kNone) continue;
        const std::string& kernel = lane.kernels[row.kernel].name;
        if (is_own(kernel)) continue;
        std::vector<Time>& of_kernel = durations[kernel];
        if (row.resumed && !of_kernel.empty())  // the stretch before it stands last
            of_kernel.back() += between(row.start, row.end);
        else
            of_kernel.push_back(between(row.start, row.end));
    }
    std::map<std::string, Time> medians;
    for (auto& [kernel, of_kernel] : durations) medians[kernel] = distribution_of(of_kernel).p50;
    return medians;
}

}  // namespace weir::analysis
