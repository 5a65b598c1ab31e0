// SPDX-License-Identifier: Apache-2.0
// The inferred order against brute force: every pair of accesses of random AUTO programs is compared element
// by element, and whatever conflicts must not have overlapped in time. And the other way round: what does not
// conflict, even indirectly, must not have been made to wait.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "fuzz_host.hpp"
#include "fuzz_seed.hpp"
#include "fuzz_watchdog.hpp"
#include "shipped.hpp"

namespace weir::fuzz {
namespace {

inline constexpr std::uint64_t kProgramsPerRun = 600;
inline constexpr int kTriesToFail = 30;

bool intersect(std::vector<std::int64_t> a, std::vector<std::int64_t> b) {
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    std::size_t i = 0;
    for (std::size_t j = 0; i < a.size() && j < b.size();) {
        if (a[i] == b[j]) return true;
        if (a[i] < b[j])
            ++i;
        else
            ++j;
    }
    return false;
}

bool conflict(const std::vector<Touched>& earlier, const std::vector<Touched>& later) {
    for (const Touched& a : earlier)
        for (const Touched& b : later)
            if (a.storage == b.storage && (a.writes || b.writes) && intersect(a.elements, b.elements))
                return true;
    return false;
}

/// The first pair of conflicting tasks that were not one after the other, or nothing.
std::optional<std::string> overlap_in_time(const FuzzProgram& program, const KernelLog& log,
                                           std::uint64_t& pairs) {
    const std::vector<std::vector<Touched>> touched = touched_elements(program);
    for (std::size_t later = 0; later < program.statements.size(); ++later) {
        if (program.statements[later].kind != Statement::Kind::task) continue;
        if (log.ended[later] == 0) return "the task at line " + std::to_string(later) + " did not run";
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
            if (program.statements[earlier].kind != Statement::Kind::task) continue;
            if (!conflict(touched[earlier], touched[later])) continue;
            ++pairs;
            if (log.ended[earlier] >= log.started[later])
                return "the task at line " + std::to_string(later) + " started before the one at line " +
                       std::to_string(earlier) + " had ended";
        }
    }
    return std::nullopt;
}

class DependencyOracle : public testing::TestWithParam<int> {
protected:
    DependencyOracle() : host_(GetParam(), sizes()) { host_.log().with_order = true; }

    static RuntimeEnv sizes() {
        RuntimeEnv env;
        env.ring_task_window = 64;
        return env;
    }

    std::optional<std::string> try_once(const FuzzProgram& program) {
        watchdog_.begin(program, host_.description());
        std::optional<std::string> wrong;
        try {
            (void)host_.run(program);
            wrong = overlap_in_time(program, host_.log(), pairs_);
        } catch (const Error& error) {
            wrong = "run ended with " + std::string(to_string(error.code())) + ": " + error.what();
        }
        watchdog_.end();
        return wrong;
    }

    bool check(const FuzzProgram& program, Word seed) {
        std::optional<std::string> wrong = try_once(program);
        if (!wrong) return true;
        const auto fails = [&](const FuzzProgram& candidate) {
            for (int i = 0; i < kTriesToFail; ++i) {
                if (const auto found = try_once(candidate)) {
                    wrong = found;
                    return true;
                }
            }
            return false;
        };
        const FuzzProgram minimal = shrink(program, fails, 600);
        ADD_FAILURE() << "seed " << seed << " on " << host_.description() << ": " << *wrong << "\n"
                      << to_text(minimal);
        return false;
    }

    Watchdog watchdog_{60};
    FuzzHost host_;
    std::uint64_t pairs_ = 0;
};

TEST_P(DependencyOracle, no_two_conflicting_tasks_of_an_automatic_program_overlap_in_time) {
    const Seeds seeds = seeds_of_run(kProgramsPerRun, kSlowdown);
    const GeneratorOptions options{
        .manual = false, .no_dep = false, .launches = false, .consumed_window = 64, .statements_max = 100};
    for (const Word seed : seeds)
        if (!check(generate(seed, options), seed)) return;
    EXPECT_GT(pairs_, seeds.count) << "the programs held hardly any conflict";
}

INSTANTIATE_TEST_SUITE_P(threads, DependencyOracle, testing::Values(1, 2, 4));

/// Lets a kernel wait for other tasks without a sleep, and fail instead of hanging.
class Handshake {
public:
    void arrive() { ++arrived_; }
    [[nodiscard]] bool wait_for(int expected) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (arrived_.load() < expected) {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::yield();
        }
        return true;
    }
    void note(bool in_time) { in_time_ = in_time; }
    [[nodiscard]] bool in_time() const { return in_time_; }

private:
    std::atomic<int> arrived_{0};
    std::atomic<bool> in_time_{false};
};

class Precision : public testing::Test {
protected:
    Precision() : runtime_({.threads = 2}) {
        blocker_ = runtime_.kernel(
            "blocker",
            [this](InOut<std::int64_t>, int others) { handshake_.note(handshake_.wait_for(others)); },
            kShipped);
        toucher_ = runtime_.kernel(
            "toucher", [this](InOut<std::int64_t>) { handshake_.arrive(); }, kShipped);
        reader_ = runtime_.kernel(
            "reader", [this](In<std::int64_t>) { handshake_.arrive(); }, kShipped);
    }

    Runtime runtime_;
    Handshake handshake_;
    Kernel<InOut<std::int64_t>, int> blocker_;
    Kernel<InOut<std::int64_t>> toucher_;
    Kernel<In<std::int64_t>> reader_;
    std::vector<std::int64_t> matrix_ = std::vector<std::int64_t>(64 * 64);
};

TEST_F(Precision, disjoint_tiles_of_one_matrix_do_not_wait_for_a_blocked_tile) {
    runtime_.run([&](Orchestrator& o) {
        const auto whole = o.external(matrix_.data(), {64, 64});
        o.submit(blocker_, whole.view({16, 16}, {16, 16}), 15);
        for (int row = 0; row < 4; ++row)
            for (int column = 0; column < 4; ++column)
                if (row != 1 || column != 1)
                    o.submit(toucher_, whole.view({16 * row, 16 * column}, {16, 16}));
    });
    EXPECT_TRUE(handshake_.in_time());
}

TEST_F(Precision, interleaved_columns_with_strides_do_not_wait_for_each_other) {
    runtime_.run([&](Orchestrator& o) {
        const auto whole = o.external(matrix_.data(), {64, 64});
        o.submit(blocker_, whole.slice(1, 0, 64, 4), 3);
        for (int first = 1; first < 4; ++first) o.submit(toucher_, whole.slice(1, first, 64, 4));
    });
    EXPECT_TRUE(handshake_.in_time());
}

TEST_F(Precision, views_of_views_are_compared_where_they_lie) {
    runtime_.run([&](Orchestrator& o) {
        const auto whole = o.external(matrix_.data(), {64, 64});
        const auto upper = whole.view({0, 0}, {32, 64}).transpose();
        o.submit(blocker_, upper.view({0, 0}, {10, 32}), 3);
        o.submit(toucher_, upper.view({10, 0}, {54, 32}));
        o.submit(toucher_, whole.view({32, 0}, {32, 64}).reshape({32 * 64}));
        o.submit(toucher_, whole.view({0, 10}, {32, 3}));
    });
    EXPECT_TRUE(handshake_.in_time());
}

TEST_F(Precision, parts_of_a_buffer_registered_under_their_own_addresses_stay_independent) {
    runtime_.run([&](Orchestrator& o) {
        const auto whole = o.external(matrix_);
        const auto upper = o.external(std::span(matrix_).first(2048));
        const auto lower = o.external(std::span(matrix_).last(2048));
        o.submit(blocker_, upper, 2);
        o.submit(toucher_, lower);
        o.submit(toucher_, whole.view({2048}, {2048}));
    });
    EXPECT_TRUE(handshake_.in_time());
}

TEST_F(Precision, readers_do_not_wait_for_a_blocked_writer_of_what_they_do_not_read) {
    runtime_.run([&](Orchestrator& o) {
        const auto whole = o.external(matrix_.data(), {64, 64});
        o.submit(blocker_, whole.slice(0, 63, 64), 63);
        for (int row = 0; row < 63; ++row) o.submit(reader_, whole.slice(0, row, row + 1));
    });
    EXPECT_TRUE(handshake_.in_time());
}

TEST_F(Precision, a_chain_beside_a_blocked_task_goes_on) {
    std::vector<std::int64_t> other(16);
    runtime_.run([&](Orchestrator& o) {
        const auto blocked = o.external(matrix_);
        const auto chained = o.external(other);
        o.submit(blocker_, blocked, 200);
        for (int i = 0; i < 200; ++i) o.submit(toucher_, chained);
    });
    EXPECT_TRUE(handshake_.in_time());
}

TEST_F(Precision, readers_of_one_tensor_run_beside_each_other) {
    Handshake both;
    const auto meets = runtime_.kernel(
        "meets",
        [&](In<std::int64_t>) {
            both.arrive();
            if (both.wait_for(2)) handshake_.arrive();
        },
        kShipped);
    runtime_.run([&](Orchestrator& o) {
        const auto whole = o.external(matrix_);
        o.submit(meets, whole);
        o.submit(meets, whole.view({100}, {200}));
    });
    EXPECT_TRUE(handshake_.wait_for(2));
}

TEST_F(Precision, a_task_without_dep_does_not_wait_for_a_blocked_writer) {
    runtime_.run([&](Orchestrator& o) {
        const auto whole = o.external(matrix_);
        o.submit(blocker_, whole, 2);
        o.submit(reader_, no_dep(whole));
        o.submit(toucher_, no_dep(whole.view({3}, {7})));
    });
    EXPECT_TRUE(handshake_.in_time());
}

TEST_F(Precision, tasks_of_a_manual_scope_wait_for_nothing_that_was_not_named) {
    runtime_.run([&](Orchestrator& o) {
        const auto whole = o.external(matrix_);
        const Scope scope{o, Manual};
        o.submit(blocker_, whole, 3);
        const auto first = o.submit(toucher_, whole);
        o.submit(toucher_, whole, after(first));
        o.submit(reader_, whole);
    });
    EXPECT_TRUE(handshake_.in_time());
}

}  // namespace
}  // namespace weir::fuzz
