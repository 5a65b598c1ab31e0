// SPDX-License-Identifier: Apache-2.0
// The verdict that a request can never fit: what it says, that the size it names is enough and one less is
// not, and that it follows from the submissions alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "misuse_fixture.hpp"
#include "open_scopes.hpp"
#include "ring_filler.hpp"
#include "shipped.hpp"

namespace weir::test {
namespace {

/// An owner in an open scope, and more tasks behind it than the consumed window has room for.
struct LongLivedOwner {
    int depth;         ///< of the scope that holds the owner
    int tasks_behind;  ///< submitted in the same ring while it is held
    std::uint_least32_t scope_line = 0, owner_line = 0, bad_line = 0;

    Program program(Runtime& runtime, std::vector<std::int64_t>& data) {
        const auto fill = runtime.kernel(
            "long_lived", [](Out<std::int64_t> x) { x[0] = 1; }, kShipped);
        const auto add = runtime.kernel(
            "passing", [](InOut<std::int64_t> x) { ++x[0]; }, kShipped);
        return [this, fill, add, &data](Orchestrator& o) {
            const auto x = o.external(data);
            const OpenScopes outer(o, depth - 1);
            scope_line = __LINE__ + 1;
            const Scope scope{o};
            owner_line = __LINE__ + 1;
            const auto owner = o.submit(fill, shape(4)).output();
            for (int i = 0; i < tasks_behind; ++i) {
                bad_line = __LINE__ + 1;
                o.submit(add, x);
            }
            o.submit(add, owner);
        };
    }
};

RuntimeConfig with_windows(int threads, std::uint64_t task_window, std::uint64_t consumed_window) {
    RuntimeConfig config{.threads = threads};
    config.runtime_env.ring_task_window = task_window;
    config.runtime_env.ring_consumed_window = consumed_window;
    return config;
}

bool has_word(const std::string& text, std::uint64_t number) {
    const std::string digits = std::to_string(number);
    for (std::size_t at = text.find(digits); at != std::string::npos; at = text.find(digits, at + 1)) {
        const bool starts = at == 0 || std::isdigit(static_cast<unsigned char>(text[at - 1])) == 0;
        const std::size_t end = at + digits.size();
        const bool ends = end == text.size() || std::isdigit(static_cast<unsigned char>(text[end])) == 0;
        if (starts && ends) return true;
    }
    return false;
}

class CapacityVerdict : public testing::TestWithParam<std::tuple<int, int>> {
protected:
    [[nodiscard]] int threads() const { return std::get<0>(GetParam()); }
    [[nodiscard]] int depth() const { return std::get<1>(GetParam()); }
    [[nodiscard]] int ring() const { return std::min(depth(), 3); }

    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(4);
};
INSTANTIATE_TEST_SUITE_P(threads_and_depth, CapacityVerdict,
                         testing::Combine(testing::Values(1, 2, 4), testing::Values(1, 2, 3, 5)));

TEST_P(CapacityVerdict, a_short_consumed_window_is_reported_with_everything_that_helps) {
    Runtime runtime(with_windows(threads(), 4, 16));
    // The owner, 15 tasks behind it, and the one that reads it: 17 entries.
    LongLivedOwner shape_of_run{depth(), 20};
    const Program program = shape_of_run.program(runtime, data_);
    const Caught result = caught([&] { runtime.run(program); });
    EXPECT_EQ(result.code, ErrorCode::capacity) << result.message;
    const auto mentions = [&](const std::string& text) {
        EXPECT_NE(result.message.find(text), std::string::npos)
            << "no '" << text << "' in: " << result.message;
    };
    mentions("consumed");
    mentions("ring " + std::to_string(ring()));
    mentions("long_lived");
    mentions(at_line(shape_of_run.scope_line));
    mentions(at_line(shape_of_run.owner_line));
    mentions(at_line(shape_of_run.bad_line));
    EXPECT_EQ(result.line, shape_of_run.bad_line);
    EXPECT_TRUE(has_word(result.message, 16)) << "capacity and occupancy: " << result.message;
    EXPECT_TRUE(has_word(result.message, 32)) << "the next power of two: " << result.message;
    EXPECT_TRUE(good_program_works(runtime));
    const auto without_number = [](const std::string& text) {
        return std::regex_replace(text, std::regex("task [0-9]:[0-9]+"), "task");
    };
    const Caught again = caught([&] { runtime.run(program); });
    EXPECT_EQ(without_number(again.message), without_number(result.message))
        << "the same submissions, another verdict";
}

TEST_P(CapacityVerdict, the_consumed_window_that_is_enough_runs_and_one_task_more_does_not) {
    Runtime runtime(with_windows(threads(), 4, 16));
    LongLivedOwner fits{depth(), 14};  // with the owner and its reader 16
    EXPECT_NO_THROW(runtime.run(fits.program(runtime, data_)));
    EXPECT_EQ(data_[0], 14);
    LongLivedOwner misfits{depth(), 15};
    EXPECT_EQ(caught([&] { runtime.run(misfits.program(runtime, data_)); }).code, ErrorCode::capacity);
    Runtime larger(with_windows(threads(), 4, 32));
    EXPECT_NO_THROW(larger.run(misfits.program(larger, data_)));
}

TEST_P(CapacityVerdict, the_verdict_is_given_while_a_kernel_is_still_running) {
    if (threads() == 1) GTEST_SKIP() << "the only thread would run the kernel first";
    Runtime runtime(with_windows(threads(), 64, 64));
    std::atomic<bool> release{false};
    const auto wait = runtime.kernel(
        "waiting",
        [&](Out<std::int64_t>, const TaskInfo& task) {
            while (!release && !task.stop_requested()) std::this_thread::yield();
        },
        kShipped);
    const auto touch = runtime.kernel(
        "touch", [](InOut<std::int64_t> x) { ++x[0]; }, kShipped);
    const Caught result = caught([&] {
        runtime.run([&](Orchestrator& o) {
            const OpenScopes scopes(o, depth());
            const auto x = o.submit(wait, shape(4)).output();
            for (int i = 0; i < 100; ++i) o.submit(touch, x);
            release = true;  // reached only without a verdict
        });
    });
    EXPECT_EQ(result.code, ErrorCode::capacity) << result.message;
    EXPECT_FALSE(release);
    EXPECT_TRUE(good_program_works(runtime));
}

TEST_P(CapacityVerdict, a_short_heap_names_the_smallest_size_and_that_size_is_enough) {
    const auto build = [&](std::uint64_t heap) {
        RuntimeConfig config{.threads = threads()};
        config.runtime_env.ring_heap = heap;
        return config;
    };
    std::uint_least32_t scope_line = 0;
    std::uint_least32_t bad_line = 0;
    const auto program = [&](Runtime& runtime) -> Program {
        const auto fill = runtime.kernel(
            "filler", [](Out<std::int64_t> x) { x[0] = 1; }, kShipped);
        return [&, fill](Orchestrator& o) {
            const OpenScopes outer(o, depth() - 1);
            scope_line = __LINE__ + 1;
            const Scope scope{o};
            for (int i = 0; i < 5; ++i) {
                bad_line = __LINE__ + 1;
                o.submit(fill, shape(128 + 8 * i));  // 1024, 1088, 1152, 1216, 1280 bytes: 5760 in all
            }
        };
    };
    Runtime small(build(5000));
    const Caught result = caught([&] { small.run(program(small)); });
    EXPECT_EQ(result.code, ErrorCode::capacity) << result.message;
    for (const std::string& text : {std::string("heap"), "ring " + std::to_string(ring()),
                                    std::string("filler"), at_line(scope_line), at_line(bad_line)})
        EXPECT_NE(result.message.find(text), std::string::npos)
            << "no '" << text << "' in: " << result.message;
    EXPECT_TRUE(has_word(result.message, 5000)) << "capacity: " << result.message;
    EXPECT_TRUE(has_word(result.message, 4480)) << "occupancy: " << result.message;
    EXPECT_TRUE(has_word(result.message, 5760)) << "smallest sufficient: " << result.message;
    EXPECT_TRUE(good_program_works(small));
    Runtime enough(build(5760));
    EXPECT_NO_THROW(enough.run(program(enough)));
    Runtime one_less(build(5759));
    EXPECT_EQ(caught([&] { one_less.run(program(one_less)); }).code, ErrorCode::capacity);
}

TEST_P(CapacityVerdict,
       a_dependency_pool_too_small_for_one_task_is_reported_and_the_size_it_names_is_enough) {
    const auto build = [&](std::uint64_t pool) {
        RuntimeConfig config{.threads = threads()};
        config.runtime_env.ring_dep_pool = pool;
        return config;
    };
    // Ten owners whose scope is open: the reader keeps them all, whether or not their tasks have finished.
    const auto program = [&](Runtime& runtime) -> Program {
        const auto fill = runtime.kernel(
            "owner", [](Out<std::int64_t> x) { x[0] = 1; }, kShipped);
        const auto gather = runtime.kernel_any(
            "gather", [](const TaskView&) { return 0; }, kShipped);
        return [&, fill, gather](Orchestrator& o) {
            const OpenScopes scopes(o, depth());
            TaskArgs all;
            for (int i = 0; i < 10; ++i) all.input(o.submit(fill, shape(8)).output());
            o.submit(gather, all);
        };
    };
    Runtime small(build(6));
    const Caught result = caught([&] { small.run(program(small)); });
    EXPECT_EQ(result.code, ErrorCode::capacity) << result.message;
    EXPECT_NE(result.message.find("dep"), std::string::npos) << result.message;
    EXPECT_TRUE(has_word(result.message, 10)) << result.message;
    Runtime enough(build(10));
    EXPECT_NO_THROW(enough.run(program(enough)));
    Runtime one_less(build(9));
    EXPECT_EQ(caught([&] { one_less.run(program(one_less)); }).code, ErrorCode::capacity);
}

/// Windows hold back, they never refuse: everything that has been submitted can finish.
TEST_P(CapacityVerdict, a_full_task_window_is_no_verdict) {
    Runtime runtime(with_windows(threads(), 4, 4));
    RingFiller filler(runtime, 4);
    const auto slow = runtime.kernel(
        "slow",
        [](InOut<std::int64_t> x) {
            std::this_thread::yield();
            ++x[0];
        },
        kShipped);
    const RunResult result = runtime.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        const OpenScopes scopes(o, depth());
        filler.fill(o);
        for (int i = 0; i < 5'000; ++i) o.submit(slow, x);
    });
    EXPECT_EQ(data_[0], 5'000);
    if (threads() == 1) return;  // one thread may run each task as it is submitted, and never fill anything
    EXPECT_GT(result.times_held_back, 0U);
    EXPECT_EQ(result.peaks.task_window[static_cast<std::size_t>(ring())], 4U);
}

}  // namespace
}  // namespace weir::test
