// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "analysis/file_errors.hpp"
#include "analysis/report_page.hpp"
#include "analysis/report_template.hpp"
#include "analysis/whole_file.hpp"
#include "commands.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

void write_report(const std::filesystem::path& directory, const std::filesystem::path& output) {
    const analysis::ReportedRun run = analysis::read_reported_run(directory);
    const analysis::ReportData data = analysis::report_data(run);
    analysis::WholeFile file(output);
    file.write(analysis::report_page(data, analysis::kReportTemplate));
    file.publish();
    fmt::print("{}: {}\n", output.string(), bytes_text(file.bytes()));
    fmt::print("{}", report_line("executions", grouped(run.swimlane.executions.size())));
    fmt::print("{}", report_line("edges", grouped(run.deps ? run.deps->edges.size() : 0)));
    fmt::print("{}", report_line("data", fmt::format("{} for {} events", bytes_text(data.text.size()),
                                                     grouped(data.rows))));
    if (data.tick > analysis::kPicosecondsPerNanosecond)
        fmt::print("{}", report_line("times", fmt::format("rounded to {} ns",
                                                          data.tick / analysis::kPicosecondsPerNanosecond)));
    for (const std::string& note : run.notes) fmt::print("{}", report_line("note", note));
}

}  // namespace

ExitStatus report_command(const ReportArguments& arguments) {
    try {
        const std::filesystem::path directory = arguments.directory;
        write_report(directory, arguments.output.empty() ? directory / "report.html"
                                                         : std::filesystem::path(arguments.output));
        return kDone;
    } catch (const analysis::FileMissing& error) {
        throw UsageError(error.what());
    }
}

}  // namespace weir::cli
