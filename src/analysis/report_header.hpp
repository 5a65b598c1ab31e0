// SPDX-License-Identifier: Apache-2.0
/// The header of a page's data: all that is small. report/src/data/report.ts names the fields.
#pragma once

#include <nlohmann/json.hpp>

#include "analysis/report_page.hpp"
#include "analysis/report_tables.hpp"

namespace weir::analysis {

nlohmann::json report_header(const ReportedRun& run, const JoinedNames& names,
                             const std::vector<std::string>& resources);

}  // namespace weir::analysis
