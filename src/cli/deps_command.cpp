// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <stdexcept>

#include "analysis/dependency_graph.hpp"
#include "analysis/file_errors.hpp"
#include "analysis/record_directory.hpp"
#include "analysis/record_notes.hpp"
#include "commands.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

analysis::DependencyGraph graph_of(const analysis::Deps& deps, const DepsArguments& arguments) {
    try {
        return analysis::make_graph(deps, arguments.filter);
    } catch (const std::invalid_argument& error) {
        throw UsageError(error.what());
    }
}

}  // namespace

ExitStatus deps_command(const DepsArguments& arguments) {
    try {
        const analysis::Deps deps = analysis::RecordDirectory(arguments.directory).deps();
        const analysis::DependencyGraph graph = graph_of(deps, arguments);
        for (const std::string& note : analysis::notes_of(nullptr, nullptr, &deps)) print_error(note);
        if (!arguments.mermaid) {
            fmt::print("{}", analysis::dot_text(deps, graph));
            return kDone;
        }
        constexpr std::size_t kMost = analysis::kMostMermaidEdges;
        if (graph.edges.size() > kMost || graph.tasks.size() > kMost)
            throw UsageError(
                fmt::format("{} tasks and {} edges are too many for Mermaid, which draws {}; choose with "
                            "--scope, --kernel or --id, or use --format dot",
                            grouped(graph.tasks.size()), grouped(graph.edges.size()), kMost));
        fmt::print("{}", analysis::mermaid_text(deps, graph));
        return kDone;
    } catch (const analysis::FileMissing& error) {
        throw UsageError(error.what());
    }
}

}  // namespace weir::cli
