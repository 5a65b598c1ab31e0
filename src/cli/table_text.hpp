// SPDX-License-Identifier: Apache-2.0
/// Tables of reports.
#pragma once

#include <string>
#include <vector>

namespace weir::cli {

/// Cells in columns as wide as their widest, each line indented by two; the first column to the left, the
/// others to the right.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace weir::cli
