// SPDX-License-Identifier: Apache-2.0
// What recordings tell of tasks that make several calls: a row for each, with barriers for each stretch; the
// sums of what ran; submits of such tasks; runs whose rings grow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include <weir/weir.hpp>

#include "analysis/record_directory.hpp"
#include "analysis/run_analysis.hpp"
#include "recorded_run.hpp"

namespace weir::test {
namespace {

using testing::ElementsAre;
using Word = std::uint64_t;

constexpr KernelOptions kLongCall{1'000'000'000};

std::string kernel_of(const Json& swimlane, const Json& row) {
    return swimlane.at("kernels").at(row.at("kernel").get<std::size_t>()).at("name");
}

/// What a thread ran does not overlap, and what is known of a row is in order.
void expect_tracks(const std::vector<Json>& rows) {
    std::map<int, std::set<std::pair<double, double>>> tracks;
    for (const Json& row : rows) {
        if (row.at("core").is_null()) continue;
        const double start = row.at("start");
        const double end = row.at("end");
        EXPECT_LE(row.at("submitted").get<double>(), row.at("ready").get<double>()) << row;
        EXPECT_LE(row.at("ready").get<double>(), start) << row;
        EXPECT_LE(start, end) << row;
        EXPECT_LE(end, row.at("released").get<double>()) << row;
        EXPECT_TRUE(tracks[row.at("core")].emplace(start, end).second) << row;
    }
    for (const auto& [core, spans] : tracks) {
        double last = 0;
        for (const auto& [start, end] : spans) {
            EXPECT_GE(start, last) << "on core " << core;
            last = end;
        }
    }
}

class RecordedCalls : public testing::TestWithParam<int> {
protected:
    RecordedCalls() : runtime_({.threads = GetParam()}) {}

    Runtime runtime_;
    RecordedRun recorded_;
};
INSTANTIATE_TEST_SUITE_P(threads, RecordedCalls, testing::Values(1, 2, 4));

TEST_P(RecordedCalls, have_a_row_for_each_call_of_a_mixed_task_with_blocks) {
    const auto matmul =
        runtime_.kernel("matmul", [](InOut<Word> a, const TaskInfo& task) { ++a(task.block_index(), 0); },
                        {.core_type = CoreType::aic});
    const auto softmax =
        runtime_.kernel("softmax",
                        [](InOut<Word> a, const TaskInfo& task) {
                            ++a(task.block_index(), task.subtask_slot() == SubtaskSlot::aiv0 ? 1 : 2);
                        },
                        {.core_type = CoreType::aiv});
    std::vector<Word> words(std::size_t{20} * 3);
    runtime_.run(
        [&](Orchestrator& o) {
            const auto x = o.external(words.data(), shape(20, 3));
            for (int i = 0; i < 3; ++i)
                o.submit_mixed({.aic = matmul, .aiv0 = softmax, .aiv1 = softmax},
                               TaskArgs{}.inout(x).blocks(20));
        },
        recorded_.config({}, true, true));
    EXPECT_EQ(words, std::vector<Word>(60, 3));
    const Json swimlane = recorded_.swimlane();
    const std::vector<Json> rows = rows_of(swimlane, "task_columns", "tasks");
    ASSERT_EQ(rows.size(), 180U);
    expect_tracks(rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].at("id"), 1 + i / 60);
        EXPECT_EQ(rows[i].at("block"), i % 60 / 3);
        EXPECT_EQ(rows[i].at("slot"), i % 3);
        EXPECT_EQ(kernel_of(swimlane, rows[i]), i % 3 == 0 ? "matmul" : "softmax");
    }
    // Submits of such tasks tell the same of dependencies as others.
    const Json deps = recorded_.deps();
    ASSERT_EQ(deps.at("tasks").size(), 3U);
    EXPECT_EQ(deps.at("accesses").size(), 3U);
    for (const Json& edge : rows_of(deps, "edge_columns", "edges")) EXPECT_EQ(edge.at("kind"), "WAW");
    std::uint64_t completed = 0;
    const Json run = recorded_.run();
    for (const Json& thread : run.at("schedulers")) completed += thread.at("completed").get<std::uint64_t>();
    EXPECT_EQ(completed, 3U);
    const analysis::RunAnalysis result = analysis::analyze(analysis::RecordDirectory(recorded_.path("")));
    EXPECT_EQ(result.tasks, 3U);
    ASSERT_EQ(result.kernels.size(), 2U);
    EXPECT_EQ(result.kernels[0].work.count + result.kernels[1].work.count, 180U);
}

TEST_P(RecordedCalls, have_a_row_for_each_stretch_between_barriers) {
    const auto meet = runtime_.kernel(
        "meet",
        [](InOut<Word> a, const TaskInfo& task) {
            for (int phase = 0; phase < 3; ++phase) {
                ++a(task.block_index());
                if (phase != 2) task.barrier();
            }
        },
        kLongCall);
    std::vector<Word> words(24);
    runtime_.run([&](Orchestrator& o) { o.submit(meet, o.external(words), blocks(24).sync_start()); },
                 recorded_.config(4));
    EXPECT_EQ(words, std::vector<Word>(24, 3));
    const std::vector<Json> rows = recorded_.tasks();
    ASSERT_EQ(rows.size(), 72U);
    expect_tracks(rows);
    // No block goes on before all have come to the barrier.
    std::vector<double> first_start(3, 1e300), last_end(3, 0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].at("block"), i / 3);
        first_start[i % 3] = std::min(first_start[i % 3], rows[i].at("start").get<double>());
        last_end[i % 3] = std::max(last_end[i % 3], rows[i].at("end").get<double>());
    }
    EXPECT_GE(first_start[1], last_end[0]);
    EXPECT_GE(first_start[2], last_end[1]);
    const analysis::RunAnalysis result = analysis::analyze(analysis::RecordDirectory(recorded_.path("")));
    ASSERT_EQ(result.kernels.size(), 1U);
    EXPECT_EQ(result.kernels[0].work.count, 24U) << "a call is one, however often it waits";
    EXPECT_EQ(result.path.compute + result.path.scheduling + result.path.memory, result.path.makespan);
}

TEST_P(RecordedCalls, of_a_task_whose_predicate_does_not_hold_are_none) {
    const auto add = runtime_.kernel(
        "add", [](InOut<Word> a) { ++a(0); }, kLongCall);
    std::vector<Word> words(1);
    std::vector<std::int32_t> flags(1);
    runtime_.run(
        [&](Orchestrator& o) {
            const auto x = o.external(words);
            const auto flag = o.external(flags);
            o.submit(add, x, predicate(flag, {0}, Comparison::greater, 0));
            o.submit(add, x, predicate(flag, {0}, Comparison::equal, 0));
        },
        recorded_.config());
    EXPECT_EQ(words[0], 1U);
    const std::vector<Json> rows = recorded_.tasks();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_TRUE(rows[0].at("core").is_null());
    EXPECT_EQ(rows[0].at("start"), rows[0].at("end"));
    EXPECT_FALSE(rows[1].at("core").is_null());
    EXPECT_EQ(rows[1].at("slot"), 1);
    const analysis::RunAnalysis result = analysis::analyze(analysis::RecordDirectory(recorded_.path("")));
    ASSERT_EQ(result.kernels.size(), 1U);
    EXPECT_EQ(result.kernels[0].work.count, 1U);
}

TEST_P(RecordedCalls, are_told_of_when_rings_grow_meanwhile) {
    Runtime small({.threads = GetParam(), .runtime_env = {.ring_task_window = 4, .ring_heap = 4096}});
    const auto make = small.kernel("make", [](Out<Word> a, const TaskInfo& task) {
        a(task.block_index()) = Word{1} + static_cast<Word>(task.block_index());
    });
    const auto sum = small.kernel("sum", [](In<Word> a, InOut<Word> s) {
        for (std::int64_t i = 0; i < 4; ++i) s(0) += a(i);
    });
    std::vector<Word> words(1);
    CallConfig config = recorded_.config({}, true, true);
    config.size_policy = SizePolicy::growing;
    const RunResult result = small.run(
        [&](Orchestrator& o) {
            const auto s = o.external(words);
            std::vector<Tensor<Word>> made;
            for (int i = 0; i < 64; ++i) made.push_back(o.submit(make, shape(4), blocks(4)).output());
            for (const Tensor<Word>& one : made) o.submit(sum, one, s);
        },
        config);
    EXPECT_FALSE(result.grown.empty());
    EXPECT_EQ(words[0], 640U);
    const std::vector<Json> rows = recorded_.tasks();
    ASSERT_EQ(rows.size(), std::size_t{64} * 4 + 64);
    expect_tracks(rows);
    EXPECT_EQ(recorded_.deps().at("complete"), true);
    EXPECT_EQ(recorded_.deps().at("tasks").size(), 128U);
}

}  // namespace
}  // namespace weir::test
