// SPDX-License-Identifier: Apache-2.0
// weir-test: optimized
//
// The check of recorded dependencies against an exhaustive one: bytes compared one by one, all pairs, and the
// closure of the order. 4,000 random programs of up to 14 tasks.
#include <gtest/gtest.h>

#include <set>

#include "analysis/dependency_check.hpp"
#include "made_deps.hpp"

namespace weir {
namespace {

using namespace analysis;
using Pair = std::pair<std::uint32_t, std::uint32_t>;  // earlier, later

class Oracle {
public:
    explicit Oracle(const Deps& deps) : deps_(deps), tasks_(deps.tasks.size()) {
        for (const Access& access : deps.accesses) bytes_.push_back(bytes_of(access));
        for (const ExplicitEdge& edge : deps.explicit_edges) direct_.insert({edge.after, edge.task});
        for (std::size_t i = 0; i < deps.accesses.size(); ++i)
            for (std::size_t j = i + 1; j < deps.accesses.size(); ++j) take(i, j);
        ordered_ = closure(direct_);
    }
    /// Pairs of tasks that conflict and are not ordered.
    [[nodiscard]] std::set<Pair> unordered() const {
        std::set<Pair> pairs;
        for (const Pair& pair : conflicts_)
            if (!ordered_.contains(pair)) pairs.insert(pair);
        return pairs;
    }
    /// Pairs that the program orders and the recorded edges do not.
    [[nodiscard]] std::set<Pair> not_waited() const {
        std::set<Pair> recorded;
        for (const Edge& edge : deps_.edges)
            if (edge.kind != EdgeKind::scope) recorded.insert({edge.producer, edge.consumer});
        for (std::uint32_t earlier = 0; earlier < tasks_; ++earlier)
            for (std::uint32_t later = earlier + 1; later < tasks_; ++later)
                if (deps_.tasks[earlier].in_place || deps_.tasks[earlier].completed <= later)
                    recorded.insert({earlier, later});
        const std::set<Pair> waited = closure(recorded);
        std::set<Pair> pairs;
        for (const Pair& pair : direct_)
            if (!waited.contains(pair)) pairs.insert(pair);
        return pairs;
    }
    [[nodiscard]] const std::set<Pair>& direct() const { return direct_; }

private:
    [[nodiscard]] std::set<std::uint64_t> bytes_of(const Access& access) const {
        std::set<std::uint64_t> starts = {access.offset};
        for (std::size_t i = 0; i < access.step_count; ++i) {
            const BoxStep& step = deps_.steps[access.first_step + i];
            std::set<std::uint64_t> more;
            for (const std::uint64_t start : starts)
                for (std::uint64_t n = 0; n < step.count; ++n)
                    more.insert(start + n * static_cast<std::uint64_t>(step.stride));
            starts = more;
        }
        std::set<std::uint64_t> bytes;
        for (const std::uint64_t start : starts)
            for (std::uint64_t n = 0; n < access.run; ++n) bytes.insert(start + n);
        return bytes;
    }
    void take(std::size_t i, std::size_t j) {
        const Access& earlier = deps_.accesses[i];
        const Access& later = deps_.accesses[j];
        if (earlier.task == later.task || earlier.buffer != later.buffer) return;
        if (!writes(earlier.direction) && !writes(later.direction)) return;
        for (const std::uint64_t byte : bytes_[i]) {
            if (!bytes_[j].contains(byte)) continue;
            conflicts_.insert({earlier.task, later.task});
            if (!later.no_dep && !deps_.tasks[later.task].manual) direct_.insert({earlier.task, later.task});
            return;
        }
    }
    [[nodiscard]] std::set<Pair> closure(std::set<Pair> pairs) const {
        for (std::uint32_t middle = 0; middle < tasks_; ++middle)
            for (std::uint32_t from = 0; from < middle; ++from)
                for (std::uint32_t to = middle + 1; to < tasks_; ++to)
                    if (pairs.contains({from, middle}) && pairs.contains({middle, to}))
                        pairs.insert({from, to});
        return pairs;
    }

    const Deps& deps_;
    std::size_t tasks_;
    std::vector<std::set<std::uint64_t>> bytes_;
    std::set<Pair> conflicts_;
    std::set<Pair> direct_;
    std::set<Pair> ordered_;
};

std::set<Pair> found(const CheckResult& result, Finding::Kind kind) {
    std::set<Pair> pairs;
    for (const Finding& finding : result.findings)
        if (finding.kind == kind) pairs.insert({finding.earlier, finding.later});
    return pairs;
}

std::set<std::uint32_t> later_tasks(const std::set<Pair>& pairs) {
    std::set<std::uint32_t> tasks;
    for (const Pair& pair : pairs) tasks.insert(pair.second);
    return tasks;
}

bool contains_all(const std::set<Pair>& all, const std::set<Pair>& some) {
    return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

TEST(DependencyCheckOracle, what_is_found_is_there_and_no_task_with_a_finding_is_missed) {
    std::mt19937_64 random(20240917);
    std::size_t with = 0;
    std::size_t without = 0;
    for (int round = 0; round < 4000; ++round) {
        const Deps deps = test::random_deps(random, 14);
        const Oracle oracle(deps);
        const std::set<Pair> expected = oracle.unordered();
        const std::set<Pair> reported = found(check_dependencies(deps), Finding::Kind::unordered);
        ASSERT_TRUE(contains_all(expected, reported)) << "round " << round;
        ASSERT_EQ(later_tasks(reported), later_tasks(expected)) << "round " << round;
        ++(expected.empty() ? without : with);
    }
    EXPECT_GT(with, 500U);
    EXPECT_GT(without, 500U);
}

TEST(DependencyCheckOracle, what_was_not_waited_for_is_found) {
    std::mt19937_64 random(7);
    std::size_t with = 0;
    std::size_t without = 0;
    for (int round = 0; round < 4000; ++round) {
        Deps deps = test::random_deps(random, 14);
        const std::set<Pair> direct = Oracle(deps).direct();
        const std::uint64_t missing = random() % 8;  // of 64 pairs
        for (const auto& [earlier, later] : direct) {
            if (random() % 64 < missing) continue;
            if (random() % 3 == 0)
                deps.tasks[earlier].completed = std::min(deps.tasks[earlier].completed, later);
            else
                deps.edges.push_back({earlier, later, EdgeKind::raw, true, kNone});
        }
        const std::set<Pair> expected = Oracle(deps).not_waited();
        const std::set<Pair> reported = found(check_dependencies(deps), Finding::Kind::not_waited);
        ASSERT_TRUE(contains_all(expected, reported)) << "round " << round;
        ASSERT_EQ(reported.empty(), expected.empty()) << "round " << round;
        ++(expected.empty() ? without : with);
    }
    EXPECT_GT(with, 500U);
    EXPECT_GT(without, 500U);
}

}  // namespace
}  // namespace weir
