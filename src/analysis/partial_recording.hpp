// SPDX-License-Identifier: Apache-2.0
/// Reads recording.partial, which a run writes while it goes on and leaves when its process dies: the JSON
/// files are made from it as they are at the end of a run, in memory, and read like any others.
#pragma once

#include <filesystem>

#include "analysis/recording.hpp"

namespace weir::analysis {

/// Which files it can be made into besides run.json.
struct PartialFiles {
    bool swimlane = false;
    bool deps = false;
};

/// Each throws FileMissing when the file cannot be read, and FileDamaged, with the place, when it is no
/// recording, a newer one or a damaged one. A file that ends within an event is good up to there.
PartialFiles files_of_partial(const std::filesystem::path& file);
RecordedRun read_partial_run(const std::filesystem::path& file);
Swimlane read_partial_swimlane(const std::filesystem::path& file);
Deps read_partial_deps(const std::filesystem::path& file);

}  // namespace weir::analysis
