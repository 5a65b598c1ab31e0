// SPDX-License-Identifier: Apache-2.0
/// A part of the recorded dependencies as a graph, and its text for programs that draw.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/recording.hpp"

namespace weir::analysis {

struct TaskName {
    std::uint32_t ring = 0;
    std::uint64_t id = 0;
};

/// Which tasks; those that pass all that is given.
struct GraphFilter {
    std::string scope{};           ///< line that opened the task's scope: "file.cpp:77"; empty: any
    std::string kernel{};          ///< empty: any
    std::optional<TaskName> id{};  ///< this task, and those within `around` edges of it that pass the others
    std::uint32_t around = 1;
    /// Else those that follow from others, and those that only keep memory, are left out.
    bool all_edges = false;
};

struct DependencyGraph {
    std::vector<std::uint32_t> tasks;  ///< rows of deps.json, rising
    std::vector<Edge> edges;           ///< between these; one for each pair, by consumer
    std::uint64_t left_out = 0;        ///< edges that follow from others
};

/// Throws std::invalid_argument, with what there is instead, when no
/// task has the scope, kernel or id that is asked for, or none has them all. Leaving out what follows from
/// other edges searches backwards from each task among those not before its first producer: at worst tasks
/// times edges.
DependencyGraph make_graph(const Deps& deps, const GraphFilter& filter);

/// For Graphviz. Dashed: explicit; dotted: only keeps memory; grey: the producer had completed before the
/// submit.
std::string dot_text(const Deps& deps, const DependencyGraph& graph);

/// What Mermaid draws by its own limits.
inline constexpr std::size_t kMostMermaidEdges = 500;

/// For Mermaid; `graph` has at most kMostMermaidEdges edges and tasks.
std::string mermaid_text(const Deps& deps, const DependencyGraph& graph);

}  // namespace weir::analysis
