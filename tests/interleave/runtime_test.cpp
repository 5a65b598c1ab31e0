// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The public Runtime as a whole: callers that run at once, queued runs, cancel and deadline at any moment,
// waiting, and destruction with runs in the queue. The core and the state of each queued run are watched, so
// a field that one thread reads and another writes without order is a data race.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "caught_error.hpp"
#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"
#include "open_runtime.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using explored::Schedule;
using test::caught;

constexpr KernelOptions kShipped{.cost_ns = 1'000'000};

void step(InOut<std::int64_t> x) { x[0] = x[0] * 2 + 1; }

bool is_prefix(std::int64_t value, int steps) {
    for (int i = 0; i <= steps; ++i)
        if (value == (std::int64_t{1} << i) - 1) return true;
    return false;
}

/// A runtime on the smallest rings, and chains of tasks for it. To be made by a thread of the execution.
struct Case {
    Case(Schedule& s, int threads)
        : schedule(s),
          runtime({.threads = threads,
                   .runtime_env = explored::ExploredRuntime::tiny(),
                   .first_task_number = (std::uint64_t{1} << 32U) - 2}) {
        schedule.watch("core", &open_runtime::core_of(runtime));
    }
    [[nodiscard]] Program chain(std::int64_t& datum, int tasks) {
        return [this, &datum, tasks](Orchestrator& o) {
            const auto x = o.external(&datum, shape(1));
            for (int i = 0; i < tasks; ++i) o.submit(kernel, x);
        };
    }
    RunHandle submit(const Program& program, const CallConfig& config = {}) {
        RunHandle handle = runtime.submit(program, config);
        schedule.watch("run", &open_runtime::state_of(handle));
        kept.push_back(handle);
        return handle;
    }
    void require_steps(std::int64_t datum, int steps, const char* sentence) {
        schedule.require(datum == (std::int64_t{1} << steps) - 1, sentence);
    }

    Schedule& schedule;
    /// The last owner of a run's state is this thread, behind the end of the others: the counts of shared
    /// pointers are no operations of the execution, so they order nothing.
    std::vector<RunHandle> kept;
    Runtime runtime;
    Kernel<InOut<std::int64_t>> kernel = runtime.kernel("step", step, kShipped);
};

void two_callers(Schedule& schedule, int threads) {
    std::int64_t value = 0;
    schedule.watch("value", &value);
    schedule.thread("main", [&] {
        Case c(schedule, threads);
        sync::Thread other([&] { c.runtime.run(c.chain(value, 2)); });
        c.runtime.run(c.chain(value, 2));
        other.join();
        c.require_steps(value, 4, "runs of two callers come one after the other");
    });
    schedule.run();
}

TEST(RuntimeInterleaved, two_callers_that_run_at_once_are_served_one_after_the_other) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0}, [](Schedule& s) { two_callers(s, 1); });
    explored::expect_random_hold(1'500, [](Schedule& s) { two_callers(s, 2); });
}

void queued_runs(Schedule& schedule, int threads) {
    std::int64_t value = 0;
    std::array<std::int64_t, 3> order{};
    int runs = 0;
    schedule.watch("value", &value);
    schedule.thread("main", [&] {
        Case c(schedule, threads);
        const auto number = [&](int index) {
            return [&, index](Orchestrator& o) {
                order[static_cast<std::size_t>(runs++)] = index;
                c.chain(value, 1)(o);
            };
        };
        RunHandle one = c.submit(number(1));
        RunHandle two = c.submit(number(2));
        c.runtime.run(number(3));
        c.require_steps(value, 3, "run comes after what was queued before it");
        schedule.require(two.wait_for(0ns) && one.done(), "what was queued before has ended");
        schedule.require(one.wait().tasks == 1 && two.wait().tasks == 1, "each run has its own result");
    });
    schedule.run();
    schedule.require(order == std::array<std::int64_t, 3>{1, 2, 3}, "runs start in the order of the calls");
}

TEST(RuntimeInterleaved, runs_start_in_the_order_of_the_calls) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0}, [](Schedule& s) { queued_runs(s, 1); });
    explored::expect_random_hold(1'500, [](Schedule& s) { queued_runs(s, 2); });
}

/// Calls `body(c, first, second)` on the main thread with two values for two chains.
template <class Body>
void with_two_values(Schedule& schedule, int threads, Body&& body) {
    std::int64_t first = 0;
    std::int64_t second = 0;
    schedule.watch("first", &first);
    schedule.watch("second", &second);
    schedule.thread("main", [&] {
        Case c(schedule, threads);
        body(c, first, second);
    });
    schedule.run();
}

/// A cancel at any moment: before the run starts, while it goes on, after it has ended and the next one goes
/// on.
void cancelled_run_and_next(Schedule& schedule, int threads, int tasks) {
    with_two_values(schedule, threads, [&](Case& c, std::int64_t& first, std::int64_t& second) {
        RunHandle handle = c.submit(c.chain(first, tasks));
        RunHandle next = c.submit(c.chain(second, 2));
        handle.cancel();
        const ErrorCode code = caught([&] { handle.wait(); }).code;
        const std::int64_t at_end = first;
        schedule.require(code == ErrorCode::ok || code == ErrorCode::cancelled, "cancelled or complete");
        schedule.require(is_prefix(first, tasks), "the tasks that ran are the first of the chain");
        if (code == ErrorCode::ok)
            c.require_steps(first, tasks, "a run without an error has run all its tasks");
        handle.cancel();
        schedule.require(caught([&] { next.wait(); }).code == ErrorCode::ok, "the next run has no error");
        c.require_steps(second, 2, "a cancel does not touch the next run");
        schedule.require(first == at_end, "no task of a cancelled run starts after its end");
        schedule.require(handle.report().empty(), "a run that has ended does nothing");
    });
}

TEST(RuntimeInterleaved, a_cancel_at_any_moment_ends_its_run_only_and_the_next_run_is_right) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0},
                              [](Schedule& s) { cancelled_run_and_next(s, 1, 2); });
    explored::expect_random_hold(2'000, [](Schedule& s) { cancelled_run_and_next(s, 2, 5); });
    explored::expect_random_hold(1'000, [](Schedule& s) { cancelled_run_and_next(s, 3, 5); });
}

/// A cancel of a run that waits behind another one, which may be going on.
void cancelled_run_behind_another(Schedule& schedule, int threads, int tasks) {
    with_two_values(schedule, threads, [&](Case& c, std::int64_t& first, std::int64_t& second) {
        RunHandle running = c.submit(c.chain(first, tasks));
        RunHandle queued = c.submit(c.chain(second, 2));
        queued.cancel();
        schedule.require(caught([&] { running.wait(); }).code == ErrorCode::ok,
                         "a cancel does not touch the run before");
        c.require_steps(first, tasks, "the run before is complete");
        const ErrorCode code = caught([&] { queued.wait(); }).code;
        schedule.require(code == ErrorCode::ok || code == ErrorCode::cancelled, "cancelled or complete");
        schedule.require(is_prefix(second, 2), "the tasks that ran are the first of the chain");
    });
}

TEST(RuntimeInterleaved, a_cancel_of_a_queued_run_does_not_touch_the_one_that_goes_on) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0},
                              [](Schedule& s) { cancelled_run_behind_another(s, 1, 2); });
    explored::expect_random_hold(1'000, [](Schedule& s) { cancelled_run_behind_another(s, 2, 4); });
}

TEST(RuntimeInterleaved, the_exploration_cancels_before_during_and_after_the_run) {
    int before = 0;
    int during = 0;
    int after = 0;
    const auto coverage = explored::explore_randomly(500, [&](Schedule& schedule) {
        std::int64_t value = 0;
        ErrorCode code = ErrorCode::ok;
        schedule.thread("main", [&] {
            Case c(schedule, 2);
            RunHandle handle = c.submit(c.chain(value, 4));
            handle.cancel();
            code = caught([&] { handle.wait(); }).code;
        });
        schedule.run();
        before += code != ErrorCode::ok && value == 0 ? 1 : 0;
        during += code != ErrorCode::ok && value != 0 ? 1 : 0;
        after += code == ErrorCode::ok ? 1 : 0;
    });
    EXPECT_EQ(coverage.failure, "");
    EXPECT_GT(before, 0);
    EXPECT_GT(during, 0);
    EXPECT_GT(after, 0);
}

/// The program goes on only when the cancel has returned, so the run cannot be complete.
void cancel_of_a_run_that_waits(Schedule& schedule, int threads) {
    std::int64_t value = 0;
    schedule.watch("value", &value);
    sync::Parker cancelled;
    schedule.thread("main", [&] {
        Case c(schedule, threads);
        RunHandle handle = c.submit([&](Orchestrator& o) {
            cancelled.park();
            c.chain(value, 2)(o);
        });
        handle.cancel();
        cancelled.unpark();
        schedule.require(caught([&] { handle.wait(); }).code == ErrorCode::cancelled,
                         "a cancel of a run that has not ended is not forgotten");
        schedule.require(value == 0, "no task that is submitted after the cancel starts");
    });
    schedule.run();
}

TEST(RuntimeInterleaved, a_cancel_is_not_forgotten_while_its_run_starts) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 0},
                              [](Schedule& s) { cancel_of_a_run_that_waits(s, 1); });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                              [](Schedule& s) { cancel_of_a_run_that_waits(s, 2); });
}

void deadline_and_next(Schedule& schedule, int threads) {
    std::int64_t first = 0;
    std::int64_t second = 0;
    schedule.watch("first", &first);
    schedule.watch("second", &second);
    schedule.thread("main", [&] {
        Case c(schedule, threads);
        RunHandle handle = c.submit(c.chain(first, 5), {.deadline = 100ns});
        RunHandle next = c.submit(c.chain(second, 2), {.deadline = 1h});
        explored::pass_time(200);
        if (!handle.wait_for(1ns)) static_cast<void>(handle.report());
        const ErrorCode code = caught([&] { handle.wait(); }).code;
        schedule.require(code == ErrorCode::ok || code == ErrorCode::deadline,
                         "past its deadline or complete");
        schedule.require(is_prefix(first, 5), "the tasks that ran are the first of the chain");
        if (code == ErrorCode::ok) c.require_steps(first, 5, "a run without an error has run all its tasks");
        schedule.require(caught([&] { next.wait(); }).code == ErrorCode::ok, "the next run has no error");
        c.require_steps(second, 2, "the deadline of a run does not touch the next one");
    });
    schedule.run();
}

TEST(RuntimeInterleaved, a_deadline_that_passes_at_any_moment_ends_its_run_only) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0},
                              [](Schedule& s) { deadline_and_next(s, 1); });
    explored::expect_random_hold(2'000, [](Schedule& s) { deadline_and_next(s, 2); });
}

void two_waiters(Schedule& schedule) {
    std::int64_t value = 0;
    schedule.watch("value", &value);
    schedule.thread("main", [&] {
        Case c(schedule, 1);
        RunHandle handle = c.submit(c.chain(value, 2));
        sync::Thread other([&schedule, handle]() mutable {
            schedule.require(handle.wait().tasks == 2, "each waiter gets the result");
        });
        schedule.require(handle.wait().tasks == 2, "each waiter gets the result");
        c.require_steps(value, 2, "who has waited sees what the tasks wrote");
        other.join();
    });
    schedule.run();
}

TEST(RuntimeInterleaved, several_threads_that_wait_for_one_run_all_get_its_result) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0}, two_waiters);
}

/// The destructor waits for what is queued, wherever the driver and the workers are.
void destruction(Schedule& schedule, int threads, int runs) {
    std::int64_t value = 0;
    schedule.watch("value", &value);
    schedule.thread("main", [&] {
        std::optional<RunHandle> last;
        {
            Case c(schedule, threads);
            for (int i = 0; i < runs; ++i) last = c.submit(c.chain(value, 2));
        }
        schedule.require(value == (std::int64_t{1} << (2 * runs)) - 1, "queued runs end before the runtime");
        schedule.require(!last || last->done(), "a handle outlives its runtime");
    });
    schedule.run();
}

TEST(RuntimeInterleaved, a_runtime_is_destroyed_after_its_queued_runs_and_leaves_no_thread) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0},
                              [](Schedule& s) { destruction(s, 1, 1); });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                              [](Schedule& s) { destruction(s, 2, 0); });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                              [](Schedule& s) { destruction(s, 2, 1); });
    explored::expect_random_hold(2'000, [](Schedule& s) { destruction(s, 3, 2); });
}

/// A program that throws, and a kernel that fails, each followed by a run.
void errors_and_next(Schedule& schedule, int threads) {
    std::array<std::int64_t, 3> data{};
    schedule.watch("data", data.data(), data.size());
    schedule.thread("main", [&] {
        Case c(schedule, threads);
        const auto fails = c.runtime.kernel(
            "fails", [](InOut<std::int64_t>) { return 7; }, kShipped);
        RunHandle throws = c.submit([&](Orchestrator& o) {
            c.chain(data[0], 3)(o);
            throw std::runtime_error("the program gives up");
        });
        RunHandle failing = c.submit([&](Orchestrator& o) {
            o.submit(fails, o.external(&data[1], shape(1)));
            c.chain(data[1], 3)(o);
        });
        bool thrown = false;
        try {
            throws.wait();
        } catch (const std::runtime_error& error) {
            thrown = error.what() == std::string("the program gives up");
        }
        schedule.require(thrown, "what the program throws is thrown by wait");
        schedule.require(is_prefix(data[0], 3), "the tasks that ran are the first of the chain");
        schedule.require(caught([&] { failing.wait(); }).code == ErrorCode::kernel_failed,
                         "the failure of a kernel is thrown by wait");
        schedule.require(data[1] == 0, "no task behind the failed one runs");
        c.runtime.run(c.chain(data[2], 2));
        c.require_steps(data[2], 2, "the next run is right");
    });
    schedule.run();
}

TEST(RuntimeInterleaved, a_program_that_throws_and_a_kernel_that_fails_end_their_runs_only) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 0},
                              [](Schedule& s) { errors_and_next(s, 1); });
    explored::expect_random_hold(2'000, [](Schedule& s) { errors_and_next(s, 2); });
}

}  // namespace
}  // namespace weir
