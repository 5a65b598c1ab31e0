// SPDX-License-Identifier: Apache-2.0
#include "analysis/report_page.hpp"

#include <fmt/format.h>

#include "analysis/compressed_text.hpp"
#include "analysis/record_directory.hpp"
#include "analysis/record_notes.hpp"
#include "analysis/report_header.hpp"
#include "analysis/report_tables.hpp"
#include "analysis/report_template.hpp"

namespace weir::analysis {
namespace {

constexpr Time kMostTick = 1000 * kPicosecondsPerNanosecond;

void read_scopes(const std::filesystem::path& directory, ReportedRun& run) {
    run.scope_head =
        read_scope_stats(find_scope_stats(directory),
                         [&](const scope_recording::Boundary& boundary) { run.scopes.add(boundary); });
    if (run.scope_head.partial) run.notes.emplace_back("The recording of scopes ends before the run did.");
    if (run.scope_head.dropped > 0)
        run.notes.push_back(fmt::format("{} boundaries of scopes are missing, for they could not be written.",
                                        run.scope_head.dropped));
}

}  // namespace

ReportedRun read_reported_run(const std::filesystem::path& path) {
    const RecordDirectory directory(path);
    ReportedRun run;
    const bool has_scopes = std::filesystem::is_directory(path / "scope_stats");
    if (!directory.has_run() && !directory.has_swimlane() && !directory.has_deps() && !has_scopes)
        throw FileMissing(
            fmt::format("there is no recording in '{}': record a run with 'weir run PROGRAM --record DIR'",
                        path.string()));
    if (directory.has_run()) run.run = directory.run();
    if (directory.has_swimlane()) run.swimlane = directory.swimlane();
    if (directory.has_deps()) run.deps = directory.deps();
    run.notes = notes_of(run.run ? &*run.run : nullptr, directory.has_swimlane() ? &run.swimlane : nullptr,
                         run.deps ? &*run.deps : nullptr);
    if (!directory.has_swimlane())
        run.notes.emplace_back(
            "There is no swimlane.json, so there is no timeline: record with --enable-swimlane.");
    if (has_scopes) read_scopes(path, run);
    return run;
}

ReportData report_data(const ReportedRun& run) {
    const Deps nothing;
    const Deps& deps = run.deps ? *run.deps : nothing;
    const TaskRows rows(run.swimlane, deps);
    const JoinedNames names(run.swimlane, deps);
    const std::vector<std::string> resources = resources_of(run.swimlane);
    nlohmann::json header = report_header(run, names, resources);
    ReportData data;
    for (data.tick = kPicosecondsPerNanosecond;; data.tick *= 10) {
        const ReportTables tables = report_tables(run.swimlane, deps, rows, names, resources, data.tick);
        header["tick_ps"] = data.tick;
        data.rows = tables.rows();
        data.text = base64(zlib_compressed(tables.bytes(header)));
        const bool fits = data.text.size() <= data.rows * kMostBytesOfRow;
        if (fits || data.rows < kFewRows || data.tick >= kMostTick) return data;
    }
}

std::string report_page(const ReportData& data, std::string_view page_template) {
    const std::size_t mark = page_template.find(kReportDataMark);
    std::string page(page_template.substr(0, mark));
    page += data.text;
    page += page_template.substr(mark + kReportDataMark.size());
    return page;
}

}  // namespace weir::analysis
