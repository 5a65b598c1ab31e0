// SPDX-License-Identifier: Apache-2.0
//
// The dependencies of the patterns in closed form, as somebody writes them who knows the program: for
// runtimes that are told the task graph instead of inferring it from accesses. patterns_test compares them
// with the accesses.
//
// A pattern is cut into segments that run one after the other. Cholesky has one per factorization; every
// other pattern is one segment. Nodes are numbered from zero within a segment, in program order.
//
//   predecessor_count(graph, node)              edges that lead to the node
//   for_each_successor(graph, node, function)   calls function(successor node) for each edge that leaves it
//
// An edge that others imply is left out. The graph of a truncated segment is the whole one restricted to its
// nodes.
#pragma once

#include <cstdint>

#include "patterns/pattern.hpp"

namespace weir::patterns {

/// A task of a segment. `step`, `row` and `column` place it in its pattern: the step and position in
/// stencil_1d, the step and tile in cholesky. Patterns that need only the index leave them zero.
struct Node {
    std::uint64_t index = 0;
    DataId step = 0;
    DataId row = 0;
    DataId column = 0;
};

struct Graph {
    Pattern pattern;
    std::uint64_t tasks;  // of this segment
};

/// Tasks of a full segment, when a program has `tasks` in all.
constexpr std::uint64_t segment_tasks(Pattern pattern, std::uint64_t tasks) {
    return pattern == Pattern::kCholesky ? kCholeskyRound : tasks;
}

namespace detail {

/// Cholesky, step k: potrf is tile (k, k), trsm is (i, k), syrk is (i, i) and gemm (i, j), for k < j < i.
constexpr std::uint64_t cholesky_index(DataId k, DataId row, DataId column) {
    const std::uint64_t below = kCholeskyTiles - k - 1;
    const std::uint64_t start = kCholeskyRound - cholesky_task_count(below + 1);
    const std::uint64_t i = row - k;
    if (column == k) return start + i;
    return start + 1 + below + (i - 1) * i / 2 + (column - k - 1);
}

constexpr Node cholesky_node(DataId k, DataId row, DataId column) {
    return {cholesky_index(k, row, column), k, row, column};
}

template <class Function>
void for_each_cholesky_successor(const Node& node, Function&& function) {
    const DataId k = node.step;
    const DataId row = node.row;
    const DataId column = node.column;
    if (row == k) {  // potrf: every trsm of the step
        for (DataId i = k + 1; i < kCholeskyTiles; ++i) function(cholesky_node(k, i, k));
    } else if (column == k) {  // trsm: every update of the step in the tile's row, then in its column
        for (DataId j = k + 1; j <= row; ++j) function(cholesky_node(k, row, j));
        for (DataId i = row + 1; i < kCholeskyTiles; ++i) function(cholesky_node(k, i, row));
    } else {  // update: the next task that updates the tile
        function(cholesky_node(k + 1, row, column));
    }
}

constexpr unsigned cholesky_predecessor_count(const Node& node) {
    const unsigned updated_before = node.step > 0 ? 1 : 0;
    if (node.row == node.step) return updated_before;
    if (node.column == node.step) return updated_before + 1;
    return updated_before + (node.row == node.column ? 1U : 2U);
}

constexpr Node stencil_node(DataId step, DataId column) {
    return {std::uint64_t{step} * kStencilWidth + column, step, 0, column};
}

template <class Function>
void for_each_fork_join_successor(const Node& node, Function&& function) {
    const std::uint64_t place = node.index % kForkJoinRound;
    if (place == 0) {  // the fork: its readers
        for (std::uint64_t i = 1; i <= kForkJoinWidth; ++i) function(Node{node.index + i});
    } else if (place <= kForkJoinWidth) {  // a reader: the join
        function(Node{node.index - place + kForkJoinWidth + 1});
    } else {  // the join: the next fork
        function(Node{node.index + 1});
    }
}

template <class Function>
void for_each_successor_of_whole(Pattern pattern, const Node& node, Function&& function) {
    switch (pattern) {
        case Pattern::kNoDep:
            return;
        case Pattern::kIndependent:
            return function(Node{node.index + kIndependentData});
        case Pattern::kChain:
            return function(Node{node.index + 1});
        case Pattern::kStencil1d: {
            const DataId i = node.column;
            if (i > 0) function(stencil_node(node.step + 1, i - 1));
            function(stencil_node(node.step + 1, i));
            if (i + 1 < kStencilWidth) function(stencil_node(node.step + 1, i + 1));
            return;
        }
        case Pattern::kForkJoin:
            return for_each_fork_join_successor(node, function);
        case Pattern::kCholesky:
            return for_each_cholesky_successor(node, function);
    }
}

}  // namespace detail

template <class Function>
void for_each_successor(const Graph& graph, const Node& node, Function&& function) {
    detail::for_each_successor_of_whole(graph.pattern, node, [&](const Node& successor) {
        if (successor.index < graph.tasks) function(successor);
    });
}

constexpr unsigned predecessor_count(const Graph& graph, const Node& node) {
    switch (graph.pattern) {
        case Pattern::kNoDep:
            return 0;
        case Pattern::kIndependent:
            return node.index >= kIndependentData ? 1 : 0;
        case Pattern::kChain:
            return node.index > 0 ? 1 : 0;
        case Pattern::kStencil1d:
            if (node.step == 0) return 0;
            return node.column == 0 || node.column + 1 == kStencilWidth ? 2 : 3;
        case Pattern::kForkJoin: {
            const std::uint64_t place = node.index % kForkJoinRound;
            if (place > kForkJoinWidth) return kForkJoinWidth;
            return node.index > 0 ? 1 : 0;
        }
        case Pattern::kCholesky:
            return detail::cholesky_predecessor_count(node);
    }
    return 0;
}

/// Builds the nodes of one segment from its walk by `generate`: call `next` once per task, in program order.
class NodeWalk {
public:
    explicit NodeWalk(Pattern pattern) : pattern_(pattern) {}

    Node next() {
        const Node node = node_;
        ++node_.index;
        if (pattern_ == Pattern::kStencil1d) {
            if (++node_.column == kStencilWidth) {
                node_.column = 0;
                ++node_.step;
            }
        } else if (pattern_ == Pattern::kCholesky) {
            advance_cholesky();
        }
        return node;
    }

private:
    void advance_cholesky() {
        DataId& k = node_.step;
        const bool solving = node_.column == k;
        if (solving && node_.row + 1 < kCholeskyTiles) {
            ++node_.row;
        } else if (solving) {
            node_.row = node_.column = k + 1;
        } else if (node_.column < node_.row) {
            ++node_.column;
        } else if (node_.row + 1 < kCholeskyTiles) {
            ++node_.row;
            node_.column = k + 1;
        } else {
            ++k;
            node_.row = node_.column = k;
        }
    }

    Pattern pattern_;
    Node node_;
};

}  // namespace weir::patterns
