// SPDX-License-Identifier: Apache-2.0
/// A recording as one HTML file that shows it: the template with the recording's data in it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/recording.hpp"
#include "analysis/scope_tree.hpp"

namespace weir::analysis {

/// Everything that a page shows. What was not recorded is empty.
struct ReportedRun {
    std::optional<RecordedRun> run;
    Swimlane swimlane;
    std::optional<Deps> deps;
    ScopeTree scopes;
    ScopeStatsHead scope_head;
    std::vector<std::string> notes;  ///< what the recording lacks, a sentence each
};

/// Reads the files of the directory that are there. Throws FileMissing when none is, FileDamaged.
ReportedRun read_reported_run(const std::filesystem::path& directory);

/// Bytes of the page that the data may take for each row of its tables; reached by rounding times.
inline constexpr std::uint64_t kMostBytesOfRow = 12;
/// Below so many rows the header is most of the data, and times are not rounded to save bytes.
inline constexpr std::uint64_t kFewRows = 2000;

struct ReportData {
    std::string text;  ///< for the place of kReportDataMark
    std::uint64_t rows = 0;
    Time tick = 0;  ///< what times were rounded to: a nanosecond, or the power of ten times that which fits
};

/// Throws FileDamaged for numbers that a page cannot hold.
ReportData report_data(const ReportedRun& run);

/// The whole file.
std::string report_page(const ReportData& data, std::string_view page_template);

}  // namespace weir::analysis
