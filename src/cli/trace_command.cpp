// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "analysis/file_errors.hpp"
#include "analysis/record_directory.hpp"
#include "analysis/record_notes.hpp"
#include "analysis/trace.hpp"
#include "analysis/trace_writers.hpp"
#include "analysis/whole_file.hpp"
#include "commands.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

void write_trace(const TraceArguments& arguments, const std::filesystem::path& output) {
    const analysis::RecordDirectory directory(arguments.directory);
    const analysis::Swimlane lane = directory.swimlane();
    std::optional<analysis::RecordedRun> run;
    if (directory.has_run()) run = directory.run();
    std::optional<analysis::Deps> deps;
    if (directory.has_deps()) deps = directory.deps();
    const auto* known_run = run ? &*run : nullptr;
    const auto* known_deps = deps ? &*deps : nullptr;
    const analysis::Trace trace = analysis::make_trace(lane, known_run, known_deps);
    analysis::WholeFile file(output);
    const auto write = [&](std::string_view bytes) { file.write(bytes); };
    if (arguments.chrome)
        analysis::write_chrome(trace, lane, write);
    else
        analysis::write_perfetto(trace, lane, write);
    file.publish();
    fmt::print("{}: {}\n", output.string(), bytes_text(file.bytes()));
    fmt::print("{}", report_line("executions", grouped(lane.executions.size())));
    fmt::print("{}", report_line("tracks", grouped(trace.tracks.size())));
    fmt::print("{}",
               report_line("arrows", known_deps != nullptr ? grouped(trace.arrows)
                                                           : "none; --enable-dep-gen records dependencies"));
    for (const std::string& note : analysis::notes_of(known_run, &lane, known_deps))
        fmt::print("{}", report_line("note", note));
    fmt::print("{}",
               report_line("open it in", arguments.chrome ? "chrome://tracing or https://ui.perfetto.dev"
                                                          : "https://ui.perfetto.dev"));
}

}  // namespace

ExitStatus trace_command(const TraceArguments& arguments) {
    try {
        const std::filesystem::path output = arguments.output.empty()
                                                 ? std::filesystem::path(arguments.directory) /
                                                       (arguments.chrome ? "trace.json" : "trace.pftrace")
                                                 : std::filesystem::path(arguments.output);
        write_trace(arguments, output);
        return kDone;
    } catch (const analysis::FileMissing& error) {
        throw UsageError(error.what());
    }
}

}  // namespace weir::cli
