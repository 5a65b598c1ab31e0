// SPDX-License-Identifier: Apache-2.0
/// Everything that `weir analyze` says of one recording.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/critical_path.hpp"
#include "analysis/kernel_statistics.hpp"
#include "analysis/record_directory.hpp"
#include "analysis/scheduling_overhead.hpp"

namespace weir::analysis {

/// The makespan if ...
struct Prospect {
    std::string change;  ///< "scheduling free", "rings unbounded", "kernel K 20 % faster"
    Time makespan = 0;
};

struct LinkName {
    std::string kernel;
    std::string site;
};

struct RunAnalysis {
    std::string directory;
    std::vector<std::string> notes;
    std::optional<RecordedRun> run;
    /// Nothing of these without swimlane.json.
    bool has_swimlane = false;
    bool has_deps = false;
    std::uint64_t tasks = 0;
    std::uint64_t executions = 0;
    std::vector<KernelStatistics> kernels;
    SchedulingOverhead overhead;
    CriticalPath path;
    std::vector<LinkName> link_names;  ///< of path.links
    std::vector<Prospect> prospects;
};

/// How much faster a kernel is in its prospect, and of how many kernels there is one: those of the longest
/// total work.
inline constexpr double kFasterFactor = 0.8;
inline constexpr std::size_t kMostKernelProspects = 8;

/// Reads what there is. Throws FileMissing when there is neither run.json nor swimlane.json, FileDamaged.
RunAnalysis analyze(const RecordDirectory& directory);

}  // namespace weir::analysis
