// SPDX-License-Identifier: Apache-2.0
//
// Compares the closed form of the patterns' dependencies (patterns/graph.hpp) with the accesses that
// `generate` gives: both must order the same pairs of tasks, and NodeWalk must number and place tasks as
// `generate` does.
#include <bitset>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "patterns/graph.hpp"

namespace {

using namespace weir::patterns;

constexpr std::size_t kMostTasks = 4000;
using Ancestors = std::bitset<kMostTasks>;

void require(bool holds, std::string_view pattern, std::uint64_t tasks, std::uint64_t task,
             const char* what) {
    if (holds) return;
    std::printf("%.*s, %llu tasks, task %llu: %s\n", static_cast<int>(pattern.size()), pattern.data(),
                static_cast<unsigned long long>(tasks), static_cast<unsigned long long>(task), what);
    std::exit(1);
}

/// Collects for each task all tasks that its accesses order before it.
class AccessSink {
public:
    explicit AccessSink(DataId data_count) : last_writer_(data_count, -1), readers_(data_count) {}

    template <int kReads, int kWrites, int kUpdates, class... Data>
    void task(Access<kReads, kWrites, kUpdates>, std::uint64_t index, Data... data) {
        ancestors.emplace_back();
        const std::vector<DataId> ids{data...};
        for (std::size_t i = 0; i < ids.size(); ++i) {
            follow(last_writer_[ids[i]]);
            if (i < kReads) continue;
            for (const std::int64_t reader : readers_[ids[i]]) follow(reader);
        }
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (i < kReads) {
                readers_[ids[i]].push_back(static_cast<std::int64_t>(index));
            } else {
                last_writer_[ids[i]] = static_cast<std::int64_t>(index);
                readers_[ids[i]].clear();
            }
        }
    }

    std::vector<Ancestors> ancestors;

private:
    void follow(std::int64_t earlier) {
        if (earlier < 0) return;
        ancestors.back() |= ancestors[static_cast<std::size_t>(earlier)];
        ancestors.back().set(static_cast<std::size_t>(earlier));
    }

    std::vector<std::int64_t> last_writer_;
    std::vector<std::vector<std::int64_t>> readers_;
};

void compare(const PatternName& entry, std::uint64_t tasks) {
    AccessSink sink{data_count(entry.pattern)};
    generate(entry.pattern, tasks, sink);
    require(sink.ancestors.size() == tasks, entry.name, tasks, 0, "generate gives another number of tasks");
    const Graph graph{entry.pattern, tasks};
    std::vector<Ancestors> ancestors(tasks);
    std::vector<unsigned> edges(tasks, 0);
    NodeWalk walk{entry.pattern};
    for (std::uint64_t i = 0; i < tasks; ++i) {
        const Node node = walk.next();
        require(node.index == i, entry.name, tasks, i, "NodeWalk gives another index");
        require(edges[i] == predecessor_count(graph, node), entry.name, tasks, i,
                "predecessor_count differs from the edges that lead to it");
        require(ancestors[i] == sink.ancestors[i], entry.name, tasks, i,
                "the edges order other tasks before it than its accesses do");
        for_each_successor(graph, node, [&](const Node& next) {
            require(next.index > i, entry.name, tasks, next.index,
                    "a successor comes earlier in the program");
            ancestors[next.index] |= ancestors[i];
            ancestors[next.index].set(i);
            ++edges[next.index];
        });
    }
}

/// Both walks of a whole segment of Cholesky, which is too long for sets of ancestors, place the same tasks.
class PlaceSink {
public:
    template <class AccessType>
    void task(AccessType, std::uint64_t index, DataId updated) {
        place(index, updated);
    }
    template <class AccessType>
    void task(AccessType, std::uint64_t index, DataId, DataId updated) {
        place(index, updated);
    }
    template <class AccessType>
    void task(AccessType, std::uint64_t index, DataId, DataId, DataId updated) {
        place(index, updated);
    }
    template <class AccessType, class... Data>
    void task(AccessType, std::uint64_t index, Data...) {
        require(false, "cholesky", kCholeskyRound, index, "an arity that is not one of its kernels");
    }

private:
    void place(std::uint64_t index, DataId updated) {
        const Node node = walk_.next();
        require(node.index == index && updated == node.row * kCholeskyTiles + node.column, "cholesky",
                kCholeskyRound, index, "NodeWalk places it on another tile");
        require(detail::cholesky_index(node.step, node.row, node.column) == index, "cholesky", kCholeskyRound,
                index, "its place has another index");
    }

    NodeWalk walk_{Pattern::kCholesky};
};

}  // namespace

int main() {
    for (const PatternName& entry : kPatternNames) {
        for (const std::uint64_t tasks : {1U, 65U, 66U, 67U, 131U, 1025U, 4000U}) compare(entry, tasks);
    }
    PlaceSink places;
    generate(Pattern::kCholesky, kCholeskyRound, places);
    std::printf("the closed form agrees with the accesses of all %zu patterns\n", kPatternNames.size());
    return 0;
}
