// SPDX-License-Identifier: Apache-2.0
// Recordings of runs on chips: the same bytes for the same run, one row for each call on the core that ran
// it, and a time for everything that each control thread did.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "analysis/record_directory.hpp"
#include "analysis/run_analysis.hpp"
#include "analysis/scheduling_overhead.hpp"
#include "recorded_run.hpp"

namespace weir::test {
namespace {

using Word = std::uint64_t;

constexpr const char* kTimesOnChip[] = {"submitted", "ready",    "dispatched", "start",
                                        "end",       "observed", "released"};

/// Every kind of task, in scopes, with data that the program waits for.
void program(Runtime& runtime, Orchestrator& o, std::vector<Word>& words) {
    const auto matmul =
        runtime.kernel("matmul", [](InOut<Word> a, const TaskInfo& task) { a(task.block_index()) += 1; },
                       {.cost_ns = 9000, .core_type = CoreType::aic});
    const auto softmax =
        runtime.kernel("softmax",
                       [](InOut<Word> a, const TaskInfo& task) {
                           // Not what matmul writes: they run at the same time.
                           if (task.subtask_slot() == SubtaskSlot::aiv0 && task.block_index() == 0)
                               a(3) += 10;
                       },
                       {.cost_ns = 4000, .core_type = CoreType::aiv});
    const auto add = runtime.kernel("add", [](InOut<Word> a) { a(0) += 100; }, {.cost_ns = 2000});
    const auto meet = runtime.kernel("meet",
                                     [](InOut<Word> a, const TaskInfo& task) {
                                         const Word next = a((task.block_index() + 1) % 2);
                                         task.barrier();
                                         a(task.block_index()) = next;
                                     },
                                     {.cost_ns = 5000});
    const auto fill = runtime.kernel("fill", [](Out<Word> a) { a(0) = 1; }, {.cost_ns = 1000});
    const auto x = o.external(words);
    for (int i = 0; i < 40; ++i) {
        o.submit_mixed({.aic = matmul, .aiv0 = softmax, .aiv1 = softmax}, TaskArgs{}.inout(x).blocks(3));
        o.submit(matmul, x, blocks(4));
        o.submit(meet, x, blocks(2).sync_start());
        o.submit(add, x.view({i % 4}, {1}));
        o.submit(add, x.view({3}, {1}), predicate(x, {0}, Comparison::equal, 0));
        if (i % 10 != 0) continue;
        const Scope scope{o};
        const auto made = o.submit(fill, shape(1)).output();
        o.submit(add, made);
        o.barrier_task(TaskArgs{}.input(made));
        (void)o.get<Word>(x, {0});
    }
}

struct Recorded {
    RecordedRun files;
    RunResult result;
    std::vector<Word> words = std::vector<Word>(4);

    Recorded(const std::string& platform, int level, bool skip = true, int runs = 1) {
        RuntimeConfig config{.platform = platform};
        config.chip.skip_idle_polling = skip;
        Runtime runtime(config);
        for (int run = 0; run < runs; ++run)
            result = runtime.run([&](Orchestrator& o) { program(runtime, o, words); },
                                 files.config(level, true, true));
    }
    [[nodiscard]] std::string text(const char* name) const {
        std::ifstream stream(files.path(name));
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }
};

/// Times of each row are in order, and rows of a core do not overlap.
void expect_apart(const std::vector<Json>& rows) {
    std::map<int, std::vector<std::pair<double, double>>> cores;
    for (const Json& row : rows) {
        for (const char* const* times = std::begin(kTimesOnChip); times + 1 != std::end(kTimesOnChip);
             ++times)
            EXPECT_LE(row.at(times[0]).get<double>(), row.at(times[1]).get<double>()) << times[0] << row;
        if (!row.at("core").is_null()) cores[row.at("core")].emplace_back(row.at("start"), row.at("end"));
    }
    EXPECT_FALSE(cores.empty());
    for (auto& [core, spans] : cores) {
        std::sort(spans.begin(), spans.end());
        for (std::size_t i = 1; i < spans.size(); ++i)
            EXPECT_GE(spans[i].first, spans[i - 1].second) << "on core " << core;
    }
}

TEST(RecordedChip, is_told_of_in_the_same_bytes_for_the_same_run) {
    for (const char* platform : {"tinysim", "a2a3sim", "a5sim"}) {
        const Recorded one(platform, 4);
        const std::vector<std::byte> elsewhere(1U << 20U);
        const Recorded other(platform, 4);
        const Recorded polled(platform, 4, false);
        EXPECT_GT(one.text("swimlane.json").size(), 1000U);
        EXPECT_TRUE(one.text("swimlane.json") == other.text("swimlane.json")) << platform;
        EXPECT_TRUE(one.text("deps.json") == other.text("deps.json")) << platform;
        EXPECT_TRUE(one.text("swimlane.json") == polled.text("swimlane.json")) << platform;
        EXPECT_EQ(one.files.run().at("schedulers"), polled.files.run().at("schedulers")) << platform;
        EXPECT_EQ(one.files.run().at("events").at("dropped"), 0);
        EXPECT_EQ(one.words, other.words);
    }
}

TEST(RecordedChip, counts_what_schedulers_looked_for_and_whom_they_told) {
    const RecordedRun files;
    Runtime runtime({.platform = "tinysim"});
    // Nothing of it is done before the last submit.
    const auto make = runtime.kernel("make", [](Out<Word> a) { a(0) = 1; }, {.cost_ns = 1'000'000});
    const auto use = runtime.kernel("use", [](In<Word>) {}, {.cost_ns = 1'000});
    constexpr int kUses = 3;
    std::vector<Word> words(1);
    runtime.run(
        [&](Orchestrator& o) {
            const auto x = o.external(words);
            o.submit(make, x);
            for (int i = 0; i < kUses; ++i) o.submit(use, x);
        },
        files.config(2));
    std::map<std::string, int> sums;
    int most_told = 0;
    int most_edges = 0;
    const Json run = files.run();
    for (const Json& thread : run.at("schedulers")) {
        for (const char* const name : {"completed", "loops", "pops_hit", "pops_missed"})
            sums[name] += thread.at(name).get<int>();
        sums["told"] += thread.at("fanout_walked").at("sum").get<int>();
        sums["edges"] += thread.at("fanin_walked").at("sum").get<int>();
        most_told = std::max(most_told, thread.at("fanout_walked").at("max").get<int>());
        most_edges = std::max(most_edges, thread.at("fanin_walked").at("max").get<int>());
    }
    EXPECT_EQ(sums["completed"], 1 + kUses);
    EXPECT_EQ(sums["told"], kUses);
    EXPECT_EQ(most_told, kUses);
    EXPECT_EQ(sums["edges"], kUses) << "each use gives back its edge to make";
    EXPECT_EQ(most_edges, 1);
    EXPECT_GT(sums["pops_hit"], 0);
    EXPECT_GT(sums["pops_missed"], 0) << "while make runs there is nothing to take";
    EXPECT_EQ(sums["loops"], sums["pops_hit"] + sums["pops_missed"]);
}

TEST(RecordedChip, has_a_row_for_each_call_on_a_core_of_its_type_and_none_that_overlap) {
    const Recorded recorded("a2a3sim", 2);
    const Json run = recorded.files.run();
    EXPECT_EQ(run.at("platform"), "a2a3sim");
    EXPECT_EQ(run.at("clock"), "virtual");
    ASSERT_EQ(run.at("cores").size(), 72U);
    const Json swimlane = recorded.files.swimlane();
    std::map<std::string, std::size_t> rows;
    std::map<std::pair<int, int>, std::set<int>> clusters;  // by id and block
    const std::vector<Json> all = rows_of(swimlane, "task_columns", "tasks");
    expect_apart(all);
    for (const Json& row : all) {
        const std::string kernel = swimlane.at("kernels").at(row.at("kernel").get<std::size_t>()).at("name");
        ++rows[kernel];
        if (row.at("core").is_null()) continue;
        const Json& core = run.at("cores").at(row.at("core").get<std::size_t>());
        EXPECT_EQ(core.at("type"), kernel == "matmul" ? "AIC" : "AIV") << row;
        if (row.at("slot") == 0 || kernel == "softmax")
            clusters[{row.at("id"), row.at("block")}].insert(core.at("cluster").get<int>());
    }
    EXPECT_EQ(rows["softmax"], 240U);
    EXPECT_EQ(rows["matmul"], 280U);
    EXPECT_EQ(rows["meet"], 80U);
    // Calls of a block of a mixed task are on one cluster, and so is each of the others alone.
    EXPECT_EQ(clusters.size(), std::size_t{40} * (3 + 4));
    for (const auto& [block, of] : clusters) EXPECT_EQ(of.size(), 1U);
}

TEST(RecordedChip, on_the_wall_clock_has_every_call_too) {
    for (const int threads : {1, 2}) {
        RuntimeConfig config{.platform = "a2a3sim"};
        config.threads = threads;
        config.chip.clock = ChipClock::wall;
        Runtime runtime(config);
        const RecordedRun files;
        for (int run = 0; run < 2; ++run) {
            std::vector<Word> words(4);
            const RunResult result = runtime.run([&](Orchestrator& o) { program(runtime, o, words); },
                                                 files.config(4, true, true));
            EXPECT_EQ(words, Recorded("tinysim", 2).words);
            const Json told = files.run();
            EXPECT_NE(told.at("clock"), "virtual");
            ASSERT_EQ(told.at("events").at("dropped"), 0);
            std::uint64_t completed = 0;
            for (const Json& thread : told.at("schedulers"))
                completed += thread.at("completed").get<std::uint64_t>();
            EXPECT_EQ(completed, result.tasks - result.tasks_in_place);
            const std::vector<Json> rows = files.tasks();
            EXPECT_EQ(rows.size(), std::size_t{40} * (9 + 4 + 2 + 1 + 1) + 4 * 3);
            expect_apart(rows);
        }
    }
}

TEST(RecordedChip, accounts_for_all_of_the_time_of_its_control_threads) {
    for (const int runs : {1, 2}) {
        const Recorded recorded("a2a3sim", 2, true, runs);
        const ChipFigures& figures = recorded.result.chip;
        const Json run = recorded.files.run();
        const auto us = [](std::chrono::nanoseconds time) {
            return static_cast<double>(time.count()) / 1000;
        };
        EXPECT_DOUBLE_EQ(run.at("makespan_us").get<double>(), us(figures.makespan));
        std::map<std::string, double> sums;
        std::uint64_t completed = 0;
        for (const Json& thread : run.at("schedulers")) {
            double sum = 0;
            for (const auto& [phase, time] : thread.at("phases_us").items()) {
                sums[phase] += time.get<double>();
                sum += time.get<double>();
            }
            completed += thread.at("completed").get<std::uint64_t>();
            if (thread.at("thread") != 0) {
                EXPECT_NEAR(sum, us(figures.makespan), 0.01) << thread;
            }
        }
        EXPECT_EQ(completed, recorded.result.tasks - recorded.result.tasks_in_place);
        EXPECT_NEAR(sums["complete"], us(figures.completing), 0.01);
        EXPECT_NEAR(sums["dispatch"], us(figures.dispatching), 0.01);
        EXPECT_NEAR(sums["idle"], us(figures.idle), 0.01);
        EXPECT_NEAR(sums["poll"], us(figures.polling), 0.01);
    }
}

TEST(RecordedChip, says_that_a_task_is_ready_when_the_last_call_of_its_producer_has_ended) {
    const Recorded recorded("a2a3sim", 2);
    const analysis::RecordDirectory directory(recorded.files.path(""));
    const analysis::Swimlane lane = directory.swimlane();
    const analysis::Deps deps = directory.deps();
    const analysis::TaskTable table(lane, &deps);
    int seen_in_another_order = 0;
    for (std::size_t i = 0; i < table.tasks().size(); ++i) {
        const auto producers = table.producers(i);
        if (producers.size() != 1) continue;
        const analysis::Execution& row = table.executions(table.tasks()[i])[0];
        EXPECT_EQ(row.ready, analysis::readiness(table, i, row)) << row.ring << ":" << row.id;
        const analysis::TaskSpan& producer = table.tasks()[producers[0]];
        const auto calls = table.executions(producer);
        const auto seen_last = std::max_element(
            calls.begin(), calls.end(),
            [](const auto& one, const auto& other) { return one.observed < other.observed; });
        seen_in_another_order += seen_last->end < producer.end ? 1 : 0;
    }
    EXPECT_GT(seen_in_another_order, 0);
}

TEST(RecordedChip, is_analyzed_by_type_of_core) {
    const Recorded recorded("a2a3sim", 4);
    const analysis::RunAnalysis result =
        analysis::analyze(analysis::RecordDirectory(recorded.files.path("")));
    ASSERT_EQ(result.overhead.types.size(), 2U);
    for (const auto& type : result.overhead.types) {
        EXPECT_EQ(type.cores, type.type == "AIC" ? 24 : 48);
        EXPECT_GT(type.time, 0);
        EXPECT_LT(type.time, result.overhead.makespan);
    }
    EXPECT_EQ(result.path.compute + result.path.scheduling + result.path.memory, result.path.makespan);
    EXPECT_EQ(result.path.kernels_on_program_thread, 0U);
}

}  // namespace
}  // namespace weir::test
