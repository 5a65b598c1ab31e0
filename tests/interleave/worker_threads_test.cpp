// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The worker threads of the product: run start, failure, cancel, deadline, and shutdown while they spin, park
// or run. What their destructor does not join is found, since an execution ends when all its threads have.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "caught_error.hpp"
#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using detail::RunControl;
using explored::ExploredRuntime;
using explored::Schedule;
using test::caught;

constexpr auto kNoDeadline = RunControl::Clock::time_point::max();

/// What a worker without work does: parks at once, looks once more and parks, or gives its core away between.
constexpr cpu::WorkerOptions kPark{.spin_ns = 0};
constexpr cpu::WorkerOptions kSpin{};
constexpr cpu::WorkerOptions kYield{.crowded = true};

/// x = x * 2 + 1, so that the number of applications and their order show.
void step(InOut<std::int64_t> x) { x[0] = x[0] * 2 + 1; }

bool is_prefix(std::int64_t value, int steps) {
    for (int i = 0; i <= steps; ++i)
        if (value == (std::int64_t{1} << i) - 1) return true;
    return false;
}

void start_and_stop(Schedule& schedule, int threads, const cpu::WorkerOptions& options) {
    ExploredRuntime runtime(schedule, threads);
    bool ended = false;
    schedule.thread("main", [&] {
        { const cpu::WorkerThreads workers(runtime.scheduler(), options); }
        ended = true;
    });
    schedule.run();
    schedule.require(ended, "the workers end when they are told to");
}

TEST(WorkerThreadsInterleaved, workers_that_have_never_run_anything_end_while_they_start_spin_or_park) {
    for (const cpu::WorkerOptions& options : {kPark, kSpin, kYield}) {
        explored::expect_all_hold({.preemptions = 3, .stale_loads = 1},
                                  [=](Schedule& s) { start_and_stop(s, 2, options); });
        explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                                  [=](Schedule& s) { start_and_stop(s, 3, options); });
        explored::expect_random_hold(5'000, [=](Schedule& s) { start_and_stop(s, 3, options); });
    }
}

/// Runs one after the other on the same core; the workers stay, and may park in between.
void several_runs(Schedule& schedule, int threads, int runs, const cpu::WorkerOptions& options) {
    ExploredRuntime runtime(schedule, threads);
    std::array<std::int64_t, 2> data{};
    schedule.watch("data", data.data(), data.size());
    const auto kernel = runtime.kernel("step", step);
    schedule.thread("main", [&] {
        const cpu::WorkerThreads workers(runtime.scheduler(), options);
        for (int run = 1; run <= runs; ++run) {
            runtime.control().reset(kNoDeadline);
            runtime.run([&](Orchestrator& o) {
                for (std::int64_t& datum : data) o.submit(kernel, o.external(&datum, shape(1)));
            });
            schedule.require(runtime.failure().empty(), "a run without an error has none");
            for (const std::int64_t datum : data)
                schedule.require(datum == (std::int64_t{1} << run) - 1, "a run ends when its tasks have run");
        }
    });
    schedule.run();
}

TEST(WorkerThreadsInterleaved, several_runs_one_after_the_other_are_each_complete_when_they_end) {
    for (const cpu::WorkerOptions& options : {kPark, kSpin, kYield}) {
        explored::expect_all_hold({.preemptions = 1, .stale_loads = 1},
                                  [=](Schedule& s) { several_runs(s, 2, 2, options); });
        explored::expect_random_hold(1'500, [=](Schedule& s) { several_runs(s, 2, 3, options); });
        explored::expect_random_hold(1'500, [=](Schedule& s) { several_runs(s, 3, 3, options); });
    }
}

/// How the first of two runs is ended.
enum class End : std::uint8_t { kernel_fails, another_thread_cancels, deadline_passes };

/// A chain that is ended at any moment, then a chain that is not.
void ended_run_and_next(Schedule& schedule, int threads, End end, int tasks) {
    ExploredRuntime runtime(schedule, threads);
    std::int64_t first = 0;
    std::int64_t second = 0;
    schedule.watch("first", &first);
    schedule.watch("second", &second);
    bool stopped = false;
    const auto failing = runtime.kernel("fails", [&](InOut<std::int64_t> x) {
        step(x);
        stopped = true;
        return 7;
    });
    const auto kernel = runtime.kernel("step", [&](InOut<std::int64_t> x) {
        schedule.require(!stopped, "no task starts behind one that has seen the end of the run");
        step(x);
        // Whoever comes after this task comes after the deadline, too.
        if (end == End::deadline_passes) stopped = RunControl::Clock::now() >= runtime.control().deadline;
    });
    const auto chain = [&](Orchestrator& o, std::int64_t& datum) {
        const auto x = o.external(&datum, shape(1));
        for (int i = 0; i < tasks; ++i) {
            if (end == End::kernel_fails && i == 1 && &datum == &first)
                o.submit(failing, x);
            else
                o.submit(kernel, x);
        }
    };
    schedule.thread("main", [&] {
        const cpu::WorkerThreads workers(runtime.scheduler(), kPark);
        runtime.control().reset(end == End::deadline_passes ? RunControl::Clock::time_point(100ns)
                                                            : kNoDeadline);
        sync::Thread other([&] {
            if (end == End::another_thread_cancels)
                runtime.control().fail(ErrorCode::cancelled, "cancelled", {});
            if (end == End::deadline_passes) explored::pass_time(200);
        });
        runtime.run([&](Orchestrator& o) { chain(o, first); });
        const std::int64_t at_end = first;
        const ErrorCode code = caught([&] { runtime.control().rethrow(); }).code;
        schedule.require(is_prefix(first, tasks), "the tasks that ran are the first of the chain");
        schedule.require(code != ErrorCode::ok || first == (std::int64_t{1} << tasks) - 1,
                         "a run without an error has run all its tasks");
        if (end == End::kernel_fails)
            schedule.require(code == ErrorCode::kernel_failed && first == 3,
                             "no task behind the failed one runs");
        other.join();
        stopped = false;
        runtime.control().reset(kNoDeadline);
        runtime.run([&](Orchestrator& o) { chain(o, second); });
        schedule.require(runtime.failure().empty(), "the next run has no error");
        schedule.require(second == (std::int64_t{1} << tasks) - 1, "the next run runs all its tasks");
        schedule.require(first == at_end, "no task of a run starts after its end");
    });
    schedule.run();
}

TEST(WorkerThreadsInterleaved, a_kernel_that_fails_ends_its_run_and_the_next_run_is_right) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                              [](Schedule& s) { ended_run_and_next(s, 2, End::kernel_fails, 3); });
    explored::expect_random_hold(1'500, [](Schedule& s) { ended_run_and_next(s, 3, End::kernel_fails, 6); });
}
TEST(WorkerThreadsInterleaved, a_cancel_at_any_moment_ends_its_run_and_the_next_run_is_right) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                              [](Schedule& s) { ended_run_and_next(s, 2, End::another_thread_cancels, 3); });
    explored::expect_random_hold(
        1'500, [](Schedule& s) { ended_run_and_next(s, 2, End::another_thread_cancels, 6); });
    explored::expect_random_hold(
        1'500, [](Schedule& s) { ended_run_and_next(s, 3, End::another_thread_cancels, 6); });
}
TEST(WorkerThreadsInterleaved, a_deadline_that_passes_at_any_moment_ends_its_run_and_the_next_run_is_right) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                              [](Schedule& s) { ended_run_and_next(s, 2, End::deadline_passes, 3); });
    explored::expect_random_hold(1'500,
                                 [](Schedule& s) { ended_run_and_next(s, 2, End::deadline_passes, 6); });
    explored::expect_random_hold(1'500,
                                 [](Schedule& s) { ended_run_and_next(s, 3, End::deadline_passes, 6); });
}

/// The program itself cancels: what it submits afterwards is published behind the cancel.
TEST(WorkerThreadsInterleaved, no_task_that_is_submitted_after_a_cancel_starts) {
    const auto body = [](Schedule& schedule) {
        ExploredRuntime runtime(schedule, 2);
        std::array<std::int64_t, 6> data{};
        schedule.watch("data", data.data(), data.size());
        const auto kernel = runtime.kernel("step", step);
        runtime.add_program([&](Orchestrator& o) {
            for (std::size_t i = 0; i < data.size(); ++i) {
                if (i == 2) runtime.control().fail(ErrorCode::cancelled, "cancelled", {});
                o.submit(kernel, o.external(&data[i], shape(1)));
            }
        });
        schedule.run();
        for (std::size_t i = 2; i < data.size(); ++i)
            schedule.require(data[i] == 0, "no task starts that was submitted after the cancel");
    };
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, body);
    explored::expect_random_hold(3'000, body);
}

}  // namespace
}  // namespace weir
