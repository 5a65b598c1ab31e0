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

/// N values, each written by one task, and kernels that count their calls.
template <std::size_t N>
struct Values {
    Values(Schedule& schedule, int threads) : runtime(schedule, threads, roomy()) {
        schedule.watch("x", x.data(), x.size());
    }
    [[nodiscard]] std::array<Tensor<std::int64_t>, N> tensors(Orchestrator& o) {
        std::array<Tensor<std::int64_t>, N> t;
        for (std::size_t i = 0; i < N; ++i) t[i] = o.external(&x[i], shape(1));
        return t;
    }

    ExploredRuntime runtime;
    std::array<std::int64_t, N> x{};
    std::uint64_t runs = 0;
    Kernel<Out<std::int64_t>, std::int64_t> fill =
        runtime.kernel("fill", [this](Out<std::int64_t> to, std::int64_t value) {
            ++runs;
            to[0] = value;
        });
    Kernel<In<std::int64_t>, Out<std::int64_t>, std::int64_t> add =
        runtime.kernel("add", [this](In<std::int64_t> from, Out<std::int64_t> to, std::int64_t value) {
            ++runs;
            to[0] = from[0] + value;
        });
};

/// One source, two in between, one sink.
void diamond(Schedule& schedule, int threads) {
    Values<4> v(schedule, threads);
    const auto join =
        v.runtime.kernel("join", [&v](In<std::int64_t> a, In<std::int64_t> b, Out<std::int64_t> to) {
            ++v.runs;
            to[0] = a[0] * b[0];
        });
    const auto program = [&](Orchestrator& o) {
        const auto t = v.tensors(o);
        o.submit(v.fill, t[0], 5);
        o.submit(v.add, t[0], t[1], 1);
        o.submit(v.add, t[0], t[2], 2);
        o.submit(join, t[1], t[2], t[3]);
    };
    run_graph(schedule, v.runtime, program, v.runs, 4);
    schedule.require(v.x[3] == 42, "each task has seen what its producers wrote");
}

TEST(SchedulerInterleaved, a_diamond_runs_each_task_once_and_after_its_producers) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0}, [](Schedule& s) { diamond(s, 2); });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, [](Schedule& s) { diamond(s, 2); });
    explored::expect_random_hold(4'000, [](Schedule& s) { diamond(s, 3); });
}

/// Ready tasks of several priorities, in the ready ring and in the overflow queue, with two consumers each.
void priorities(Schedule& schedule, int threads) {
    Values<9> v(schedule, threads);
    const auto program = [&](Orchestrator& o) {
        const auto t = v.tensors(o);
        for (int i = 0; i < 3; ++i) {
            const auto base = static_cast<std::size_t>(i) * 3;
            o.submit(v.fill, t[base], 1, Options().priority(i - 1));
            o.submit(v.add, t[base], t[base + 1], 0, Options().priority(2));
            o.submit(v.add, t[base], t[base + 2], 0, Options().priority(0));
        }
    };
    run_graph(schedule, v.runtime, program, v.runs, 9);
    for (const std::int64_t value : v.x)
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
    Values<9> v(schedule, threads);
    v.runtime.shrink_ready_rings(places);
    const auto program = [&](Orchestrator& o) {
        const auto t = v.tensors(o);
        o.submit(v.fill, t[0], 1);
        for (std::size_t i = 1; i < 5; ++i) o.submit(v.add, t[0], t[i], 1);
        for (std::size_t i = 5; i < 9; ++i) o.submit(v.add, t[i - 4], t[i], 1);
    };
    run_graph(schedule, v.runtime, program, v.runs, 9);
    for (std::size_t i = 5; i < 9; ++i)
        schedule.require(v.x[i] == 3, "each task has seen what its producer wrote");
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
