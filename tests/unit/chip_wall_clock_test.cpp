// SPDX-License-Identifier: Apache-2.0
// Chips on the wall clock: the control loop of the virtual clock on real threads. Results, failures, verdicts
// and cohorts are those of the cpu, with any number of host threads, which are all that there are.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sched.h>

#include <weir/weir.hpp>

#include "caught_error.hpp"
#include "process_census.hpp"

namespace weir {
namespace {

using std::chrono::nanoseconds;

RuntimeConfig on(const std::string& platform, int threads, bool early = false) {
    RuntimeConfig config{.platform = platform, .threads = threads};
    config.chip.clock = ChipClock::wall;
    config.chip.early_dispatch = early;
    return config;
}

void add(In<float> a, InOut<float> b) {
    for (std::size_t i = 0; i < b.size(); ++i) b[i] += a[i];
}

/// Chains over few tensors, reads by the program, scopes, and every kind of launch.
void mixed_program(Runtime& runtime, Orchestrator& o, std::vector<float>& data, int together) {
    const auto step = runtime.kernel("step", add);
    const auto fill = runtime.kernel("fill", [](Out<float> a) { a[0] = 1; });
    const auto count = runtime.kernel("count", [](InOut<float> sums, const TaskInfo& task) {
        sums[static_cast<std::size_t>(task.block_index())] += 1;
    });
    const auto meet = runtime.kernel("meet", [](InOut<float> sums, const TaskInfo& task) {
        for (int round = 0; round < 2; ++round) {
            sums[static_cast<std::size_t>(task.block_index())] += 1;
            task.barrier();
            float all = 0;
            for (int i = 0; i < task.block_count(); ++i) all += sums[static_cast<std::size_t>(i)];
            task.barrier();
            if (task.block_index() == 0) sums[0] = all;
            task.barrier();
        }
    });
    const auto matrix = runtime.kernel("matrix",
                                       [](InOut<float> a, const TaskInfo& task) {
                                           a[0] += 2;
                                           task.barrier();
                                           a[2] = a[1];
                                       },
                                       {.core_type = CoreType::aic});
    const auto vector = runtime.kernel("vector", [](InOut<float> a, const TaskInfo& task) {
        a[1] += 4;
        task.barrier();
        a[3] = a[0];
    });
    const auto alone = runtime.kernel("alone", [](InOut<float> a) { a[1] += 8; });
    auto all = o.external(data);
    const auto tensor = [&](int i) { return all.view({i % 33}, {1}); };
    const auto part = [&](int i) { return all.view({64 + i * 256}, {256}); };
    for (int i = 0; i < 120; ++i) {
        o.submit(step, tensor(i * 7), tensor(i * 3 + 1));
        if (i % 50 == 49) (void)o.get<float>(tensor(i), {0});
        if (i % 30 != 0) continue;
        Scope scope{o};
        const auto made = o.submit(fill, shape(1)).output();
        o.submit(step, made, tensor(i));
        o.barrier_task(TaskArgs{}.input(made));
        for (int k = 0; k < 3; ++k) {
            o.submit(count, part(k), blocks(200));
            o.submit(meet, part(k), blocks(together).sync_start());
            o.submit_mixed({.aic = matrix, .aiv0 = vector}, TaskArgs{}.inout(part(k)));
            o.submit(alone, part(k), predicate(part(k), {2}, Comparison::greater, 1e9));
            o.submit(alone, part(k), predicate(part(k), {2}, Comparison::less, 1e9));
        }
    }
}

struct Made {
    std::vector<float> data;
    RunResult result;
};

Made make(const RuntimeConfig& config, int together, int runs = 1) {
    Runtime runtime(config);
    Made made;
    for (int run = 0; run < runs; ++run) {
        made.data.assign(64 + 3 * 256, 1);
        made.result = runtime.run([&](Orchestrator& o) { mixed_program(runtime, o, made.data, together); });
    }
    return made;
}

TEST(WallClock, computes_what_the_cpu_computes_with_any_number_of_threads) {
    for (const ChipPlatform& chip : chip_platforms()) {
        const int together = 2 * chip.clusters;
        const std::vector<float> expected = make({}, together).data;
        for (const auto& [threads, early] : {std::pair(1, true), std::pair(3, false), std::pair(6, true)}) {
            const Made made = make(on(chip.platform, threads, early), together, 2);
            EXPECT_EQ(made.data, expected)
                << chip.platform << ", " << threads << " threads, early dispatch " << early;
            const ChipFigures& figures = made.result.chip;
            EXPECT_EQ(figures.chip + "sim", chip.platform);
            EXPECT_EQ(figures.clock, ChipClock::wall);
            EXPECT_GT(figures.aic_busy, nanoseconds(0));
            EXPECT_GT(figures.aiv_busy, nanoseconds(0));
            EXPECT_GT(figures.makespan, nanoseconds(0));
            EXPECT_EQ(figures.orchestrator_time, figures.submitting + figures.waiting);
        }
    }
}

/// Whatever the chip has: this one 7 control threads and 108 cores.
TEST(WallClock, has_as_many_threads_as_were_asked_for_the_programs_among_them) {
    for (const int threads : {1, 2, 5}) {
        RuntimeConfig config = on("a5sim", threads);
        config.chip.chip_fields = {{"control_threads", 7}};
        const std::uint64_t before = faults::take_census().threads;
        Runtime runtime(config);
        std::atomic<std::uint64_t> most = 0;
        const auto count = runtime.kernel("count", [&](InOut<float> a) {
            const std::uint64_t now = faults::take_census().threads;
            std::uint64_t seen = most.load();
            while (seen < now && !most.compare_exchange_weak(seen, now)) {
            }
            a[0] += 1;
        });
        std::vector<float> data(36, 0);
        runtime.run([&](Orchestrator& o) {
            auto all = o.external(data);
            for (int i = 0; i < 36; ++i) o.submit(count, all.view({i}, {1}));
        });
        EXPECT_EQ(data, std::vector<float>(36, 1));
        EXPECT_EQ(runtime.threads(), threads);
        EXPECT_EQ(most, before + static_cast<std::uint64_t>(threads) - 1);
    }
    Runtime by_itself([] {
        RuntimeConfig config{.platform = "a5sim"};
        config.chip.clock = ChipClock::wall;
        return config;
    }());
    EXPECT_EQ(by_itself.threads(), Runtime().threads()) << "as many as the machine has cores";
}

TEST(WallClock, with_one_thread_the_programs_runs_every_kernel) {
    Runtime runtime(on("a2a3sim", 1));
    std::vector<std::thread::id> by(64);
    const auto note = runtime.kernel("note", [&](InOut<float>, const TaskInfo& task) {
        by[static_cast<std::size_t>(task.block_index())] = std::this_thread::get_id();
    });
    std::vector<float> data(1, 0);
    runtime.run([&](Orchestrator& o) {
        auto all = o.external(data);
        o.submit(note, all, blocks(48).sync_start());
        (void)o.get<float>(all, {0});
        o.submit(note, all, blocks(64));
    });
    EXPECT_EQ(by, std::vector<std::thread::id>(64, std::this_thread::get_id()));
}

/// Where the thread of a runtime of two may run that is not the program's.
cpu_set_t cores_of_the_other_thread(RuntimeConfig config) {
    config.pin = true;
    Runtime runtime(config);
    cpu_set_t cores;
    std::atomic<bool> seen = false;
    const auto look = runtime.kernel("look",
                                     [&](InOut<float>) {
                                         EXPECT_EQ(sched_getaffinity(0, sizeof cores, &cores), 0);
                                         seen = true;
                                     },
                                     {.cost_ns = 1'000'000'000});
    std::vector<float> data(1, 0);
    runtime.run([&](Orchestrator& o) {
        o.submit(look, o.external(data));
        while (!seen) std::this_thread::yield();  // so that this thread does not run it
    });
    return cores;
}

TEST(WallClock, threads_are_pinned_as_those_of_the_cpu_are) {
    const cpu_set_t cpu = cores_of_the_other_thread({.threads = 2});
    const cpu_set_t chip = cores_of_the_other_thread(on("tinysim", 2));
    EXPECT_TRUE(CPU_EQUAL(&cpu, &chip));
}

TEST(WallClock, a_program_that_the_least_rings_hold_back_computes_the_same) {
    for (const bool early : {false, true}) {
        RuntimeConfig config = on("a2a3sim", 2, early);
        config.runtime_env.ring_task_window = 4;
        config.runtime_env.ring_consumed_window = 32;
        EXPECT_EQ(make(config, 48).data, make({}, 48).data);
    }
}

/// Every consumer is submitted while the producer, a task of more blocks than the chip has cores, still has
/// blocks to place: none returns before. Consumers that took the cores of those would wait for ever.
TEST(WallClock, a_producer_with_blocks_to_place_is_not_starved_by_tasks_that_are_staged) {
    for (const ChipPlatform& chip : chip_platforms()) {
        for (const CoreType consumer : {CoreType::aiv, CoreType::aic}) {
            Runtime runtime(on(chip.platform, 2, true));
            const int blocks_of_producer = 3 * 2 * chip.clusters + 1;
            const int consumers = 6 * chip.clusters;
            std::vector<float> made(static_cast<std::size_t>(blocks_of_producer), 0);
            std::vector<float> sums(static_cast<std::size_t>(consumers), 0);
            std::atomic<bool> submitted = false;
            const auto wide = runtime.kernel("wide", [&](InOut<float> a, const TaskInfo& task) {
                while (!submitted.load()) std::this_thread::yield();
                a[static_cast<std::size_t>(task.block_index())] += 1;
            });
            const auto sum = runtime.kernel("sum",
                                            [](In<float> a, InOut<float> b) {
                                                for (const float one : a) b[0] += one;
                                            },
                                            {.core_type = consumer});
            runtime.run([&](Orchestrator& o) {
                auto all = o.external(made);
                auto results = o.external(sums);
                o.submit(wide, all, blocks(blocks_of_producer));
                for (int i = 0; i < consumers; ++i) o.submit(sum, all, results.view({i}, {1}));
                submitted = true;
            });
            EXPECT_EQ(sums, std::vector<float>(sums.size(), static_cast<float>(blocks_of_producer)))
                << chip.platform;
        }
    }
}

TEST(WallClock, a_barrier_in_48_blocks_that_start_together_holds_on_one_thread) {
    Runtime runtime(on("a2a3sim", 1));
    const auto gang = runtime.kernel("gang", [](InOut<float> a, Out<float> seen, const TaskInfo& task) {
        const auto own = static_cast<std::size_t>(task.block_index());
        a[own] += 1;
        task.barrier();
        float all = 0;
        for (const float value : a) all += value;
        seen[own] = all;
    });
    std::vector<float> a(48, 0), seen(48, 0);
    runtime.run(
        [&](Orchestrator& o) { o.submit(gang, o.external(a), o.external(seen), blocks(48).sync_start()); });
    EXPECT_EQ(seen, std::vector<float>(48, 48));
}

void fail_and_go_on(bool early) {
    Runtime runtime(on("a2a3sim", 2, early));
    const auto gang = runtime.kernel("gang", [](InOut<float>, const TaskInfo& task) {
        if (task.block_index() == 3) throw std::runtime_error("no");
        task.barrier();
    });
    const auto works = runtime.kernel("add", add);
    std::vector<float> a(1, 1), b(1, 1);
    const test::Caught error = test::caught([&] {
        runtime.run([&](Orchestrator& o) {
            auto B = o.external(b);
            o.submit(gang, B, blocks(8).sync_start());
            o.submit(works, o.external(a), B);
        });
    });
    EXPECT_EQ(error.code, ErrorCode::kernel_failed);
    EXPECT_NE(error.message.find("kernel \"gang\""), std::string::npos) << error.message;
    EXPECT_EQ(b[0], 1) << "no further task starts";
    runtime.run([&](Orchestrator& o) { o.submit(works, o.external(a), o.external(b)); });
    EXPECT_EQ(b[0], 2);
}

TEST(WallClock, a_kernel_that_fails_ends_the_run_and_frees_those_that_wait_for_it) {
    for (const bool early : {false, true}) fail_and_go_on(early);
}

TEST(WallClock, a_run_can_be_cancelled_and_has_a_deadline) {
    Runtime runtime(on("a5sim", 2));
    const auto until_stopped = runtime.kernel("until_stopped", [](InOut<float>, const TaskInfo& task) {
        while (!task.stop_requested()) {
        }
    });
    std::vector<float> a(1, 0);
    const Program program = [&](Orchestrator& o) { o.submit(until_stopped, o.external(a)); };
    CallConfig call;
    call.deadline = std::chrono::milliseconds(1);
    EXPECT_EQ(test::caught([&] { runtime.run(program, call); }).code, ErrorCode::deadline);
    RunHandle handle = runtime.submit(program);
    handle.cancel();
    EXPECT_EQ(test::caught([&] { handle.wait(); }).code, ErrorCode::cancelled);
}

TEST(WallClock, a_call_from_inside_a_kernel_is_refused) {
    Runtime runtime(on("tinysim", 1));
    std::vector<float> a(1, 1);
    Orchestrator* inside = nullptr;
    ErrorCode submit = ErrorCode::ok, run = ErrorCode::ok;
    const auto kernel = runtime.kernel("calls", [&](InOut<float>) {
        submit = test::caught([&] { (void)inside->external(a); }).code;
        run = test::caught([&] { runtime.run([](Orchestrator&) {}); }).code;
    });
    runtime.run([&](Orchestrator& o) {
        inside = &o;
        o.submit(kernel, o.external(a));
    });
    EXPECT_EQ(submit, ErrorCode::wrong_thread);
    EXPECT_EQ(run, ErrorCode::wrong_thread);
}

TEST(WallClock, gives_the_verdict_of_the_cpu_and_grows_as_the_cpu_does) {
    const auto run = [](RuntimeConfig config, SizePolicy policy) {
        config.runtime_env.ring_heap = 1024;
        Runtime runtime(config);
        const auto fill = runtime.kernel("fill", [](Out<float> a) { a[0] = 1; });
        CallConfig call;
        call.size_policy = policy;
        return test::caught([&] {
                   runtime.run(
                       [&](Orchestrator& o) {
                           for (int i = 0; i < 20; ++i) o.submit(fill, shape(16));
                       },
                       call);
               })
            .message;
    };
    EXPECT_NE(run({}, SizePolicy::fixed), "");
    EXPECT_EQ(run(on("a2a3sim", 2), SizePolicy::fixed), run({}, SizePolicy::fixed));
    EXPECT_EQ(run(on("a2a3sim", 2), SizePolicy::growing), "");
}

TEST(WallClock, without_compute_no_kernel_is_called) {
    RuntimeConfig config = on("a5sim", 2);
    config.chip.compute = false;
    const Made made = make(config, 72);
    EXPECT_EQ(made.data, std::vector<float>(64 + 3 * 256, 1));
    EXPECT_EQ(made.result.chip.aiv_busy, nanoseconds(0));
}

TEST(WallClock, refuses_what_is_for_the_virtual_clock) {
    struct Refused {
        std::function<void(RuntimeConfig&)> change;
        const char* message;
    };
    const std::vector<Refused> all = {
        {[](auto& c) { c.chip.schedule_file = "x"; },
         "schedule_file is set, but the clock is the wall clock"},
        {[](auto& c) { c.chip.kernel_times_file = "x"; }, "kernel_times_file is set"},
        {[](auto& c) { c.chip.host_time_factor = 2; }, "host_time_factor is set"},
        {[](auto& c) { c.chip.skip_idle_polling = false; }, "skip_idle_polling is set"},
        {[](auto& c) { c.threads = 0; }, "threads is 0"},
        {[](auto& c) { c.platform = "cpu"; }, "the platform is \"cpu\""},
    };
    for (const Refused& refused : all) {
        RuntimeConfig config = on("a5sim", 2);
        refused.change(config);
        const test::Caught error = test::caught([&] { const Runtime runtime(config); });
        EXPECT_EQ(error.code, ErrorCode::configuration) << refused.message;
        EXPECT_NE(error.message.find(refused.message), std::string::npos) << error.message;
    }
}

}  // namespace
}  // namespace weir
