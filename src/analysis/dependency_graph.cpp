// SPDX-License-Identifier: Apache-2.0
#include "analysis/dependency_graph.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "analysis/predecessors.hpp"
#include "analysis/task_table.hpp"

namespace weir::analysis {

namespace {

class GraphMaker {
public:
    GraphMaker(const Deps& deps, const GraphFilter& filter)
        : deps_(deps), filter_(filter), chosen_(deps.tasks.size(), true) {}

    DependencyGraph make();

private:
    [[nodiscard]] bool draws(const Edge& edge) const {
        return filter_.all_edges || edge.kind != EdgeKind::scope;
    }
    void choose_scope();
    void choose_kernel();
    void choose_around();
    void take_edges();
    void reduce();

    const Deps& deps_;
    const GraphFilter& filter_;
    std::vector<bool> chosen_;
    DependencyGraph graph_;
};

std::string some_of(const std::set<std::string>& names) {
    constexpr std::size_t kMost = 10;
    std::string text;
    std::size_t count = 0;
    for (const std::string& name : names) {
        if (++count > kMost) return text + ", ...";
        text += (text.empty() ? "" : ", ") + name;
    }
    return text.empty() ? "none" : text;
}

void GraphMaker::choose_scope() {
    if (filter_.scope.empty()) return;
    std::set<std::string> names;
    for (const std::uint32_t site : deps_.scope_sites)
        if (site != kNone) names.insert(deps_.sites[site]);
    if (!names.contains(filter_.scope))
        throw std::invalid_argument(
            fmt::format("no scope was opened at '{}'; there are: {}", filter_.scope, some_of(names)));
    for (std::size_t i = 0; i < deps_.tasks.size(); ++i) {
        const std::uint32_t scope = deps_.tasks[i].scope;
        const std::uint32_t site = scope == kNone ? kNone : deps_.scope_sites[scope];
        if (site == kNone || deps_.sites[site] != filter_.scope) chosen_[i] = false;
    }
}

void GraphMaker::choose_kernel() {
    if (filter_.kernel.empty()) return;
    const std::set<std::string> names(deps_.kernels.begin(), deps_.kernels.end());
    if (!names.contains(filter_.kernel))
        throw std::invalid_argument(
            fmt::format("no kernel is named '{}'; there are: {}", filter_.kernel, some_of(names)));
    for (std::size_t i = 0; i < deps_.tasks.size(); ++i) {
        const std::uint32_t kernel = deps_.tasks[i].kernel;
        if (kernel == kNone || deps_.kernels[kernel] != filter_.kernel) chosen_[i] = false;
    }
}

void GraphMaker::choose_around() {
    if (!filter_.id) return;
    const auto found = std::find_if(deps_.tasks.begin(), deps_.tasks.end(), [&](const DepsTask& task) {
        return task.ring == filter_.id->ring && task.id == filter_.id->id;
    });
    if (found == deps_.tasks.end())
        throw std::invalid_argument(
            fmt::format("there is no task {}:{}; ids are RING:NUMBER, as 'weir deps' shows them",
                        filter_.id->ring, filter_.id->id));
    std::vector<Adjacency::Pair> pairs;
    for (const Edge& edge : deps_.edges) {
        if (!draws(edge)) continue;
        pairs.push_back({edge.producer, edge.consumer});
        pairs.push_back({edge.consumer, edge.producer});
    }
    const Adjacency neighbours(deps_.tasks.size(), pairs);
    std::vector<bool> near(deps_.tasks.size());
    std::vector<std::uint32_t> border = {static_cast<std::uint32_t>(found - deps_.tasks.begin())};
    near[border[0]] = true;
    for (std::uint32_t distance = 0; distance < filter_.around && !border.empty(); ++distance) {
        std::vector<std::uint32_t> next;
        for (const std::uint32_t task : border) {
            for (const std::uint32_t neighbour : neighbours.of(task)) {
                if (near[neighbour]) continue;
                near[neighbour] = true;
                next.push_back(neighbour);
            }
        }
        border = std::move(next);
    }
    const auto asked = static_cast<std::size_t>(found - deps_.tasks.begin());
    for (std::size_t i = 0; i < chosen_.size(); ++i) chosen_[i] = i == asked || (chosen_[i] && near[i]);
}

void GraphMaker::take_edges() {
    for (const Edge& edge : deps_.edges)
        if (draws(edge) && chosen_[edge.producer] && chosen_[edge.consumer]) graph_.edges.push_back(edge);
    std::stable_sort(graph_.edges.begin(), graph_.edges.end(), [](const Edge& one, const Edge& other) {
        return one.consumer != other.consumer ? one.consumer < other.consumer : one.producer < other.producer;
    });
    const auto last =
        std::unique(graph_.edges.begin(), graph_.edges.end(), [](const Edge& one, const Edge& other) {
            return one.consumer == other.consumer && one.producer == other.producer;
        });
    graph_.edges.erase(last, graph_.edges.end());
}

/// An edge follows from others when its producer is behind another producer of the task.
void GraphMaker::reduce() {
    Predecessors behind(deps_.tasks.size());
    std::vector<Edge> kept;
    std::size_t next = 0;
    for (std::uint32_t task = 0; task < deps_.tasks.size(); ++task) {
        const std::size_t first = next;
        // From the last on: what is behind a later producer need not be an edge of its own.
        while (next < graph_.edges.size() && graph_.edges[next].consumer == task) ++next;
        for (std::size_t i = next; i-- > first;) {
            const Edge& edge = graph_.edges[i];
            if (behind.unreached({edge.producer}).empty()) continue;
            behind.add(edge.producer);
            kept.push_back(edge);
        }
        behind.next();
    }
    graph_.left_out = graph_.edges.size() - kept.size();
    graph_.edges = std::move(kept);
}

DependencyGraph GraphMaker::make() {
    choose_scope();
    choose_kernel();
    choose_around();
    for (std::uint32_t i = 0; i < chosen_.size(); ++i)
        if (chosen_[i]) graph_.tasks.push_back(i);
    if (graph_.tasks.empty() && !deps_.tasks.empty())
        throw std::invalid_argument(
            "no task is of this scope and of this kernel; a task of several kernels goes by the first of "
            "them");
    take_edges();
    if (!filter_.all_edges) reduce();
    return std::move(graph_);
}

std::string id_of(const DepsTask& task) { return fmt::format("{}:{}", task.ring, task.id); }

std::string kernel_of(const Deps& deps, const DepsTask& task) {
    return task.kernel == kNone ? "unknown kernel" : deps.kernels[task.kernel];
}

std::string site_of(const Deps& deps, const DepsTask& task) {
    return task.site == kNone ? std::string() : deps.sites[task.site];
}

const char* label_of(const Edge& edge) {
    return edge.kind == EdgeKind::scope ? "keeps memory" : kEdgeKinds[static_cast<std::size_t>(edge.kind)];
}

/// Of a line in DOT.
const char* style_of(const Edge& edge) {
    if (edge.kind == EdgeKind::explicit_) return ", style=dashed";
    return edge.kind == EdgeKind::scope ? ", style=dotted" : "";
}

/// Inside double quotes of DOT.
std::string dot_quoted(const std::string& text) {
    std::string quoted;
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted;
}

/// Inside double quotes of Mermaid, which has entities instead of escapes.
std::string mermaid_quoted(const std::string& text) {
    std::string quoted;
    for (const char c : text) {
        const bool plain = std::string_view("\"#<>&;`").find(c) == std::string_view::npos;
        quoted += plain ? std::string(1, c) : fmt::format("#{};", static_cast<int>(c));
    }
    return quoted;
}

}  // namespace

DependencyGraph make_graph(const Deps& deps, const GraphFilter& filter) {
    return GraphMaker(deps, filter).make();
}

std::string dot_text(const Deps& deps, const DependencyGraph& graph) {
    std::string text = "digraph tasks {\n    node [shape=box, fontname=\"sans-serif\"];\n";
    for (const std::uint32_t row : graph.tasks) {
        const DepsTask& task = deps.tasks[row];
        text += fmt::format("    t{} [label=\"{}\\n{}\\n{}\"];\n", row, dot_quoted(kernel_of(deps, task)),
                            id_of(task), dot_quoted(site_of(deps, task)));
    }
    for (const Edge& edge : graph.edges)
        text += fmt::format("    t{} -> t{} [label=\"{}\"{}{}];\n", edge.producer, edge.consumer,
                            label_of(edge), style_of(edge), edge.waited ? "" : ", color=grey");
    return text + "}\n";
}

std::string mermaid_text(const Deps& deps, const DependencyGraph& graph) {
    std::string text = "flowchart TD\n";
    for (const std::uint32_t row : graph.tasks) {
        const DepsTask& task = deps.tasks[row];
        text += fmt::format("    t{}[\"{}<br/>{}<br/>{}\"]\n", row, mermaid_quoted(kernel_of(deps, task)),
                            id_of(task), mermaid_quoted(site_of(deps, task)));
    }
    for (const Edge& edge : graph.edges)
        text += fmt::format("    t{} {}|{}| t{}\n", edge.producer,
                            edge.kind == EdgeKind::explicit_ || edge.kind == EdgeKind::scope ? "-.->" : "-->",
                            label_of(edge), edge.consumer);
    return text;
}

}  // namespace weir::analysis
