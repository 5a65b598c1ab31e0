// SPDX-License-Identifier: Apache-2.0
// Early dispatch on chips: what it saves, worked out by hand; that a producer whose blocks have no core yet
// is waited for by nobody on a core; and that results stay what they are.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"
#include "recorded_scopes.hpp"

namespace weir {
namespace {

using std::chrono::nanoseconds;

/// A line of a schedule.
struct ScheduleLine {
    std::string task, kernel, core;
    std::uint64_t dispatched = 0, started = 0, ended = 0, completed = 0;
};

struct Ran {
    std::string schedule;
    std::vector<ScheduleLine> calls;
    RunResult result;

    [[nodiscard]] std::vector<ScheduleLine> of(const std::string& kernel) const {
        std::vector<ScheduleLine> found;
        for (const ScheduleLine& call : calls)
            if (call.kernel.substr(0, call.kernel.find('[')) == kernel) found.push_back(call);
        return found;
    }
    [[nodiscard]] std::uint64_t last_dispatch_of(const std::string& kernel) const {
        std::uint64_t last = 0;
        for (const ScheduleLine& call : of(kernel)) last = std::max(last, call.dispatched);
        return last;
    }
};

template <class Program>
Ran run(const std::string& platform, bool early, const Program& program, bool skip = true,
        const std::map<std::string, std::uint64_t>& chip_fields = {}) {
    const test::TemporaryDirectory directory;
    RuntimeConfig config{.platform = platform};
    config.chip.early_dispatch = early;
    config.chip.schedule_file = directory.path() / "schedule";
    config.chip.skip_idle_polling = skip;
    config.chip.chip_fields = chip_fields;
    Runtime runtime(config);
    Ran ran;
    ran.result = runtime.run([&](Orchestrator& o) { program(runtime, o); });
    std::ifstream file(config.chip.schedule_file);
    ran.schedule = {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::istringstream lines(ran.schedule);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word, thread;
        ScheduleLine call;
        words >> word;
        if (word != "task") continue;
        words >> call.task >> call.kernel >> word >> thread >> word >> call.core >> word >> call.dispatched >>
            word >> call.started >> word >> call.ended >> word >> call.completed;
        ran.calls.push_back(call);
    }
    return ran;
}

void add_first(In<float> a, InOut<float> b) { b[0] += a[0]; }

TEST(ChipEarlyDispatch, saves_the_dispatch_of_the_second_of_two_tasks) {
    std::vector<float> a(1, 1), b(1, 0);
    const auto chain = [&](Runtime& runtime, Orchestrator& o) {
        const auto kernel = runtime.kernel("add", add_first, {.cost_ns = 9000});
        auto A = o.external(a);
        auto B = o.external(b);
        o.submit(kernel, A, B);
        o.submit(kernel, A, B);
    };
    // What steps cost on the tiny chip: chip_platform_test. The first task is dispatched at 3750 and ends at
    // 12850. From 3800 on a pass takes 100 + 50, so the read that ends at 12900 sees it; it is completed at
    // 14900. A look and a dispatch later, at 17950, the second is on its way; it starts at 18050 and ends at
    // 27050. The read of 27050 itself sees that: completed at 29150.
    const Ran late = run("tinysim", false, chain);
    EXPECT_EQ(late.schedule,
              "chip tiny: 1 clusters, 2 control threads, counter 1000000000 Hz\n"
              "task 0:1 add thread 0 core 1 dispatched 3750 started 3850 ended 12850 completed 14900\n"
              "task 0:2 add thread 0 core 1 dispatched 17950 started 18050 ended 27050 completed 29150\n"
              "program ended 1450, last task 29150\n");
    // The look at 3800 finds the second task, whose producer runs, and dispatches it by 6800 to the other
    // core. From 6850 on a pass takes 100 + 105 + 50, so the read that ends at 6950 + 24 * 255 sees the end
    // of the first; it is completed, and the gate opened, at 15070. The second starts 100 later and ends at
    // 24170. A look, a read of core 2 and a look end at 15275; passes of 105 + 50 follow, and the read that
    // ends at 15380 + 57 * 155 sees it: completed at 26215.
    const Ran early = run("tinysim", true, chain);
    EXPECT_EQ(early.schedule,
              "chip tiny: 1 clusters, 2 control threads, counter 1000000000 Hz\n"
              "task 0:1 add thread 0 core 1 dispatched 3750 started 3850 ended 12850 completed 15070\n"
              "task 0:2 add thread 0 core 2 dispatched 6800 started 15170 ended 24170 completed 26215\n"
              "program ended 1450, last task 26215\n");
    EXPECT_EQ(late.result.chip.makespan - early.result.chip.makespan, nanoseconds(29150 - 26215));
    EXPECT_EQ(b[0], 4);
}

/// A task of more blocks than the chip has cores, and consumers for all cores, each of every block.
void run_wide(const ChipPlatform& chip, CoreType consumer) {
    const int blocks_of_producer = 5 * 2 * chip.clusters + 1;
    const int consumers = 6 * chip.clusters;
    std::vector<float> made(static_cast<std::size_t>(blocks_of_producer), 0);
    std::vector<float> sums(static_cast<std::size_t>(consumers), 0);
    const Ran ran = run(chip.platform, true, [&](Runtime& runtime, Orchestrator& o) {
        const auto wide = runtime.kernel("wide",
                                         [](InOut<float> a, const TaskInfo& task) {
                                             a[static_cast<std::size_t>(task.block_index())] += 1;
                                         },
                                         {.cost_ns = 30'000});
        const auto sum = runtime.kernel("sum",
                                        [](In<float> a, InOut<float> b) {
                                            for (std::size_t i = 0; i < a.size(); ++i) b[0] += a[i];
                                        },
                                        {.cost_ns = 1000, .core_type = consumer});
        auto all = o.external(made);
        auto results = o.external(sums);
        o.submit(wide, all, blocks(blocks_of_producer));
        for (int i = 0; i < consumers; ++i) o.submit(sum, all, results.view({i}, {1}));
    });
    EXPECT_EQ(sums, std::vector<float>(sums.size(), static_cast<float>(blocks_of_producer)));
    const std::uint64_t last = ran.last_dispatch_of("wide");
    std::uint64_t end = 0;
    for (const ScheduleLine& call : ran.of("wide")) end = std::max(end, call.completed);
    int staged = 0;
    for (const ScheduleLine& call : ran.of("sum")) {
        EXPECT_GE(call.dispatched, last) << "a consumer is on a core before every block of its producer";
        EXPECT_GE(call.started, end) << "a gate was open before its producer had completed";
        staged += call.dispatched < end ? 1 : 0;
    }
    EXPECT_GT(staged, 0) << chip.platform << ": none was staged, so this shows nothing";
}

TEST(ChipEarlyDispatch, no_consumer_takes_a_core_before_every_block_of_its_producer_has_one) {
    for (const ChipPlatform& chip : chip_platforms())
        for (const CoreType consumer : {CoreType::aiv, CoreType::aic}) run_wide(chip, consumer);
}

/// Everything that may wait for something at once, on few cores.
void all_kinds(Runtime& runtime, Orchestrator& o, std::vector<float>& data) {
    const auto block = [](InOut<float> a, const TaskInfo& task) {
        a[static_cast<std::size_t>(task.block_index())] += 1;
    };
    const auto meet = [](InOut<float> a, const TaskInfo& task) {
        a[static_cast<std::size_t>(task.block_index())] += 1;
        task.barrier();
    };
    const auto waves = runtime.kernel("waves", block, {.cost_ns = 4000});
    const auto gang = runtime.kernel("gang", meet, {.cost_ns = 7000});
    const auto matrix = runtime.kernel("matrix", [](InOut<float> a) { a[0] += 2; },
                                       {.cost_ns = 3000, .core_type = CoreType::aic});
    const auto vector = runtime.kernel("vector", [](InOut<float> a) { a[1] += 4; }, {.cost_ns = 60'000});
    const auto copy = runtime.kernel("copy", [](In<float> a, Out<float> b) { b[0] = a[0]; });
    auto all = o.external(data);
    for (int i = 0; i < 60; ++i) {
        auto part = all.view({i % 4 * 16}, {16});
        o.submit(matrix, part, priority(i % 3));
        o.submit(waves, part, blocks(9));
        Scope scope{o};
        auto made = o.submit(copy, part, shape(1)).output();
        o.submit(vector, part);
        o.barrier_task(TaskArgs{}.inout(part).input(made));
        o.submit_mixed({.aic = matrix, .aiv0 = vector}, TaskArgs{}.inout(part));
        o.submit(gang, part, blocks(2).sync_start());
        o.submit(vector, part, predicate(made, {0}, Comparison::less, 0).name("skipped"));
        o.submit(matrix, part);
        if (i % 16 == 0) (void)o.get<float>(part, {0});
    }
}

TEST(ChipEarlyDispatch, computes_what_the_cpu_computes_and_skips_idle_polling_alike) {
    std::vector<float> expected(64, 1);
    Runtime cpu;
    cpu.run([&](Orchestrator& o) { all_kinds(cpu, o, expected); });
    for (const ChipPlatform& chip : chip_platforms()) {
        std::vector<float> data(64, 1), again(64, 1);
        const Ran ran =
            run(chip.platform, true, [&](Runtime& runtime, Orchestrator& o) { all_kinds(runtime, o, data); });
        EXPECT_EQ(data, expected) << chip.platform;
        const Ran polled = run(
            chip.platform, true, [&](Runtime& runtime, Orchestrator& o) { all_kinds(runtime, o, again); },
            false);
        EXPECT_TRUE(ran.schedule == polled.schedule) << chip.platform;
        EXPECT_EQ(ran.result.chip.polling, polled.result.chip.polling);
    }
}

TEST(ChipEarlyDispatch, stages_blocks_and_the_highest_priority_first) {
    std::vector<float> data(8, 0);
    const Ran ran = run("tinysim", true, [&](Runtime& runtime, Orchestrator& o) {
        const auto count = [](InOut<float> a, const TaskInfo&) { a[0] += 1; };
        const auto first = runtime.kernel("first", count, {.cost_ns = 100'000, .core_type = CoreType::aic});
        const auto low = runtime.kernel("low", [](In<float>) {}, {.cost_ns = 500});
        const auto high = runtime.kernel("high", [](In<float>) {}, {.cost_ns = 500});
        auto all = o.external(data);
        o.submit(first, all);
        o.submit(low, all);
        o.submit(high, all, priority(5).blocks(3));
    });
    // Two cores: one place behind the other is not taken while a gate is shut.
    const std::uint64_t ready = ran.of("first").at(0).completed;
    std::vector<ScheduleLine> high = ran.of("high");
    ASSERT_EQ(high.size(), 3U);
    EXPECT_EQ(
        std::count_if(high.begin(), high.end(), [&](const ScheduleLine& c) { return c.dispatched < ready; }),
        2);
    EXPECT_GT(ran.of("low").at(0).dispatched, ready);
}

TEST(ChipEarlyDispatch, stages_whole_blocks_of_mixed_tasks_and_no_cohort_of_blocks) {
    std::vector<float> data(8, 0);
    const auto program = [&](Runtime& runtime, Orchestrator& o) {
        const auto matrix =
            runtime.kernel("matrix", [](InOut<float>) {}, {.cost_ns = 2000, .core_type = CoreType::aic});
        const auto vector = runtime.kernel("vector", [](InOut<float>) {}, {.cost_ns = 3000});
        const auto pair = runtime.kernel("pair", [](InOut<float>) {}, {.cost_ns = 1000});
        const auto first = runtime.kernel("first", [](InOut<float>) {}, {.cost_ns = 100'000});
        const auto gang = runtime.kernel("gang", [](InOut<float>) {}, {.cost_ns = 100'000});
        const auto maybe = runtime.kernel("maybe", [](InOut<float>) {}, {.cost_ns = 500});
        auto all = o.external(data);
        // Four blocks that need not start together; each takes cores of one cluster.
        o.submit(first, all);
        o.submit_mixed({.aic = matrix, .aiv0 = vector, .aiv1 = vector}, TaskArgs{}.inout(all).blocks(4));
        // One block that starts together, with a kernel in each AIV lane; then what is never staged.
        o.submit(first, all);
        o.submit_mixed({.aiv0 = pair, .aiv1 = pair}, TaskArgs{}.inout(all).blocks(1).sync_start());
        o.submit(gang, all, blocks(3).sync_start());
        o.submit(maybe, all, predicate(all, {0}, Comparison::equal, 0));
    };
    const Ran ran = run("a2a3sim", true, program);
    const std::vector<ScheduleLine> first = ran.of("first");
    ASSERT_EQ(first.size(), 2U);
    ASSERT_EQ(ran.of("matrix").size(), 4U);
    std::vector<ScheduleLine> mixed = ran.of("vector");
    for (const ScheduleLine& call : ran.of("matrix")) mixed.push_back(call);
    ASSERT_EQ(mixed.size(), 12U);
    for (const ScheduleLine& call : mixed) {
        EXPECT_LT(call.dispatched, first[0].ended) << call.kernel;
        EXPECT_GE(call.started, first[0].completed) << call.kernel;
        EXPECT_EQ(call.started, mixed[0].started) << "all behind one gate";
    }
    const std::vector<ScheduleLine> pair = ran.of("pair");
    ASSERT_EQ(pair.size(), 2U);
    EXPECT_LT(pair[0].dispatched, first[1].ended);
    EXPECT_EQ(pair[0].dispatched, pair[1].dispatched) << "never half of it";
    EXPECT_EQ(pair[0].started, pair[1].started);
    EXPECT_NE(pair[0].core, pair[1].core);
    for (const ScheduleLine& call : ran.of("gang"))
        EXPECT_GT(call.dispatched, std::max(pair[0].completed, pair[1].completed));
    std::uint64_t gang_completed = 0;
    for (const ScheduleLine& call : ran.of("gang")) gang_completed = std::max(gang_completed, call.completed);
    ASSERT_EQ(ran.of("maybe").size(), 1U);
    EXPECT_GT(ran.of("maybe")[0].dispatched, gang_completed);
}

/// Tasks of all kinds with dependencies that nobody has chosen; kernels from no time at all to long ones.
void any_tasks(Runtime& runtime, Orchestrator& o, std::vector<float>& data, std::uint32_t seed) {
    const auto next = [&seed](std::uint32_t below) {
        return (seed = seed * 1664525U + 1013904223U) / 65536U % below;
    };
    const auto vector = runtime.kernel("vector", [](InOut<float>) {}, {.cost_ns = 1});
    const auto slow = runtime.kernel("slow", [](InOut<float>) {}, {.cost_ns = 40'000});
    const auto table = runtime.kernel("table", [](InOut<float>) {});  // as the chip says
    const auto matrix =
        runtime.kernel("matrix", [](InOut<float>) {}, {.cost_ns = 7000, .core_type = CoreType::aic});
    const auto join = runtime.kernel("join", [](In<float>, InOut<float>) {}, {.cost_ns = 900});
    auto all = o.external(data);
    for (int i = 0; i < 60; ++i) {
        auto one = all.view({static_cast<std::int64_t>(next(6))}, {1});
        auto other = all.view({static_cast<std::int64_t>(next(6))}, {1});
        switch (next(10)) {
            case 0:
                o.submit(slow, one, blocks(1 + static_cast<int>(next(5))));
                break;
            case 1:
                o.submit(vector, one, blocks(2).sync_start());
                break;
            case 2:
                o.submit_mixed({.aic = matrix, .aiv0 = slow}, TaskArgs{}.inout(one));
                break;
            case 3:
                o.submit_mixed({.aiv0 = table, .aiv1 = vector}, TaskArgs{}.inout(one).blocks(3));
                break;
            case 4:
                o.submit(table, one, predicate(other, {0}, Comparison::equal, static_cast<double>(next(2))));
                break;
            case 5:
                o.submit(matrix, one, priority(static_cast<int>(next(3))));
                break;
            case 6:
                o.submit(slow, one);
                break;
            default:
                o.submit(join, one, other);
                break;
        }
    }
}

TEST(ChipEarlyDispatch, skips_the_reads_of_cores_at_gates_and_in_cohorts_without_a_trace) {
    using Fields = std::map<std::string, std::uint64_t>;
    const Fields two_threads{{"clusters", 3}, {"control_threads", 4}};
    Fields at_once = two_threads;
    for (const char* name :
         {"start_ns", "next_ns", "complete_ns", "dispatch_ns", "aic_kernel_ns", "aiv_kernel_ns"})
        at_once[name] = 0;
    std::uint32_t seed = 1;
    for (const Fields& fields : {Fields{}, two_threads, at_once})
        for (const bool early : {true, true, true, false}) {
            ++seed;
            std::vector<float> data(6);
            const auto program = [&](Runtime& runtime, Orchestrator& o) {
                any_tasks(runtime, o, data, seed);
            };
            const Ran ran = run("tinysim", early, program, true, fields);
            const Ran polled = run("tinysim", early, program, false, fields);
            EXPECT_TRUE(ran.schedule == polled.schedule) << "seed " << seed << "\n"
                                                         << ran.schedule << "polled:\n"
                                                         << polled.schedule;
            EXPECT_EQ(ran.result.chip.polling, polled.result.chip.polling) << seed;
            EXPECT_EQ(ran.result.chip.idle, polled.result.chip.idle) << seed;
        }
}

/// An hour of the chip's time. To make every read of it would take the host many minutes.
TEST(ChipEarlyDispatch, cores_that_wait_for_an_hour_are_not_read_for_an_hour) {
    constexpr int kTimes = 900;
    for (const bool gate : {true, false}) {
        std::vector<float> a(2, 1), b(1, 0);
        const Ran ran = run("tinysim", true, [&](Runtime& runtime, Orchestrator& o) {
            const auto seconds = runtime.kernel("seconds", [](InOut<float>) {}, {.cost_ns = 4'000'000'000});
            const auto kernel = runtime.kernel("add", add_first, {.cost_ns = 1000});
            const auto gang = runtime.kernel("gang", [](InOut<float>) {}, {.cost_ns = 1000});
            auto A = o.external(a);
            auto B = o.external(b);
            for (int i = 0; i < kTimes; ++i) {
                o.submit(seconds, A.view({0}, {1}));
                if (gate)
                    o.submit(kernel, A.view({0}, {1}), B);  // staged: it waits behind its gate
                else
                    o.submit(gang, A.view({1}, {1}),
                             blocks(2).sync_start());  // one waits for the other's core
            }
        });
        EXPECT_GE(ran.result.chip.makespan, std::chrono::hours(1));
        EXPECT_EQ(b[0], gate ? kTimes : 0);
        const ScheduleLine waited = ran.of(gate ? "add" : "gang").at(0);
        EXPECT_LT(waited.dispatched, ran.of("seconds").at(0).ended);
        EXPECT_GT(waited.started, ran.of("seconds").at(0).ended);
    }
}

TEST(ChipEarlyDispatch, of_a_task_that_was_submitted_while_its_producer_ran) {
    std::vector<float> a(1, 1), b(1, 0), c(1, 0);
    const Ran ran = run("tinysim", true, [&](Runtime& runtime, Orchestrator& o) {
        const auto kernel = runtime.kernel("add", add_first, {.cost_ns = 1000});
        const auto long_one = runtime.kernel("long", add_first, {.cost_ns = 100'000});
        auto A = o.external(a);
        auto B = o.external(b);
        auto C = o.external(c);
        o.submit(long_one, A, B);
        o.submit(kernel, A, C);
        (void)o.get<float>(C, {0});  // the long one runs when this returns
        o.submit(kernel, A, B);
    });
    const ScheduleLine last = ran.calls.back();
    EXPECT_EQ(last.task, "0:3");
    EXPECT_LT(last.dispatched, ran.of("long").at(0).ended);
    EXPECT_GT(last.started, ran.of("long").at(0).completed);
    EXPECT_EQ(b[0], 2);
}

TEST(ChipEarlyDispatch, a_kernel_that_fails_ends_the_run_and_the_next_one_works) {
    RuntimeConfig config{.platform = "a2a3sim"};
    config.chip.early_dispatch = true;
    Runtime runtime(config);
    const auto fails = runtime.kernel("fails", [](InOut<float>) -> int { return 3; });
    const auto works = runtime.kernel("works", [](InOut<float> x) { x[0] += 1; });
    std::vector<float> a(1, 1);
    const test::Caught error = test::caught([&] {
        runtime.run([&](Orchestrator& o) {
            auto A = o.external(a);
            o.submit(fails, A);
            for (int i = 0; i < 5; ++i) o.submit(works, A);
        });
    });
    EXPECT_EQ(error.code, ErrorCode::kernel_failed);
    EXPECT_EQ(a[0], 1);
    runtime.run([&](Orchestrator& o) {
        auto A = o.external(a);
        for (int i = 0; i < 5; ++i) o.submit(works, A);
    });
    EXPECT_EQ(a[0], 6);
}

TEST(ChipEarlyDispatch, plans_sizes_that_are_enough) {
    RuntimeConfig config{.platform = "tinysim"};
    config.chip.early_dispatch = true;
    std::vector<float> data(64, 1);
    Plan plan;
    {
        Runtime runtime(config);
        plan = runtime.plan([&](Orchestrator& o) {
            std::vector<float> unused(64, 1);
            const auto kernel = runtime.kernel("count", [](InOut<float> x) { x[0] += 1; });
            for (int i = 0; i < 50; ++i) o.submit(kernel, o.external(unused).view({i}, {1}));
        });
    }
    config.runtime_env = Plan::env(plan.smallest);
    Runtime runtime(config);
    runtime.run([&](Orchestrator& o) {
        const auto kernel = runtime.kernel("count", [](InOut<float> x) { x[0] += 1; });
        for (int i = 0; i < 50; ++i) o.submit(kernel, o.external(data).view({i}, {1}));
    });
    EXPECT_EQ(std::count(data.begin(), data.end(), 2.f), 50);
}

TEST(ChipEarlyDispatch, is_refused_where_no_chip_is) {
    RuntimeConfig config;
    config.chip.early_dispatch = true;
    const test::Caught error = test::caught([&] { const Runtime runtime(config); });
    EXPECT_EQ(error.code, ErrorCode::configuration);
}

TEST(ChipCalls, every_call_computes_when_it_starts) {
    const test::TemporaryDirectory directory;
    RuntimeConfig config{.platform = "tinysim"};
    config.chip.schedule_file = directory.path() / "schedule";
    Runtime runtime(config);
    std::vector<std::string> made;
    const auto wave = runtime.kernel("wave",
                                     [&](InOut<float>, const TaskInfo& task) {
                                         made.push_back("wave[" + std::to_string(task.block_index()) + "]");
                                     },
                                     {.cost_ns = 20'000});
    const auto matrix = runtime.kernel("matrix", [&](InOut<float>) { made.emplace_back("matrix"); },
                                       {.cost_ns = 3000, .core_type = CoreType::aic});
    const auto gang = runtime.kernel("gang", [&](InOut<float>, const TaskInfo& task) {
        made.push_back("gang[" + std::to_string(task.block_index()) + "]");
        task.barrier();
    });
    std::vector<float> a(1), b(1);
    runtime.run([&](Orchestrator& o) {
        auto A = o.external(a);
        auto B = o.external(b);
        o.submit(wave, A, blocks(7));
        for (int i = 0; i < 6; ++i) o.submit(matrix, B);
        o.submit(gang, A, blocks(2).sync_start());
    });
    // Time, core, and name of every call.
    std::vector<std::tuple<std::uint64_t, int, std::string>> started;
    std::ifstream lines(config.chip.schedule_file);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word, kernel;
        int core = 0;
        std::uint64_t start = 0;
        words >> word;
        if (word != "task") continue;
        words >> word >> kernel >> word >> word >> word >> core >> word >> word >> word >> start;
        started.emplace_back(start, core, kernel);
    }
    std::sort(started.begin(), started.end());
    ASSERT_EQ(made.size(), started.size());
    for (std::size_t i = 0; i < made.size(); ++i) EXPECT_EQ(made[i], std::get<2>(started[i])) << i;
    EXPECT_NE(made[6].substr(0, 4), made[7].substr(0, 4)) << "waves and the matrix kernels alternate";
}

}  // namespace
}  // namespace weir
