// SPDX-License-Identifier: Apache-2.0
/// The page of a report without data: report/page/report.html, which is built from report/src and embedded
/// here when Weir is built (cmake/embed_text.cmake).
#pragma once

#include <string_view>

namespace weir::analysis {

extern const std::string_view kReportTemplate;

/// Stands in the template once, where the data goes.
inline constexpr std::string_view kReportDataMark = "@WEIR_DATA@";

}  // namespace weir::analysis
