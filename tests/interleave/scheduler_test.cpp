// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// Scheduler::run_one by 2 and 3 threads on small graphs that were submitted before: who takes a task runs it,
// and what that makes ready, once and after its producers.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"

namespace weir {
namespace {

using explored::ExploredRuntime;
using explored::Schedule;

RuntimeEnv roomy() {
    RuntimeEnv env = ExploredRuntime::tiny();
    env.ring_task_window = 16;
    env.ring_consumed_window = 16;
    env.ring_dep_pool = 32;
    return env;
}

using Program = std::function<void(Orchestrator&)>;

/// The program submits everything; then all threads call run_one until all tasks have run.
void run_graph(Schedule& schedule, ExploredRuntime& runtime, const Program& program,
               const std::uint64_t& runs, std::uint64_t tasks) {
    runtime.core().begin_run({});
    program(runtime.core().api());
    schedule.require(runs == 0, "nothing runs before it is taken");
    sync::Atomic<std::uint64_t> done{0};
    for (int i = 0; i < runtime.scheduler().threads(); ++i)
        schedule.thread("thread " + std::to_string(i), [&, i] {
            while (done.load() != tasks) {
                const std::uint64_t count = runtime.scheduler().run_one(runtime.scheduler().thread(i));
                if (count != 0)
                    done.fetch_add(count);
                else
                    sync::pause();
            }
        });
    schedule.run();
    RunResult result;
    runtime.core().end_run(result);
    schedule.require(runs == tasks, "every task has run once");
}

/// One source, two in between, one sink.
void diamond(Schedule& schedule, int threads) {
    ExploredRuntime runtime(schedule, threads, roomy());
    std::array<std::int64_t, 4> x{};
    std::uint64_t runs = 0;
    schedule.watch("x", x.data(), x.size());
    const auto fill = runtime.kernel("fill", [&runs](Out<std::int64_t> to) {
        ++runs;
        to[0] = 5;
    });
    const auto add =
        runtime.kernel("add", [&runs](In<std::int64_t> from, Out<std::int64_t> to, std::int64_t value) {
            ++runs;
            to[0] = from[0] + value;
        });
    const auto join =
        runtime.kernel("join", [&runs](In<std::int64_t> a, In<std::int64_t> b, Out<std::int64_t> to) {
            ++runs;
            to[0] = a[0] * b[0];
        });
    const auto program = [&](Orchestrator& o) {
        std::array<Tensor<std::int64_t>, 4> t;
        for (std::size_t i = 0; i < t.size(); ++i) t[i] = o.external(&x[i], shape(1));
        o.submit(fill, t[0]);
        o.submit(add, t[0], t[1], 1);
        o.submit(add, t[0], t[2], 2);
        o.submit(join, t[1], t[2], t[3]);
    };
    run_graph(schedule, runtime, program, runs, 4);
    schedule.require(x[3] == 42, "each task has seen what its producers wrote");
}

TEST(SchedulerInterleaved, a_diamond_runs_each_task_once_and_after_its_producers) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0}, [](Schedule& s) { diamond(s, 2); });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, [](Schedule& s) { diamond(s, 2); });
    explored::expect_random_hold(4'000, [](Schedule& s) { diamond(s, 3); });
}

/// Ready tasks of several priorities, in the ready ring and in the overflow queue, with two consumers each.
void priorities(Schedule& schedule, int threads) {
    ExploredRuntime runtime(schedule, threads, roomy());
    std::array<std::int64_t, 9> x{};
    std::uint64_t runs = 0;
    schedule.watch("x", x.data(), x.size());
    const auto fill = runtime.kernel("fill", [&runs](Out<std::int64_t> to) {
        ++runs;
        to[0] = 1;
    });
    const auto copy = runtime.kernel("copy", [&runs](In<std::int64_t> from, Out<std::int64_t> to) {
        ++runs;
        to[0] = from[0];
    });
    const auto program = [&](Orchestrator& o) {
        std::array<Tensor<std::int64_t>, 9> t;
        for (std::size_t i = 0; i < t.size(); ++i) t[i] = o.external(&x[i], shape(1));
        for (int i = 0; i < 3; ++i) {
            const auto base = static_cast<std::size_t>(i) * 3;
            o.submit(fill, t[base], Options().priority(i - 1));
            o.submit(copy, t[base], t[base + 1], Options().priority(2));
            o.submit(copy, t[base], t[base + 2], Options().priority(0));
        }
    };
    run_graph(schedule, runtime, program, runs, 9);
    for (const std::int64_t value : x)
        schedule.require(value == 1, "each task has seen what its producer wrote");
}

TEST(SchedulerInterleaved, tasks_of_several_priorities_run_once_each_with_their_consumers) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, [](Schedule& s) { priorities(s, 2); });
    explored::expect_random_hold(4'000, [](Schedule& s) { priorities(s, 2); });
    explored::expect_random_hold(4'000, [](Schedule& s) { priorities(s, 3); });
}

/// One source with four consumers, each with one of its own: what a thread makes ready does not fit into its
/// ring.
void fan_out_through_small_rings(Schedule& schedule, int threads, std::uint64_t places) {
    ExploredRuntime runtime(schedule, threads, roomy());
    runtime.shrink_ready_rings(places);
    std::array<std::int64_t, 9> x{};
    std::uint64_t runs = 0;
    schedule.watch("x", x.data(), x.size());
    const auto fill = runtime.kernel("fill", [&runs](Out<std::int64_t> to) {
        ++runs;
        to[0] = 1;
    });
    const auto add = runtime.kernel("add", [&runs](In<std::int64_t> from, Out<std::int64_t> to) {
        ++runs;
        to[0] = from[0] + 1;
    });
    const auto program = [&](Orchestrator& o) {
        std::array<Tensor<std::int64_t>, 9> t;
        for (std::size_t i = 0; i < t.size(); ++i) t[i] = o.external(&x[i], shape(1));
        o.submit(fill, t[0]);
        for (std::size_t i = 1; i < 5; ++i) o.submit(add, t[0], t[i]);
        for (std::size_t i = 5; i < 9; ++i) o.submit(add, t[i - 4], t[i]);
    };
    run_graph(schedule, runtime, program, runs, 9);
    for (std::size_t i = 5; i < 9; ++i)
        schedule.require(x[i] == 3, "each task has seen what its producer wrote");
}

TEST(SchedulerInterleaved, what_a_ready_ring_of_2_or_4_places_does_not_hold_is_handed_over_by_the_queue) {
    for (const std::uint64_t places : {2U, 4U}) {
        explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                                  [=](Schedule& s) { fan_out_through_small_rings(s, 2, places); });
        explored::expect_random_hold(2'000, [=](Schedule& s) { fan_out_through_small_rings(s, 3, places); });
    }
}

}  // namespace
}  // namespace weir
