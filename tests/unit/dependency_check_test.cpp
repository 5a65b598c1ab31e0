// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// The check of recorded dependencies finds planted errors, names them, and keeps its work in bounds.
#include <gtest/gtest.h>

#include "analysis/dependency_check.hpp"
#include "made_deps.hpp"

namespace weir {
namespace {

using namespace analysis;
using test::made_stencil;
using test::MadeDeps;
using Kind = Finding::Kind;

constexpr Direction kIn = Direction::in;
constexpr Direction kOut = Direction::out;
constexpr Direction kInout = Direction::inout;

TEST(DependencyCheck, a_stencil_that_waits_is_ordered) {
    const CheckResult result = check_dependencies(made_stencil(10'000, 100));
    EXPECT_TRUE(result.findings.empty());
    EXPECT_EQ(result.direct, result.conflicts);
    EXPECT_EQ(result.searched, 0U);
    EXPECT_LT(result.conflicts, 10'000U * 8) << "each task conflicts with its neighbours only";
}

TEST(DependencyCheck, an_argument_marked_no_dep_is_found) {
    const Deps deps = made_stencil(10'000, 100, 5'050);
    const CheckResult result = check_dependencies(deps);
    // The read of the right neighbour, written by task 4,951, is not ordered.
    ASSERT_EQ(result.findings.size(), 1U);
    const Finding& finding = result.findings[0];
    EXPECT_EQ(finding.kind, Kind::unordered);
    EXPECT_EQ(finding.conflict, EdgeKind::raw);
    EXPECT_EQ(finding.earlier, 4'951U);
    EXPECT_EQ(finding.later, 5'050U);
    EXPECT_EQ(deps.accesses[finding.later_access].argument, 3U);
    EXPECT_EQ(finding.first_byte, 51U * 64);
    EXPECT_EQ(finding.end_byte, 52U * 64);
    EXPECT_TRUE(finding.whole && finding.decided);
}

TEST(DependencyCheck, a_harmless_order_by_chance_excuses_nothing) {
    Deps deps = made_stencil(10'000, 100, 5'050);
    for (std::uint32_t i = 0; i + 1 < deps.tasks.size(); ++i) deps.tasks[i].completed = i + 1;
    const CheckResult result = check_dependencies(deps);
    ASSERT_EQ(result.findings.size(), 1U);
    EXPECT_EQ(result.findings[0].kind, Kind::unordered);
}

TEST(DependencyCheck, a_manual_scope_needs_each_edge_or_a_chain) {
    MadeDeps made;
    const auto write = made.task({{kOut, 0, 0, 64}}, true);
    const auto update = made.task({{kInout, 0, 0, 64}}, true, {write});
    const auto read = made.task({{kIn, 0, 0, 64}}, true, {update});
    made.task({{kOut, 0, 0, 64}}, true, {read});
    for (const ExplicitEdge& edge : std::vector(made.deps().explicit_edges))
        made.waited(edge.after, edge.task);
    EXPECT_TRUE(check_dependencies(made.deps()).findings.empty());
    // The same without naming the update: the read may run before it.
    MadeDeps forgotten;
    forgotten.task({{kOut, 0, 0, 64}}, true, {}, 10);
    forgotten.task({{kInout, 0, 0, 64}}, true, {0}, 20);
    forgotten.task({{kIn, 0, 0, 64}}, true, {0}, 30);
    forgotten.waited(0, 1);
    forgotten.waited(0, 2);
    const CheckResult result = check_dependencies(forgotten.deps());
    ASSERT_EQ(result.findings.size(), 1U);
    EXPECT_EQ(result.findings[0].earlier, 1U);
    EXPECT_EQ(result.findings[0].later, 2U);
}

TEST(DependencyCheck, a_chain_through_other_memory_orders_too) {
    MadeDeps made;
    made.task({{kOut, 0, 0, 8}});
    made.task({{kIn, 0, 0, 8}, {kOut, 1, 0, 8}});
    made.task({{kIn, 1, 0, 8}, {kInout, 0, 0, 8, {}, true}});
    made.waited(0, 1);
    made.waited(1, 2);
    const CheckResult result = check_dependencies(made.deps());
    EXPECT_TRUE(result.findings.empty()) << "task 2 comes behind 0 through 1";
    EXPECT_EQ(result.searched, 1U);
}

TEST(DependencyCheck, boxes_that_interleave_do_not_conflict) {
    MadeDeps made;
    made.task({{kOut, 0, 0, 8, {{4, 16}}}}, true);
    made.task({{kOut, 0, 8, 8, {{4, 16}}}}, true);
    EXPECT_TRUE(check_dependencies(made.deps()).findings.empty());
    made.task({{kIn, 0, 20, 8, {{2, 16}}}}, true);
    const CheckResult result = check_dependencies(made.deps());
    ASSERT_EQ(result.findings.size(), 2U);
    EXPECT_FALSE(result.findings[0].whole);
    EXPECT_EQ(result.findings[0].first_byte, 20U);
    EXPECT_EQ(result.findings[0].end_byte, 44U);
}

TEST(DependencyCheck, a_write_that_did_not_wait_replaces_nothing) {
    MadeDeps made;
    made.task({{kOut, 0, 0, 8}});
    made.task({{kOut, 0, 0, 8, {}, true}});
    made.task({{kIn, 0, 0, 8, {}, true}}, false, {1});  // behind the second write, not the first
    made.waited(1, 2);
    const CheckResult result = check_dependencies(made.deps());
    ASSERT_EQ(result.findings.size(), 2U);
    EXPECT_EQ(result.findings[0].conflict, EdgeKind::waw);
    EXPECT_EQ(result.findings[1].earlier, 0U);
    EXPECT_EQ(result.findings[1].later, 2U);
}

TEST(DependencyCheck, a_read_after_all_reads_is_no_conflict_and_a_write_after_them_is) {
    MadeDeps made;
    for (int i = 0; i < 5; ++i) made.task({{kIn, 0, 0, 8}});
    made.task({{kOut, 0, 4, 2, {}, true}});
    const CheckResult result = check_dependencies(made.deps());
    ASSERT_EQ(result.findings.size(), 5U);
    EXPECT_EQ(result.findings[0].conflict, EdgeKind::war);
    EXPECT_EQ(result.findings[0].first_byte, 4U);
    EXPECT_EQ(result.findings[0].end_byte, 6U);
}

TEST(DependencyCheck, an_edge_that_the_runtime_did_not_wait_for_is_found) {
    Deps deps = made_stencil(1'000, 100);
    const Edge lost = deps.edges[700];
    deps.edges.erase(deps.edges.begin() + 700);
    const CheckResult result = check_dependencies(deps);
    ASSERT_EQ(result.findings.size(), 1U);
    EXPECT_EQ(result.findings[0].kind, Kind::not_waited);
    EXPECT_EQ(result.findings[0].earlier, lost.producer);
    EXPECT_EQ(result.findings[0].later, lost.consumer);
    deps.tasks[lost.producer].completed = lost.consumer;
    EXPECT_TRUE(check_dependencies(deps).findings.empty()) << "it had completed before the submit";
    deps.tasks[lost.producer].completed = lost.consumer + 1;
    EXPECT_FALSE(check_dependencies(deps).findings.empty());
    deps.tasks[lost.producer].in_place = true;
    EXPECT_TRUE(check_dependencies(deps).findings.empty()) << "it ran inside its submit";
    MadeDeps named;
    named.task({});
    named.task({}, false, {0});
    const CheckResult of_named = check_dependencies(named.deps());
    ASSERT_EQ(of_named.findings.size(), 1U);
    EXPECT_EQ(of_named.findings[0].conflict, EdgeKind::explicit_);
    named.deps().edges.push_back({0, 1, EdgeKind::scope, true, kNone});
    EXPECT_EQ(check_dependencies(named.deps()).findings.size(), 1U) << "keeping memory is not waiting";
}

TEST(DependencyCheck, ends_when_there_is_more_wrong_than_one_can_read) {
    MadeDeps made;
    for (int i = 0; i < 200; ++i) made.task({{kOut, 0, 0, 8}}, true);
    const CheckResult result = check_dependencies(made.deps());
    EXPECT_EQ(result.findings.size(), kMostFindings);
    EXPECT_TRUE(result.stopped);
}

/// Work, counted and not timed: a million readers cost each writer after them one look each, once.
TEST(DependencyCheck, tiles_below_a_region_that_all_read_are_looked_at_once) {
    constexpr std::uint32_t kTiles = 50;
    constexpr std::uint32_t kReaders = 1'000;
    constexpr std::uint32_t kRounds = 20;
    MadeDeps made;
    for (std::uint32_t i = 0; i < kReaders; ++i) made.task({{kIn, 0, 0, kTiles * 8}});
    for (std::uint32_t round = 0; round < kRounds; ++round)
        for (std::uint32_t tile = 0; tile < kTiles; ++tile) made.task({{kInout, 0, tile * 8, 8}});
    for (DepsTask& task : made.deps().tasks) task.in_place = true;
    const CheckResult result = check_dependencies(made.deps());
    EXPECT_TRUE(result.findings.empty());
    EXPECT_EQ(result.conflicts, kReaders * kTiles + (kRounds - 1) * kTiles);
}

}  // namespace
}  // namespace weir
