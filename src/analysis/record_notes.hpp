// SPDX-License-Identifier: Apache-2.0
/// What a recording lacks, in words that a report states.
#pragma once

#include <string>
#include <vector>

#include "analysis/recording.hpp"

namespace weir::analysis {

/// Each may be null. Nothing when the recording is whole.
std::vector<std::string> notes_of(const RecordedRun* run, const Swimlane* lane, const Deps* deps);

}  // namespace weir::analysis
