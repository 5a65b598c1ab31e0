// SPDX-License-Identifier: Apache-2.0
// Runs: one after the other, queued, cancelled, with a deadline, on several runtimes, and what they report.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"
#include "shipped.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using test::caught;

class Runs : public testing::TestWithParam<int> {
protected:
    /// Adds one, any number of times.
    Program increments(int count) {
        return [this, count](Orchestrator& o) {
            const auto x = o.external(data_);
            for (int i = 0; i < count; ++i) o.submit(increment_, x);
        };
    }

    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(1);
    std::atomic<bool> release_{false};
    std::atomic<bool> started_{false};
    Runtime runtime_{{.threads = GetParam()}};
    Kernel<InOut<std::int64_t>> increment_ =
        runtime_.kernel("increment", [](InOut<std::int64_t> x) { ++x[0]; });
    Kernel<InOut<std::int64_t>> until_stopped_ = runtime_.kernel(
        "until_stopped",
        [this](InOut<std::int64_t>, const TaskInfo& task) {
            started_ = true;
            while (!task.stop_requested()) std::this_thread::yield();
        },
        kShipped);
    Kernel<InOut<std::int64_t>> until_released_ = runtime_.kernel(
        "until_released",
        [this](InOut<std::int64_t>) {
            started_ = true;
            while (!release_) std::this_thread::yield();
        },
        kShipped);
};
INSTANTIATE_TEST_SUITE_P(threads, Runs, testing::Values(1, 2, 4));

TEST_P(Runs, a_run_that_fails_tells_how_far_it_came) {
    const auto allocates_then_throws = [this](Orchestrator& o) {
        const auto x = o.external(data_);
        for (int i = 0; i < 5; ++i) o.submit(increment_, x);
        static_cast<void>(o.allocate<float>({1000}));
        throw std::runtime_error("the program gave up");
    };
    RunResult result;
    result.tasks = 99;
    EXPECT_THROW(runtime_.run(allocates_then_throws, {}, result), std::runtime_error);
    EXPECT_EQ(result.tasks, 6U);
    EXPECT_GE(result.peaks.heap_bytes[0], 4000U);
    EXPECT_GT(result.elapsed.count(), 0);
    EXPECT_GT(result.sizes.value(Resource::heap), 0U);

    RunHandle handle = runtime_.submit(allocates_then_throws);
    EXPECT_THROW(handle.wait(), std::runtime_error);
    EXPECT_EQ(handle.result().tasks, 6U);
    EXPECT_GE(handle.result().peaks.heap_bytes[0], 4000U);

    // One that is refused has come nowhere.
    CallConfig refused;
    refused.runtime_env.ring_task_window = 3;
    EXPECT_EQ(caught([&] { runtime_.run(increments(1), refused, result); }).code, ErrorCode::configuration);
    EXPECT_EQ(result.tasks, 0U);
}

TEST_P(Runs, a_runtime_runs_many_programs_one_after_the_other) {
    for (int i = 0; i < 300; ++i) EXPECT_EQ(runtime_.run(increments(3)).tasks, 3U);
    EXPECT_EQ(data_[0], 900);
}

TEST_P(Runs, an_empty_program_is_a_program) {
    const RunResult result = runtime_.run([](Orchestrator&) {});
    EXPECT_EQ(result.tasks, 0U);
    EXPECT_GE(result.elapsed, 0ns);
}

TEST_P(Runs, queued_programs_run_in_the_order_of_their_submission) {
    std::vector<int> order;
    std::vector<RunHandle> handles;
    for (int i = 0; i < 20; ++i)
        handles.push_back(runtime_.submit([&, i](Orchestrator& o) {
            order.push_back(i);
            increments(2)(o);
        }));
    for (RunHandle& handle : handles) EXPECT_EQ(handle.wait().tasks, 2U);
    EXPECT_EQ(order.size(), 20U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(data_[0], 40);
    EXPECT_TRUE(handles[0].done());
    EXPECT_EQ(handles[0].wait().tasks, 2U) << "a second wait gives the same result";
    EXPECT_EQ(handles[0].report(), "");
}

TEST_P(Runs, run_comes_after_what_was_queued_before_it) {
    RunHandle queued = runtime_.submit([&](Orchestrator& o) {
        const auto x = o.external(data_);
        for (int i = 0; i < 1000; ++i) o.submit(increment_, x);
    });
    runtime_.run([&](Orchestrator& o) { EXPECT_EQ(o.get(o.external(data_), {0}), 1000); });
    EXPECT_TRUE(queued.wait_for(0ns));
    EXPECT_TRUE(queued.done());
}

TEST_P(Runs, wait_for_gives_up_after_its_time_and_the_report_names_the_running_kernel) {
    RunHandle handle =
        runtime_.submit([&](Orchestrator& o) { o.submit(until_released_, o.external(data_)); });
    while (!started_) std::this_thread::yield();
    EXPECT_FALSE(handle.wait_for(1ms));
    EXPECT_FALSE(handle.done());
    const std::string report = handle.report();
    EXPECT_NE(report.find("until_released"), std::string::npos) << report;
    EXPECT_NE(report.find(test::at_line(__LINE__ - 6)), std::string::npos) << report;
    release_ = true;
    EXPECT_EQ(handle.wait().tasks, 1U);
    EXPECT_TRUE(handle.wait_for(0ns));
}

TEST_P(Runs, cancel_stops_the_run_and_the_next_one_is_not_touched) {
    RunHandle handle = runtime_.submit([&](Orchestrator& o) {
        const auto x = o.external(data_);
        o.submit(until_stopped_, x);
        for (int i = 0; i < 1000; ++i) o.submit(increment_, x);
    });
    RunHandle next = runtime_.submit(increments(5));
    while (!started_) std::this_thread::yield();
    handle.cancel();
    EXPECT_EQ(caught([&] { handle.wait(); }).code, ErrorCode::cancelled);
    EXPECT_EQ(next.wait().tasks, 5U);
    EXPECT_EQ(data_[0], 5);
    handle.cancel();
    EXPECT_EQ(caught([&] { handle.wait(); }).code, ErrorCode::cancelled);
}

TEST_P(Runs, a_queued_run_can_be_cancelled_before_it_starts) {
    RunHandle first = runtime_.submit([&](Orchestrator& o) { o.submit(until_released_, o.external(data_)); });
    bool ran = false;
    RunHandle second = runtime_.submit([&](Orchestrator& o) {
        ran = true;
        increments(1)(o);
    });
    second.cancel();
    release_ = true;
    EXPECT_EQ(first.wait().tasks, 1U);
    EXPECT_EQ(caught([&] { second.wait(); }).code, ErrorCode::cancelled);
    EXPECT_EQ(data_[0], 0) << "no task of a cancelled run starts";
    runtime_.run(increments(1));
    EXPECT_EQ(data_[0], 1);
}

TEST_P(Runs, cancel_after_the_end_changes_nothing) {
    RunHandle handle = runtime_.submit(increments(2));
    handle.wait();
    handle.cancel();
    EXPECT_EQ(handle.wait().tasks, 2U);
}

TEST_P(Runs, past_the_deadline_no_task_starts_and_kernels_are_asked_to_stop) {
    const auto result = caught([&] {
        runtime_.run(
            [&](Orchestrator& o) {
                const auto x = o.external(data_);
                o.submit(until_stopped_, x);
                o.submit(increment_, x);
            },
            {.deadline = 20ms});
    });
    EXPECT_EQ(result.code, ErrorCode::deadline);
    EXPECT_EQ(data_[0], 0);
    EXPECT_EQ(runtime_.run(increments(2), {.deadline = 10min}).tasks, 2U);
    EXPECT_EQ(data_[0], 2);
}

TEST_P(Runs, a_deadline_ends_a_program_that_submits_for_ever) {
    const auto result = caught([&] {
        runtime_.run(
            [&](Orchestrator& o) {
                const auto x = o.external(data_);
                for (;;) o.submit(increment_, x);
            },
            {.deadline = 20ms});
    });
    EXPECT_EQ(result.code, ErrorCode::deadline);
}

TEST_P(Runs, results_count_tasks_by_where_they_ran) {
    const RunResult result = runtime_.run(increments(10'000));
    EXPECT_EQ(result.tasks, 10'000U);
    EXPECT_LE(result.tasks_in_place + result.tasks_helped, result.tasks);
    EXPECT_GT(result.elapsed, 0ns);
    EXPECT_LE(result.held_back, result.elapsed);
    if (GetParam() == 1) {
        EXPECT_EQ(result.tasks_in_place + result.tasks_helped, result.tasks);
    }
    const RunResult again = runtime_.run(increments(1));
    EXPECT_EQ(again.tasks, 1U) << "figures are those of one run";
}

TEST_P(Runs, runtimes_of_one_process_do_not_disturb_each_other) {
    Runtime other{{.threads = GetParam()}};
    const auto add_two = other.kernel("add_two", [](InOut<std::int64_t> x) { x[0] += 2; });
    std::vector<std::int64_t> theirs(1);
    RunHandle handle = runtime_.submit(increments(5'000));
    for (int i = 0; i < 10; ++i)
        other.run([&](Orchestrator& o) {
            const auto x = o.external(theirs);
            for (int task = 0; task < 500; ++task) o.submit(add_two, x);
        });
    EXPECT_EQ(handle.wait().tasks, 5'000U);
    EXPECT_EQ(data_[0], 5'000);
    EXPECT_EQ(theirs[0], 10'000);
}

TEST_P(Runs, several_threads_may_call_run_at_once) {
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i)
        callers.emplace_back([&] {
            for (int round = 0; round < 25; ++round) runtime_.run(increments(10));
        });
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(data_[0], 1'000);
}

TEST_P(Runs, the_destructor_waits_for_queued_runs) {
    std::int64_t value = 0;
    {
        Runtime runtime{{.threads = GetParam()}};
        const auto add = runtime.kernel("add", [](InOut<std::int64_t> x) { ++x[0]; });
        for (int i = 0; i < 5; ++i)
            (void)runtime.submit([&value, add](Orchestrator& o) {
                const auto x = o.external(&value, {1});
                for (int task = 0; task < 100; ++task) o.submit(add, x);
            });
    }
    EXPECT_EQ(value, 500);
}

TEST_P(Runs, kernels_may_be_registered_while_a_run_goes_on) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        o.submit(increment_, x);
        const auto late = runtime_.kernel("late", [](InOut<std::int64_t> y) { y[0] *= 10; });
        o.submit(late, x);
    });
    EXPECT_EQ(data_[0], 10);
}

TEST_P(Runs, an_exception_of_the_program_comes_out_of_run_and_of_wait) {
    const Program throwing = [&](Orchestrator& o) {
        o.submit(increment_, o.external(data_));
        throw std::logic_error("mine");
    };
    EXPECT_THROW(runtime_.run(throwing), std::logic_error);
    RunHandle handle = runtime_.submit(throwing);
    EXPECT_THROW(handle.wait(), std::logic_error);
    runtime_.run(increments(1));
}

TEST(RuntimeSizes, defaults_are_those_of_the_model) {
    const Runtime runtime{{.threads = 1}};
    const RuntimeEnv& sizes = runtime.sizes();
    for (std::size_t ring = 0; ring < kRings; ++ring) {
        EXPECT_EQ(sizes.ring_task_window.per_ring[ring], 16384U);
        EXPECT_EQ(sizes.ring_consumed_window.per_ring[ring], 4U * 16384);
        EXPECT_EQ(sizes.ring_payload.per_ring[ring], 512U * 16384);
        EXPECT_EQ(sizes.ring_heap.per_ring[ring], 256U << 20U);
        EXPECT_EQ(sizes.ring_dep_pool.per_ring[ring], 16384U);
    }
    EXPECT_EQ(sizes.tensormap_pool, 65536U);
    EXPECT_GT(runtime.reserved_bytes(), 4U * (256U << 20U));
}

TEST(RuntimeSizes, values_given_per_ring_are_in_force_and_zero_falls_through) {
    RuntimeEnv env;
    env.ring_task_window = {8, 0, 32, 0};
    env.ring_heap = {4096, 1024, 0, 5000};
    const Runtime runtime{{.threads = 1, .runtime_env = env}};
    const RuntimeEnv& sizes = runtime.sizes();
    EXPECT_EQ(sizes.ring_task_window.per_ring, (std::array<std::uint64_t, 4>{8, 16384, 32, 16384}));
    EXPECT_EQ(sizes.ring_consumed_window.per_ring, (std::array<std::uint64_t, 4>{32, 65536, 128, 65536}));
    EXPECT_EQ(sizes.ring_heap.per_ring[1], 1024U);
    EXPECT_EQ(sizes.ring_heap.per_ring[2], 256U << 20U);
    EXPECT_EQ(sizes.ring_heap.per_ring[3], 5000U);
}

TEST(RuntimeThreads, default_is_what_the_process_may_use) {
    const Runtime runtime;
    EXPECT_GE(runtime.threads(), 1);
    EXPECT_LE(runtime.threads(), static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace weir
