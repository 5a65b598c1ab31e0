// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// Tasks of several calls by 2 and 3 threads: each call is made once, the task completes once, after all of
// them; calls that meet see what the others wrote before; tasks that wait for stacks are not forgotten.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"

namespace weir {
namespace {

using explored::ExploredRuntime;
using explored::Schedule;

/// Runs the program, which submits everything before a thread runs anything, with all threads.
void run_submitted(Schedule& schedule, ExploredRuntime& runtime,
                   const std::function<void(Orchestrator&)>& program, const sync::Atomic<int>& done,
                   int tasks) {
    runtime.core().begin_run({});
    program(runtime.core().api());
    for (int i = 0; i < runtime.scheduler().threads(); ++i)
        schedule.thread("thread " + std::to_string(i), [&, i] {
            while (done.load() != tasks)
                if (runtime.scheduler().run_one(runtime.scheduler().thread(i)) == 0) sync::pause();
        });
    schedule.run();
    RunResult result;
    runtime.core().end_run(result);
}

/// Blocks that each write their element, and a reader that sums them up.
void blocks_then_reader(Schedule& schedule, int threads, std::int64_t count) {
    ExploredRuntime runtime(schedule, threads);
    std::array<std::int64_t, 4> x{};
    std::int64_t sum = 0;
    sync::Atomic<int> done{0};
    schedule.watch("x", x.data(), x.size());
    const auto write = runtime.kernel("write", [](Out<std::int64_t> to, const TaskInfo& task) {
        to[static_cast<std::size_t>(task.block_index())] += task.block_index() + 1;
    });
    const auto read = runtime.kernel("read", [&](In<std::int64_t> from) {
        for (const std::int64_t value : from) sum = sum * 10 + value;
        done.fetch_add(1);
    });
    run_submitted(
        schedule, runtime,
        [&](Orchestrator& o) {
            const auto t = o.external(x.data(), shape(4));
            o.submit(write, t, blocks(count));
            o.submit(read, t);
        },
        done, 1);
    schedule.require(sum == (count == 2 ? 1200 : 1230), "each block has run once, before the reader");
}

TEST(LaunchInterleaved, blocks_run_once_and_the_task_completes_after_all_of_them) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0},
                              [](Schedule& s) { blocks_then_reader(s, 2, 2); });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1},
                              [](Schedule& s) { blocks_then_reader(s, 2, 2); });
    explored::expect_random_hold(3'000, [](Schedule& s) { blocks_then_reader(s, 3, 3); });
}

/// Two blocks swap what they wrote, with a barrier on each side, and a reader looks at the result.
void swap_then_reader(Schedule& schedule, int threads) {
    ExploredRuntime runtime(schedule, threads);
    std::array<std::int64_t, 2> x{3, 5};
    std::int64_t seen = 0;
    sync::Atomic<int> done{0};
    schedule.watch("x", x.data(), x.size());
    const auto swap = runtime.kernel("swap", [](InOut<std::int64_t> both, const TaskInfo& task) {
        const auto me = static_cast<std::size_t>(task.block_index());
        const std::int64_t other = both[1 - me];
        task.barrier();
        both[me] = other;
    });
    const auto read = runtime.kernel("read", [&](In<std::int64_t> from) {
        seen = from[0] * 10 + from[1];
        done.fetch_add(1);
    });
    run_submitted(
        schedule, runtime,
        [&](Orchestrator& o) {
            const auto t = o.external(x.data(), shape(2));
            o.submit(swap, t, blocks(2).sync_start());
            o.submit(read, t);
        },
        done, 1);
    schedule.require(seen == 53, "nobody passed the barrier before both had read");
}

TEST(LaunchInterleaved, calls_that_meet_see_each_other) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0},
                              [](Schedule& s) { swap_then_reader(s, 2); });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1},
                              [](Schedule& s) { swap_then_reader(s, 2); });
    explored::expect_random_hold(3'000, [](Schedule& s) { swap_then_reader(s, 3); });
}

/// Three cohorts of two calls for three stacks: one runs, the others are in the line, or come to it.
void line_for_stacks(Schedule& schedule, int threads) {
    ExploredRuntime runtime(schedule, threads, ExploredRuntime::tiny(), 3);
    std::array<std::array<std::int64_t, 2>, 3> x{};
    sync::Atomic<int> done{0};
    schedule.watch("x", &x[0], 3);
    const auto meet = runtime.kernel("meet", [&](InOut<std::int64_t> both, const TaskInfo& task) {
        const auto me = static_cast<std::size_t>(task.block_index());
        both[me] = 1;
        task.barrier();
        if (me == 0 && both[1] == 1) done.fetch_add(1);
    });
    run_submitted(
        schedule, runtime,
        [&](Orchestrator& o) {
            for (auto& pair : x) o.submit(meet, o.external(pair.data(), shape(2)), blocks(2).sync_start());
        },
        done, 3);
}

TEST(LaunchInterleaved, tasks_that_wait_for_stacks_get_them_when_others_end) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                              [](Schedule& s) { line_for_stacks(s, 2); });
    explored::expect_random_hold(3'000, [](Schedule& s) { line_for_stacks(s, 2); });
    explored::expect_random_hold(2'000, [](Schedule& s) { line_for_stacks(s, 3); });
}

/// A program with worker threads that park: what is handed on and what was in the line wakes them.
void with_workers(Schedule& schedule, int threads) {
    ExploredRuntime runtime(schedule, threads, ExploredRuntime::tiny(), 3);
    std::array<std::array<std::int64_t, 2>, 2> x{};
    schedule.watch("x", &x[0], 2);
    const auto meet = runtime.kernel("meet", [](InOut<std::int64_t> both, const TaskInfo& task) {
        const auto me = static_cast<std::size_t>(task.block_index());
        both[me] += 1;
        task.barrier();
        const std::int64_t more = both[1 - me] > 0 ? 10 : 100;
        task.barrier();
        both[me] += more;
    });
    const auto twice = runtime.kernel("twice", [](InOut<std::int64_t> both, const TaskInfo& task) {
        both[static_cast<std::size_t>(task.block_index())] *= 2;
    });
    runtime.add_program([&](Orchestrator& o) {
        for (auto& pair : x) {
            const auto t = o.external(pair.data(), shape(2));
            o.submit(meet, t, blocks(2).sync_start());
            o.submit(twice, t, blocks(2));
        }
    });
    schedule.run();
    for (const auto& pair : x)
        schedule.require(pair[0] == 22 && pair[1] == 22, "every call has run once and in order");
    schedule.require(runtime.failure().empty(), "the run did not fail");
}

TEST(LaunchInterleaved, worker_threads_are_woken_for_what_is_handed_on) {
    explored::expect_random_hold(2'000, [](Schedule& s) { with_workers(s, 2); });
    explored::expect_random_hold(1'500, [](Schedule& s) { with_workers(s, 3); });
}

}  // namespace
}  // namespace weir
