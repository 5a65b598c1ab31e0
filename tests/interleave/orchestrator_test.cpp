// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The whole way of a task, from submit to reclaiming, on the smallest valid rings: an orchestrator that is
// held back runs tasks or sleeps, workers run and sleep. The memory of the tensors is watched, so a task that
// runs too early, too late or twice, and memory that is used again too early, are data races or wrong values.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"

namespace weir {
namespace {

using explored::ExploredRuntime;
using explored::Schedule;

/// x = x * 2 + 1, so that the number of applications and their order show.
void step(InOut<std::int64_t> x) { x[0] = x[0] * 2 + 1; }

void expect_steps(Schedule& schedule, std::int64_t value, int steps) {
    schedule.require(value == (std::int64_t{1} << steps) - 1, "every task has run once, in order");
}

void flat_loop(Schedule& schedule, int threads, int tasks, int* helped = nullptr, int* held_back = nullptr) {
    ExploredRuntime runtime(schedule, threads);
    std::array<std::int64_t, 16> data{};
    schedule.watch("data", data.data(), data.size());
    const auto kernel = runtime.kernel("step", step);
    runtime.add_program([&](Orchestrator& o) {
        for (int i = 0; i < tasks; ++i)
            o.submit(kernel, o.external(&data[static_cast<std::size_t>(i)], shape(1)));
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    for (int i = 0; i < tasks; ++i) expect_steps(schedule, data[static_cast<std::size_t>(i)], 1);
    if (helped != nullptr) *helped += static_cast<int>(runtime.result().tasks_helped);
    if (held_back != nullptr) *held_back += static_cast<int>(runtime.result().times_held_back);
}

TEST(OrchestratorInterleaved, independent_tasks_past_a_window_of_4_run_once_each_and_nobody_sleeps_for_ever) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, [](Schedule& s) { flat_loop(s, 2, 6); });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, [](Schedule& s) { flat_loop(s, 3, 5); });
    explored::expect_random_hold(1'500, [](Schedule& s) { flat_loop(s, 2, 10); });
    explored::expect_random_hold(1'500, [](Schedule& s) { flat_loop(s, 3, 10); });
}

TEST(OrchestratorInterleaved, the_exploration_holds_the_orchestrator_back_and_lets_it_help) {
    int helped = 0;
    int held_back = 0;
    const auto coverage =
        explored::explore_randomly(500, [&](Schedule& s) { flat_loop(s, 2, 10, &helped, &held_back); });
    EXPECT_EQ(coverage.failure, "");
    EXPECT_GT(helped, 0);
    EXPECT_GT(held_back, 0);
}

void chain(Schedule& schedule, int threads, int tasks) {
    ExploredRuntime runtime(schedule, threads);
    std::int64_t value = 0;
    schedule.watch("value", &value);
    const auto kernel = runtime.kernel("step", step);
    runtime.add_program([&](Orchestrator& o) {
        const auto x = o.external(&value, shape(1));
        for (int i = 0; i < tasks; ++i) o.submit(kernel, x);
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    expect_steps(schedule, value, tasks);
}

TEST(OrchestratorInterleaved, a_chain_past_a_window_of_4_runs_in_order) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, [](Schedule& s) { chain(s, 2, 5); });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, [](Schedule& s) { chain(s, 3, 5); });
    explored::expect_random_hold(1'500, [](Schedule& s) { chain(s, 2, 8); });
    explored::expect_random_hold(1'500, [](Schedule& s) { chain(s, 3, 8); });
}

/// One writer, readers, one writer: RAW and WAR.
void readers(Schedule& schedule, int threads, int reader_count) {
    ExploredRuntime runtime(schedule, threads);
    std::int64_t source = 0;
    std::array<std::int64_t, 4> copies{};
    schedule.watch("source", &source);
    schedule.watch("copies", copies.data(), copies.size());
    const auto write = runtime.kernel("step", step);
    const auto copy =
        runtime.kernel("copy", [](In<std::int64_t> from, Out<std::int64_t> to) { to[0] = from[0]; });
    runtime.add_program([&](Orchestrator& o) {
        const auto x = o.external(&source, shape(1));
        o.submit(write, x);
        for (int i = 0; i < reader_count; ++i)
            o.submit(copy, x, o.external(&copies[static_cast<std::size_t>(i)], shape(1)));
        o.submit(write, x);
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    expect_steps(schedule, source, 2);
    for (int i = 0; i < reader_count; ++i)
        schedule.require(copies[static_cast<std::size_t>(i)] == 1,
                         "a reader sees the first write and not the second");
}

TEST(OrchestratorInterleaved, readers_run_between_the_write_before_and_the_write_after_them) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, [](Schedule& s) { readers(s, 2, 2); });
    explored::expect_random_hold(1'500, [](Schedule& s) { readers(s, 2, 3); });
    explored::expect_random_hold(1'500, [](Schedule& s) { readers(s, 3, 3); });
}

/// Memory of the runtime, used again and again: the heap holds two blocks, so each scope waits for an earlier
/// one.
void scopes(Schedule& schedule, int threads, int rounds) {
    RuntimeEnv env = ExploredRuntime::tiny();
    ExploredRuntime runtime(schedule, threads, env);
    std::array<std::int64_t, 8> results{};
    schedule.watch("results", results.data(), results.size());
    const auto fill =
        runtime.kernel("fill", [](Out<std::int64_t> block, std::int64_t value) { block[0] = value; });
    const auto copy =
        runtime.kernel("copy", [](In<std::int64_t> from, Out<std::int64_t> to) { to[0] = from[0]; });
    runtime.add_program([&](Orchestrator& o) {
        for (int i = 0; i < rounds; ++i) {
            const Scope scope(o);
            const auto block = o.submit(fill, shape(64), i + 1).output();
            o.submit(copy, block, o.external(&results[static_cast<std::size_t>(i)], shape(1)));
        }
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    for (int i = 0; i < rounds; ++i)
        schedule.require(results[static_cast<std::size_t>(i)] == i + 1,
                         "memory stays until its last keeper has run");
}

TEST(OrchestratorInterleaved, memory_of_a_closed_scope_is_used_again_only_after_its_keepers) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, [](Schedule& s) { scopes(s, 2, 3); });
    explored::expect_random_hold(1'500, [](Schedule& s) { scopes(s, 2, 5); });
    explored::expect_random_hold(1'500, [](Schedule& s) { scopes(s, 3, 5); });
}

void get_and_set(Schedule& schedule, int threads) {
    ExploredRuntime runtime(schedule, threads);
    std::int64_t value = 0;
    std::int64_t copied = 0;
    schedule.watch("value", &value);
    schedule.watch("copied", &copied);
    const auto kernel = runtime.kernel("step", step);
    const auto copy =
        runtime.kernel("copy", [](In<std::int64_t> from, Out<std::int64_t> to) { to[0] = from[0]; });
    std::int64_t seen = 0;
    runtime.add_program([&](Orchestrator& o) {
        const auto x = o.external(&value, shape(1));
        o.submit(kernel, x);
        o.submit(kernel, x);
        seen = o.get(x, {0});
        o.submit(copy, x, o.external(&copied, shape(1)));
        o.set(x, {0}, 100);
        o.submit(kernel, x);
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    schedule.require(seen == 3, "get waits for the writers");
    schedule.require(copied == 3, "set waits for the readers");
    schedule.require(value == 201, "what set wrote is visible to the tasks after it");
}

TEST(OrchestratorInterleaved, get_waits_for_writers_and_set_for_readers) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, [](Schedule& s) { get_and_set(s, 2); });
    explored::expect_random_hold(1'500, [](Schedule& s) { get_and_set(s, 2); });
    explored::expect_random_hold(1'500, [](Schedule& s) { get_and_set(s, 3); });
}

TEST(OrchestratorInterleaved, a_kernel_that_fails_ends_the_run_and_nobody_sleeps_for_ever) {
    const auto body = [](Schedule& schedule) {
        ExploredRuntime runtime(schedule, 2);
        std::int64_t value = 0;
        schedule.watch("value", &value);
        const auto fails = runtime.kernel("fails", [](InOut<std::int64_t> x) {
            x[0] = 1;
            return 7;
        });
        const auto kernel = runtime.kernel("step", step);
        runtime.add_program([&](Orchestrator& o) {
            const auto x = o.external(&value, shape(1));
            o.submit(fails, x);
            for (int i = 0; i < 6; ++i) o.submit(kernel, x);
        });
        schedule.run();
        schedule.require(value == 1, "no task that waits for the failed one runs its kernel");
    };
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, body);
    explored::expect_random_hold(1'500, body);
}

/// The same, but what makes the two ready is the task that the held-back orchestrator waits for, and that
/// wakes it. The waking may have been meant for one of the two; the orchestrator goes back to the program,
/// which waits.
void tasks_that_become_ready_with_the_awaited_one(Schedule& schedule) {
    ExploredRuntime runtime(schedule, 3);
    std::array<std::int64_t, 3> data{};
    schedule.watch("data", data.data(), data.size());
    std::array<sync::Parker, 2> other_started;
    sync::Parker both_ended;
    sync::Atomic<int> ended{0};
    const auto kernel = runtime.kernel("step", step);
    const auto meet = runtime.kernel("meet", [&](In<std::int64_t>, InOut<std::int64_t> x, std::int64_t self) {
        other_started[static_cast<std::size_t>(1 - self)].unpark();
        other_started[static_cast<std::size_t>(self)].park();
        step(x);
        if (ended.fetch_add(1) == 1) both_ended.unpark();
    });
    runtime.add_program([&](Orchestrator& o) {
        const auto datum = [&](int i) { return o.external(&data[static_cast<std::size_t>(i)], shape(1)); };
        o.submit(kernel, datum(0));
        for (int i = 0; i < 2; ++i) o.submit(meet, datum(0), datum(1 + i), std::int64_t{i});
        o.submit(kernel, datum(1));
        o.submit(kernel, datum(2));
        both_ended.park();
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    expect_steps(schedule, data[1], 2);
    expect_steps(schedule, data[2], 2);
}

TEST(OrchestratorInterleaved, a_waking_that_the_orchestrator_took_for_its_awaited_task_is_handed_on) {
    explored::expect_random_hold(4'000, tasks_that_become_ready_with_the_awaited_one);
}

/// Two tasks of which neither ends before the other has started, while the program waits for both outside the
/// runtime: both workers must be awake. `before` tasks come first, so that the orchestrator is held back and
/// sleeps meanwhile.
void tasks_that_need_each_other(Schedule& schedule, int before) {
    ExploredRuntime runtime(schedule, 3);
    std::array<std::int64_t, 16> data{};
    std::array<sync::Parker, 2> other_started;
    sync::Parker both_ended;
    sync::Atomic<int> ended{0};
    const auto kernel = runtime.kernel("step", step);
    const auto meet = runtime.kernel("meet", [&](InOut<std::int64_t>, std::int64_t self) {
        other_started[static_cast<std::size_t>(1 - self)].unpark();
        other_started[static_cast<std::size_t>(self)].park();
        if (ended.fetch_add(1) == 1) both_ended.unpark();
    });
    runtime.add_program([&](Orchestrator& o) {
        const auto datum = [&](int i) { return o.external(&data[static_cast<std::size_t>(i)], shape(1)); };
        for (int i = 0; i < before; ++i) o.submit(kernel, datum(i));
        for (int i = 0; i < 2; ++i) o.submit(meet, datum(before + i), std::int64_t{i});
        both_ended.park();
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
}

TEST(OrchestratorInterleaved, as_many_workers_wake_as_there_are_tasks) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                              [](Schedule& s) { tasks_that_need_each_other(s, 0); });
    explored::expect_random_hold(2'000, [](Schedule& s) { tasks_that_need_each_other(s, 0); });
}

}  // namespace
}  // namespace weir
