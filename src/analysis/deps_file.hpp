// SPDX-License-Identifier: Apache-2.0
/// Reads deps.json (docs/formats.md).
#pragma once

#include <filesystem>

#include "analysis/recording.hpp"

namespace weir::analysis {

/// Checks every row: indices lie in their lists, accesses come in the order of their tasks, and a producer
/// before its consumer. Throws FileMissing, and FileDamaged with line, row and column.
Deps read_deps(const std::filesystem::path& file);

}  // namespace weir::analysis
