// SPDX-License-Identifier: Apache-2.0
/// Reads run.json (docs/formats.md).
#pragma once

#include <filesystem>

#include "analysis/recording.hpp"

namespace weir::analysis {

/// Throws FileMissing, and FileDamaged with the field.
RecordedRun read_run(const std::filesystem::path& file);

}  // namespace weir::analysis
