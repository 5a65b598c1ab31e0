// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// Graphs of recorded dependencies: which tasks are chosen, which edges follow from others, and how names are
// written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "analysis/dependency_graph.hpp"
#include "made_deps.hpp"

namespace weir {
namespace {

using namespace analysis;
using test::MadeDeps;
using testing::ElementsAre;
using testing::HasSubstr;
using Pair = std::pair<std::uint32_t, std::uint32_t>;

std::set<Pair> pairs_of(const DependencyGraph& graph) {
    std::set<Pair> pairs;
    for (const Edge& edge : graph.edges) pairs.insert({edge.producer, edge.consumer});
    return pairs;
}

std::set<Pair> closure(std::set<Pair> pairs, std::uint32_t tasks) {
    for (std::uint32_t middle = 0; middle < tasks; ++middle)
        for (std::uint32_t from = 0; from < middle; ++from)
            for (std::uint32_t to = middle + 1; to < tasks; ++to)
                if (pairs.contains({from, middle}) && pairs.contains({middle, to})) pairs.insert({from, to});
    return pairs;
}

TEST(DependencyGraph, the_reduction_is_the_least_graph_of_the_same_order) {
    std::mt19937_64 random(5);
    std::uint64_t left_out = 0;
    for (int round = 0; round < 500; ++round) {
        constexpr std::uint32_t kTasks = 12;
        MadeDeps made;
        for (std::uint32_t i = 0; i < kTasks; ++i) made.task({});
        for (std::uint32_t later = 1; later < kTasks; ++later)
            for (std::uint32_t earlier = 0; earlier < later; ++earlier)
                if (random() % 4 == 0) made.waited(earlier, later);
        const DependencyGraph whole = make_graph(made.deps(), {.all_edges = true});
        const DependencyGraph reduced = make_graph(made.deps(), {});
        const std::set<Pair> order = closure(pairs_of(whole), kTasks);
        const std::set<Pair> kept = pairs_of(reduced);
        ASSERT_EQ(closure(kept, kTasks), order) << "round " << round;
        for (const Pair& pair : kept) {
            std::set<Pair> less = kept;
            less.erase(pair);
            ASSERT_FALSE(closure(less, kTasks).contains(pair)) << "round " << round;
        }
        ASSERT_EQ(reduced.left_out + kept.size(), pairs_of(whole).size());
        left_out += reduced.left_out;
    }
    EXPECT_GT(left_out, 1'000U);
}

/// 0 -> 1 -> 2 -> 3, and 4 alone, with kernels a b a b a; 0 and 1 in a scope of made.cpp:1, the others of
/// made.cpp:2.
Deps chain() {
    MadeDeps made;
    for (std::uint32_t i = 0; i < 5; ++i) made.task({}, false, {}, i);
    Deps& deps = made.deps();
    deps.kernels = {"a", "b"};
    deps.scope_sites = {1, 2};
    for (std::uint32_t i = 0; i < 5; ++i) {
        deps.tasks[i].kernel = i % 2;
        deps.tasks[i].scope = i < 2 ? 0 : 1;
        if (i > 0 && i < 4) made.waited(i - 1, i);
    }
    deps.edges.push_back({0, 4, EdgeKind::scope, true, kNone});
    return deps;
}

TEST(DependencyGraph, filters_choose_tasks_and_the_edges_between_them) {
    const Deps deps = chain();
    EXPECT_THAT(make_graph(deps, {}).tasks, ElementsAre(0, 1, 2, 3, 4));
    EXPECT_EQ(make_graph(deps, {}).edges.size(), 3U) << "keeping memory is no edge";
    EXPECT_THAT(make_graph(deps, {.scope = "made.cpp:2"}).tasks, ElementsAre(2, 3, 4));
    EXPECT_EQ(pairs_of(make_graph(deps, {.scope = "made.cpp:2"})), (std::set<Pair>{{2, 3}}));
    EXPECT_THAT(make_graph(deps, {.kernel = "a"}).tasks, ElementsAre(0, 2, 4));
    EXPECT_THAT(make_graph(deps, {.scope = "made.cpp:2", .kernel = "a"}).tasks, ElementsAre(2, 4));
    EXPECT_THAT(make_graph(deps, {.id = TaskName{0, 2}}).tasks, ElementsAre(0, 1, 2));
    EXPECT_THAT(make_graph(deps, {.id = TaskName{0, 1}, .around = 2}).tasks, ElementsAre(0, 1, 2));
    EXPECT_THAT(make_graph(deps, {.id = TaskName{0, 1}, .around = 0}).tasks, ElementsAre(0));
    EXPECT_THAT(make_graph(deps, {.kernel = "a", .id = TaskName{0, 2}}).tasks, ElementsAre(0, 1, 2));
}

TEST(DependencyGraph, what_is_not_there_is_refused_with_what_is) {
    const auto refusal = [](const GraphFilter& filter) -> std::string {
        try {
            make_graph(chain(), filter);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "accepted";
    };
    EXPECT_THAT(refusal({.scope = "x.cpp:1"}), HasSubstr("'x.cpp:1'; there are: made.cpp:1, made.cpp:2"));
    EXPECT_THAT(refusal({.kernel = "c"}), HasSubstr("'c'; there are: a, b"));
    EXPECT_THAT(refusal({.id = TaskName{1, 1}}), HasSubstr("no task 1:1"));
    EXPECT_EQ(refusal({.scope = "made.cpp:1", .kernel = "b"}), "accepted");
    Deps deps = chain();
    deps.kernels.emplace_back("second of a mixed task");
    EXPECT_THROW(make_graph(deps, {.kernel = deps.kernels.back()}), std::invalid_argument);
}

TEST(DependencyGraph, edges_that_only_keep_memory_are_drawn_when_all_are_asked_for) {
    const Deps deps = chain();
    const DependencyGraph graph = make_graph(deps, {.all_edges = true});
    EXPECT_EQ(graph.edges.size(), 4U);
    EXPECT_THAT(dot_text(deps, graph), HasSubstr("t0 -> t4 [label=\"keeps memory\", style=dotted"));
    EXPECT_THAT(mermaid_text(deps, graph), HasSubstr("t0 -.->|keeps memory| t4"));
    EXPECT_THAT(make_graph(deps, {.id = TaskName{0, 5}, .all_edges = true}).tasks, ElementsAre(0, 4));
    EXPECT_THAT(make_graph(deps, {.id = TaskName{0, 5}}).tasks, ElementsAre(4));
}

TEST(DependencyGraph, names_are_quoted_for_each_program) {
    Deps deps = chain();
    deps.kernels = {"a\"\\b", "x<y>"};
    deps.edges[1].kind = EdgeKind::explicit_;
    deps.edges[2].waited = false;
    const DependencyGraph graph = make_graph(deps, {});
    const std::string dot = dot_text(deps, graph);
    EXPECT_THAT(dot, HasSubstr(R"(t0 [label="a\"\\b\n0:1\nmade.cpp:0"];)"));
    EXPECT_THAT(dot, HasSubstr("t1 -> t2 [label=\"explicit\", style=dashed];"));
    EXPECT_THAT(dot, HasSubstr("t2 -> t3 [label=\"RAW\", color=grey];"));
    const std::string mermaid = mermaid_text(deps, graph);
    EXPECT_THAT(mermaid, HasSubstr("t1[\"x#60;y#62;<br/>0:2<br/>made.cpp:1\"]"));
    EXPECT_THAT(mermaid, HasSubstr("t1 -.->|explicit| t2"));
}

}  // namespace
}  // namespace weir
