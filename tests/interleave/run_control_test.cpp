// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// RunControl: failures, a cancel and a deadline that come at once. Its fields are watched, so one that is
// read or written without its lock is a data race.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "caught_error.hpp"
#include "explored.hpp"
#include "explored_check.hpp"
#include "model/run_control.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using detail::RunControl;
using explored::Schedule;
using test::caught;

/// What the run ended with.
struct Outcome {
    ErrorCode code;
    std::string message;
};
Outcome outcome_of(RunControl& control) {
    const test::Caught error = caught([&] { control.rethrow(); });
    return {error.code, error.message};
}

void failures_at_once(Schedule& schedule, int threads) {
    RunControl control;
    control.reset(RunControl::Clock::time_point::max());
    schedule.watch("run control", &control);
    int first = 0;
    for (int i = 0; i < threads; ++i)
        schedule.thread("fails " + std::to_string(i), [&, i] {
            const std::string text = "failure " + std::to_string(i);
            if (control.fail(ErrorCode::kernel_failed, text, {})) {
                schedule.require(first++ == 0, "one failure is the first");
                schedule.require(outcome_of(control).message.find(text) != std::string::npos,
                                 "the first failure is the run's error");
            }
            schedule.require(control.stopped(), "a thread that has failed the run starts no further task");
            schedule.require(outcome_of(control).code == ErrorCode::kernel_failed,
                             "a failed run has an error");
        });
    schedule.run();
    schedule.require(first == 1, "one failure is the first");
}

TEST(RunControlInterleaved, of_several_failures_at_once_the_first_stays_with_its_text) {
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 3},
                              [](Schedule& s) { failures_at_once(s, 2); });
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 2},
                              [](Schedule& s) { failures_at_once(s, 3); });
}

/// A deadline that passes while two threads start tasks, one of which finds its own failure.
void deadline_and_failure(Schedule& schedule, bool fails) {
    RunControl control;
    control.reset(RunControl::Clock::time_point(100ns));
    schedule.watch("run control", &control);
    for (const char* name : {"one", "two"})
        schedule.thread(name, [&, name] {
            bool stopped = false;
            for (int i = 0; i < 2; ++i) {
                const bool passed_before = RunControl::Clock::now() >= control.deadline;
                const bool stops = control.stopped();
                schedule.require(stops || !passed_before, "past the deadline no task starts");
                schedule.require(stops || !stopped, "a thread that has stopped does not go on");
                stopped = stops;
            }
            schedule.require(!stopped || control.stop_requested(), "kernels are told to return");
            if (fails && name == std::string("two"))
                control.fail(ErrorCode::kernel_failed, "its own failure", {});
        });
    schedule.thread("time", [&] {
        explored::pass_time(200);
        schedule.require(control.stopped(), "past the deadline the run has stopped");
    });
    schedule.run();
    const ErrorCode code = outcome_of(control).code;
    schedule.require(code == ErrorCode::deadline || (fails && code == ErrorCode::kernel_failed),
                     "the run ends with its first error");
}

TEST(RunControlInterleaved, past_the_deadline_no_task_starts_and_the_run_has_an_error) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1},
                              [](Schedule& s) { deadline_and_failure(s, false); });
    explored::expect_random_hold(10'000, [](Schedule& s) { deadline_and_failure(s, true); });
}

TEST(RunControlInterleaved, a_run_whose_deadline_has_not_come_goes_on) {
    const auto body = [](Schedule& schedule) {
        RunControl control;
        control.reset(RunControl::Clock::time_point(100ns));
        for (const char* name : {"one", "two"})
            schedule.thread(name, [&] {
                schedule.require(!control.stopped(), "tasks start before the deadline");
                schedule.require(!control.stop_requested(), "kernels are not told to return before it");
            });
        schedule.thread("time", [&] { explored::pass_time(99); });
        schedule.run();
        schedule.require(outcome_of(control).code == ErrorCode::ok, "the run has no error");
    };
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 2}, body);
}

/// A cancel that belongs to the run before, and one of a run that has failed.
TEST(RunControlInterleaved, a_run_begins_without_the_error_of_the_run_before) {
    const auto body = [](Schedule& schedule) {
        RunControl control;
        control.reset(RunControl::Clock::time_point(100ns));
        schedule.watch("run control", &control);
        sync::Mutex running;
        bool ended = false;
        schedule.thread("runs", [&] {
            const bool stopped = control.stopped();
            {
                const std::lock_guard lock(running);
                ended = true;
            }
            const ErrorCode code = outcome_of(control).code;
            schedule.require(code == ErrorCode::ok || code == ErrorCode::cancelled, "cancelled or not");
            schedule.require(!stopped || code == ErrorCode::cancelled, "what has stopped has a reason");
            control.reset(RunControl::Clock::time_point::max());
            schedule.require(!control.stopped(), "the next run is not stopped");
            schedule.require(outcome_of(control).code == ErrorCode::ok, "the next run has no error");
        });
        // As RunHandle::cancel does: under the lock that ends the run.
        schedule.thread("cancels", [&] {
            const std::lock_guard lock(running);
            if (!ended) control.fail(ErrorCode::cancelled, "cancelled", {});
        });
        schedule.run();
    };
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 3}, body);
}

}  // namespace
}  // namespace weir
