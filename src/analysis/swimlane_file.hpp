// SPDX-License-Identifier: Apache-2.0
/// Reads swimlane.json (docs/formats.md).
#pragma once

#include <filesystem>

#include "analysis/recording.hpp"

namespace weir::analysis {

/// Checks every row: indices lie in their lists, scopes come after their parents. Times that run backwards
/// are counted, not refused (`Swimlane::backwards`). Throws FileMissing, and FileDamaged with line, row and
/// column. A million rows take some seconds, and no memory beside the result but that of one row.
Swimlane read_swimlane(const std::filesystem::path& file);

}  // namespace weir::analysis
