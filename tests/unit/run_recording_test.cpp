// SPDX-License-Identifier: Apache-2.0
// What runs record: every task once, with times in order; scopes; what was held back; failed runs; levels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <semaphore>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"
#include "recorded_run.hpp"

namespace weir::test {
namespace {

using testing::ElementsAre;
using Word = std::uint64_t;

constexpr const char* kTimes[] = {"submitted", "ready",    "dispatched", "start",
                                  "end",       "observed", "released",   "consumed"};
constexpr KernelOptions kLong{1'000'000'000};

/// Times that are known are in order; with `all`, all are known.
void expect_ordered(const Json& task, bool all) {
    double before = 0;
    for (const char* column : kTimes) {
        if (task.at(column).is_null()) {
            EXPECT_FALSE(all) << column << " of " << task;
            continue;
        }
        EXPECT_GE(task.at(column).get<double>(), before) << column << " of " << task;
        before = task.at(column);
    }
}

class RunRecording : public testing::TestWithParam<int> {
protected:
    RunRecording() : runtime_({.threads = GetParam()}) {}

    Runtime runtime_;
    RecordedRun recorded_;
};

TEST_P(RunRecording, has_each_task_once_in_program_order_with_all_of_its_times_in_order) {
    const auto step = runtime_.kernel("step", [](In<Word> a, Out<Word> b) { b[0] = a[0] + 1; });
    const auto far = runtime_.kernel(
        "far", [](InOut<Word> a) { ++a[0]; }, kLong);
    std::vector<Word> memory(128);
    const auto result = runtime_.run(
        [&](Orchestrator& o) {
            std::vector<Tensor<Word>> x;
            for (Word& word : memory) x.push_back(o.external(&word, shape(1)));
            for (std::size_t round = 0; round < 20; ++round)
                for (std::size_t i = 1; i < x.size(); ++i) {
                    o.submit(step, x[i - 1], x[i]);
                    if (i % 8 == 0) o.submit(far, x[i]);
                }
        },
        recorded_.config());
    EXPECT_THAT(recorded_.files(), ElementsAre("run.json", "swimlane.json"));
    const Json run = recorded_.run();
    ASSERT_EQ(run.at("events").at("dropped"), 0);
    EXPECT_EQ(run.at("tasks"), result.tasks);
    EXPECT_EQ(run.at("tasks_in_place"), result.tasks_in_place);
    const Json swimlane = recorded_.swimlane();
    const std::vector<Json> tasks = rows_of(swimlane, "task_columns", "tasks");
    ASSERT_EQ(tasks.size(), result.tasks);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        EXPECT_EQ(tasks[i].at("id"), i + 1);
        EXPECT_EQ(tasks[i].at("ring"), 0);
        expect_ordered(tasks[i], true);
        EXPECT_EQ(tasks[i].at("thread"), tasks[i].at("core"));
        const std::string site = swimlane.at("sites").at(tasks[i].at("site").get<std::size_t>());
        EXPECT_EQ(site.rfind("run_recording_test.cpp:", 0), 0U) << site;
    }
    EXPECT_THAT(swimlane.at("kernels"), ElementsAre(Json({{"name", "step"}, {"core_type", "cpu"}}),
                                                    Json({{"name", "far"}, {"core_type", "cpu"}})));
    std::uint64_t completed = 0;
    for (const Json& thread : run.at("schedulers")) completed += thread.at("completed").get<std::uint64_t>();
    EXPECT_EQ(completed, result.tasks - result.tasks_in_place);
    EXPECT_LE(tasks.back().at("consumed").get<double>(), run.at("makespan_us").get<double>());
}

TEST_P(RunRecording, accounts_for_all_of_the_time_of_its_workers_also_of_those_that_sleep_on) {
    const auto far = runtime_.kernel(
        "far", [](InOut<Word> a) { ++a[0]; }, kLong);
    std::vector<Word> memory(10);
    for (const std::size_t tasks : {std::size_t{0}, memory.size()}) {
        runtime_.run(
            [&](Orchestrator& o) {
                for (std::size_t i = 0; i < tasks; ++i) o.submit(far, o.external(&memory[i], shape(1)));
            },
            recorded_.config());
        const Json run = recorded_.run();
        ASSERT_EQ(run.at("schedulers").size(), static_cast<std::size_t>(GetParam()));
        for (const Json& thread : run.at("schedulers")) {
            if (thread.at("thread") == 0) continue;
            double us = 0;
            for (const auto& [phase, time] : thread.at("phases_us").items()) us += time.get<double>();
            for (const Json& row : recorded_.tasks())
                if (row.at("thread") == thread.at("thread"))
                    us += row.at("end").get<double>() - row.at("start").get<double>();
            EXPECT_GE(us, run.at("makespan_us").get<double>() - 0.1) << thread;
        }
    }
}

TEST_P(RunRecording, of_every_run_of_a_runtime_has_that_run_alone) {
    const auto add = runtime_.kernel("add", [](InOut<Word> a) { ++a[0]; });
    Word word = 0;
    for (int tasks = 1; tasks <= 3; ++tasks) {
        runtime_.run(
            [&](Orchestrator& o) {
                const auto x = o.external(&word, shape(1));
                for (int i = 0; i < tasks; ++i) o.submit(add, x);
            },
            recorded_.config());
        EXPECT_EQ(recorded_.tasks().size(), static_cast<std::size_t>(tasks));
        for (const Json& task : recorded_.tasks()) expect_ordered(task, true);
        // One that is not recorded in between leaves the files alone.
        runtime_.run([&](Orchestrator& o) { o.submit(add, o.external(&word, shape(1))); });
    }
}

TEST_P(RunRecording, has_scopes_with_their_parents_and_each_task_in_its_own) {
    const auto add = runtime_.kernel("add", [](InOut<Word> a) { ++a[0]; });
    Word word = 0;
    runtime_.run(
        [&](Orchestrator& o) {
            const auto x = o.external(&word, shape(1));
            o.submit(add, x);
            const Scope outer{o};
            {
                const Scope inner{o, ScopeMode::automatic};
                o.submit(add, x);
            }
            o.submit(add, x);
        },
        recorded_.config());
    const std::vector<Json> scopes = rows_of(recorded_.swimlane(), "scope_columns", "scopes");
    ASSERT_EQ(scopes.size(), 3U);
    EXPECT_TRUE(scopes[0].at("parent").is_null());
    EXPECT_EQ(scopes[1].at("parent"), 0);
    EXPECT_EQ(scopes[2].at("parent"), 1);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(scopes[i].at("depth"), i);
        EXPECT_EQ(scopes[i].at("ring"), i);
        EXPECT_LE(scopes[i].at("begin").get<double>(), scopes[i].at("end").get<double>());
    }
    const std::vector<Json> tasks = recorded_.tasks();
    EXPECT_EQ(tasks[0].at("scope"), 0);
    EXPECT_EQ(tasks[1].at("scope"), 2);
    EXPECT_EQ(tasks[1].at("ring"), 2);
    EXPECT_EQ(tasks[2].at("scope"), 1);
}

TEST_P(RunRecording, has_the_end_of_memory_that_tasks_own) {
    const auto make = runtime_.kernel("make", [](Out<Word> a) { a[0] = 1; });
    const auto use = runtime_.kernel(
        "use", [](In<Word>) {}, kLong);
    runtime_.run(
        [&](Orchestrator& o) {
            const Scope scope{o};
            const auto made = o.submit(make, shape(1)).output();
            o.submit(use, made);
        },
        recorded_.config());
    const std::vector<Json> tasks = recorded_.tasks();
    ASSERT_EQ(tasks.size(), 2U);
    const std::vector<Json> scopes = rows_of(recorded_.swimlane(), "scope_columns", "scopes");
    for (const Json& task : tasks) expect_ordered(task, true);
    EXPECT_GE(tasks[0].at("consumed").get<double>(), scopes[1].at("begin").get<double>());
    EXPECT_GT(tasks[0].at("consumed").get<double>(), tasks[0].at("released").get<double>());
}

TEST_P(RunRecording, of_a_run_that_fails_says_so_and_has_what_ran) {
    const auto good = runtime_.kernel("good", [](InOut<Word> a) { ++a[0]; });
    const auto bad = runtime_.kernel("bad", [](InOut<Word>) { return 3; });
    Word word = 0;
    const Caught result = caught([&] {
        runtime_.run(
            [&](Orchestrator& o) {
                const auto x = o.external(&word, shape(1));
                o.submit(good, x);
                o.submit(bad, x);
            },
            recorded_.config());
    });
    EXPECT_EQ(result.code, ErrorCode::kernel_failed);
    const Json run = recorded_.run();
    EXPECT_EQ(run.at("fatal"), true);
    EXPECT_EQ(run.at("error"), result.message);
    ASSERT_EQ(recorded_.tasks().size(), 2U);
    for (const Json& task : recorded_.tasks()) expect_ordered(task, false);
    const std::vector<Json> instants = rows_of(recorded_.swimlane(), "instant_columns", "instants");
    ASSERT_EQ(instants.size(), 1U);
    EXPECT_EQ(instants[0].at("what"), "failed");
}

TEST_P(RunRecording, has_as_much_as_its_level_says) {
    const auto add = runtime_.kernel(
        "add", [](InOut<Word> a) { ++a[0]; }, kLong);
    Word word = 0;
    const Program program = [&](Orchestrator& o) {
        const auto x = o.external(&word, shape(1));
        for (int i = 0; i < 40; ++i) o.submit(add, x);
    };
    for (int level = 1; level <= 4; ++level) {
        runtime_.run(program, recorded_.config(level));
        const Json swimlane = recorded_.swimlane();
        const Json run = recorded_.run();
        EXPECT_EQ(run.at("level"), level);
        EXPECT_EQ(swimlane.at("scopes").size(), 1U);
        EXPECT_EQ(swimlane.at("tasks").size(), level >= 2 ? 40U : 0U);
        EXPECT_EQ(run.at("schedulers").size(), level >= 2 ? static_cast<std::size_t>(GetParam()) : 0U);
        EXPECT_EQ(!swimlane.at("phases").empty(), level >= 3);
        EXPECT_EQ(run.at("orchestrator").is_null(), level < 2);
        if (level >= 2) {
            EXPECT_EQ(run.at("orchestrator").at("steps_us").at("lookup").is_null(), level < 3);
        }
        if (level >= 2 && GetParam() > 1) {
            EXPECT_GE(swimlane.at("counters").size(), level == 4 ? 40U : 2U);
        }
    }
    std::filesystem::remove(recorded_.path("swimlane.json"));
    runtime_.run(program, recorded_.config(0, false));
    EXPECT_THAT(recorded_.files(), ElementsAre("run.json"));
    EXPECT_EQ(recorded_.run().at("tasks"), 40);
}

INSTANTIATE_TEST_SUITE_P(Threads, RunRecording, testing::Values(1, 2, 4));

/// A task that the worker has begun, and that goes on until it is told to end.
struct Blocker {
    explicit Blocker(Runtime& runtime)
        : kernel(runtime.kernel(
              "block",
              [this](InOut<Word>) {
                  started.release();
                  open.acquire();
              },
              kLong)) {}
    Task submit(Orchestrator& o, const Tensor<Word>& tensor) {
        const Task task = o.submit(kernel, tensor);
        started.acquire();
        return task;
    }

    std::binary_semaphore started{0};
    std::binary_semaphore open{0};
    Kernel<InOut<Word>> kernel;
};

TEST(RunRecordings, say_what_held_the_program_back_where_and_for_how_long) {
    Runtime runtime({.threads = 2, .runtime_env = {.ring_task_window = 4}});
    Blocker blocker(runtime);
    const auto release = runtime.kernel(
        "release", [&](InOut<Word>) { blocker.open.release(); }, kLong);
    const auto add = runtime.kernel(
        "add", [](InOut<Word> a) { ++a[0]; }, kLong);
    std::vector<Word> words(2);
    const RecordedRun recorded;
    runtime.run(
        [&](Orchestrator& o) {
            const auto x = o.external(&words[0], shape(1));
            blocker.submit(o, x);
            // The worker is in the first task, so that only this thread can run the one that ends it; it does
            // when the window is full.
            o.submit(release, o.external(&words[1], shape(1)));
            for (int i = 0; i < 6; ++i) o.submit(add, x);
        },
        recorded.config());
    const Json run = recorded.run();
    ASSERT_GE(run.at("times_held_back").get<int>(), 1);
    EXPECT_EQ(run.at("orchestrator").at("held_back_sites").at(0).at("resource"), "ring_task_window");
    EXPECT_EQ(run.at("held_back_longest").at("ring"), 0);
    std::size_t held_back = 0;
    for (const Json& instant : rows_of(recorded.swimlane(), "instant_columns", "instants"))
        held_back += instant.at("what") == "held_back" ? 1 : 0;
    EXPECT_EQ(held_back, run.at("times_held_back"));
}

TEST(RunRecordings, tell_what_tasks_access_and_whom_they_waited_for) {
    Runtime runtime({.threads = 2});
    Blocker blocker(runtime);
    const auto read = runtime.kernel(
        "read", [](In<Word>, Out<Word>) {}, kLong);
    const auto write = runtime.kernel(
        "write", [](Out<Word>) {}, kLong);
    std::vector<Word> words(64);
    const RecordedRun recorded;
    runtime.run(
        [&](Orchestrator& o) {
            const auto all = o.external(words.data(), shape(8, 8));
            const auto left = all.view({0, 0}, {8, 4});
            const Task first = blocker.submit(o, all);                     // 0
            const auto made = o.submit(read, left, shape(2, 2)).output();  // 1: reads what 0 writes
            o.submit(write, no_dep(left));                                 // 2: unordered
            const Scope scope{o, ScopeMode::manual};
            o.submit(read, made, all, after(first));  // 3: after 0, by name alone
            blocker.open.release();
        },
        recorded.config({}, false, true));
    EXPECT_THAT(recorded.files(), ElementsAre("deps.json", "run.json"));
    const Json deps = recorded.deps();
    EXPECT_EQ(deps.at("complete"), true);
    EXPECT_EQ(deps.at("buffers"), 2) << "external memory, and what task 1 owns";
    const std::vector<Json> tasks = rows_of(deps, "task_columns", "tasks");
    ASSERT_EQ(tasks.size(), 4U);
    std::vector<int> flags;
    for (const Json& task : tasks) {
        flags.push_back(task.at("flags").get<int>());
        EXPECT_TRUE(task.at("completed").is_null()) << "none had completed at the last submit";
    }
    EXPECT_THAT(flags, ElementsAre(0, 4, 0, 1));
    const Json left = {0, 32, {{8, 64}}};
    EXPECT_THAT(
        deps.at("accesses"),
        ElementsAre(Json({0, 0, "inout", false, 0, {0, 512, Json::array()}}),
                    Json({1, 0, "in", false, 0, left}), Json({1, 1, "out", false, 1, {0, 32, Json::array()}}),
                    Json({2, 0, "out", true, 0, left}), Json({3, 0, "in", false, 1, {0, 32, Json::array()}}),
                    Json({3, 1, "out", false, 0, {0, 512, Json::array()}})));
    EXPECT_THAT(deps.at("edges"),
                ElementsAre(Json({0, 1, "RAW", 0, "waited"}), Json({0, 3, "explicit", nullptr, "waited"})));
    EXPECT_THAT(deps.at("explicit"), ElementsAre(Json({3, 0})));
}

TEST(RunRecordings, tell_from_which_submit_on_a_task_was_known_to_have_completed) {
    Runtime runtime({.threads = 2});
    Blocker blocker(runtime);
    const auto add = runtime.kernel(
        "add", [](InOut<Word> a) { ++a[0]; }, kLong);
    const auto inc = runtime.kernel("inc", [](InOut<Word> a) { ++a[0]; }, {.cost_ns = 1});
    std::vector<Word> words(3);
    const RecordedRun recorded;
    runtime.run(
        [&](Orchestrator& o) {
            const auto x = o.external(&words[0], shape(1));
            const auto y = o.external(&words[1], shape(1));
            blocker.submit(o, x);                            // 0
            o.submit(inc, y);                                // 1: in place
            o.submit(add, o.external(&words[2], shape(1)));  // 2
            blocker.open.release();
            EXPECT_EQ(o.get(x, {0}), 0U);  // waits for 0
            o.submit(add, x);              // 3: need not wait for it
            o.submit(inc, y);              // 4
        },
        recorded.config({}, false, true));
    const std::vector<Json> tasks = rows_of(recorded.deps(), "task_columns", "tasks");
    ASSERT_EQ(tasks.size(), 5U);
    EXPECT_EQ(tasks[0].at("completed"), 3);
    EXPECT_EQ(tasks[1].at("completed"), 2);
    EXPECT_EQ(tasks[1].at("flags"), 2);
    for (const Json& edge : rows_of(recorded.deps(), "edge_columns", "edges"))
        EXPECT_NE(edge.at("producer"), 0);
}

TEST(RunRecordings, are_refused_where_they_cannot_be) {
    Runtime runtime({.threads = 1});
    const Program nothing = [](Orchestrator&) {};
    const auto refusal = [&](const CallConfig& config) {
        const Caught result = caught([&] { runtime.run(nothing, config); });
        EXPECT_EQ(result.code, ErrorCode::configuration) << result.message;
        return result.message;
    };
    const RecordedRun recorded;
    EXPECT_NE(refusal(recorded.config(5)).find("record_level is 5"), std::string::npos);
    EXPECT_NE(refusal(recorded.config(0)).find("record_level is 0"), std::string::npos);
    EXPECT_NE(refusal(recorded.config(1, false, true)).find("record_level is 1"), std::string::npos);
    CallConfig nowhere = recorded.config();
    nowhere.record_directory.clear();
    EXPECT_NE(refusal(nowhere).find("record_directory is empty"), std::string::npos);
    Runtime other({.threads = 1});
    std::string refused;
    runtime.run(
        [&](Orchestrator&) { refused = caught([&] { other.run(nothing, recorded.config()); }).message; },
        recorded.config());
    EXPECT_NE(refused.find("another run is recording"), std::string::npos) << refused;
}

}  // namespace
}  // namespace weir::test
