// SPDX-License-Identifier: Apache-2.0
// Calls that meet in a barrier: blocks of a task with sync_start, and subtasks of a mixed task, on any number
// of threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <weir/weir.hpp>

#include "scheduler/cohort_stacks.hpp"
#include "shipped.hpp"

namespace weir {
namespace {

class Cohorts : public testing::TestWithParam<int> {
protected:
    Runtime runtime_{{.threads = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(threads, Cohorts, testing::Values(1, 2, 4));

/// Each step moves every value one place to the left: right only if all have read before any writes.
void rotate(InOut<std::int64_t> ring, std::int64_t steps, const TaskInfo& task) {
    const int block = task.block_index();
    for (std::int64_t step = 0; step < steps; ++step) {
        const std::int64_t next = ring((block + 1) % task.block_count());
        task.barrier();
        ring(block) = next;
        task.barrier();
    }
}

TEST_P(Cohorts, of_48_blocks_meet_in_many_barriers) {
    for (const KernelOptions& options : {KernelOptions{}, KernelOptions{.cost_ns = 50}, kShipped}) {
        const auto kernel = runtime_.kernel("rotate", rotate, options);
        std::vector<std::int64_t> ring(48), expected(48);
        std::iota(ring.begin(), ring.end(), 0);
        expected = ring;
        std::rotate(expected.begin(), expected.begin() + 11, expected.end());
        runtime_.run([&](Orchestrator& o) {
            o.submit(kernel, o.external(ring), std::int64_t{10}, blocks(48).sync_start());
            o.submit(kernel, o.external(ring), std::int64_t{1}, blocks(48).sync_start());
        });
        EXPECT_EQ(ring, expected);
    }
}

TEST_P(Cohorts, can_be_as_large_as_the_platform_lets_them) {
    const auto kernel = runtime_.kernel("rotate", rotate);
    std::vector<std::int64_t> ring(kCohortStacks), expected;
    std::iota(ring.begin(), ring.end(), 0);
    expected = ring;
    std::rotate(expected.begin(), expected.begin() + 2, expected.end());
    runtime_.run([&](Orchestrator& o) {
        o.submit(kernel, o.external(ring), std::int64_t{2}, blocks(kCohortStacks).sync_start());
    });
    EXPECT_EQ(ring, expected);
}

TEST_P(Cohorts, that_do_not_fit_together_run_one_after_the_other) {
    // Seven tasks of 300 calls for 512 stacks, and small ones between them, which pass nobody in the line.
    const auto kernel = runtime_.kernel("rotate", rotate, kShipped);
    std::vector<std::vector<std::int64_t>> rings(14);
    for (std::size_t i = 0; i < rings.size(); ++i) {
        rings[i].resize(i % 2 == 0 ? 300 : 5);
        std::iota(rings[i].begin(), rings[i].end(), 0);
    }
    runtime_.run([&](Orchestrator& o) {
        for (auto& ring : rings)
            o.submit(kernel, o.external(ring), std::int64_t{3},
                     blocks(static_cast<std::int64_t>(ring.size())).sync_start());
    });
    for (const auto& ring : rings) {
        std::vector<std::int64_t> expected(ring.size());
        std::iota(expected.begin(), expected.end(), 0);
        std::rotate(expected.begin(), expected.begin() + 3, expected.end());
        EXPECT_EQ(ring, expected);
    }
}

TEST_P(Cohorts, the_subtasks_of_a_mixed_task_meet) {
    // aic multiplies, both aiv add to halves of what it has written, aic sums up what they have.
    const auto aic = runtime_.kernel("aic",
                                     [](InOut<std::int64_t> x, const TaskInfo& task) {
                                         for (auto& value : x) value *= 3;
                                         task.barrier();
                                         task.barrier();
                                         x[0] = std::accumulate(x.begin(), x.end(), std::int64_t{0});
                                     },
                                     {.core_type = CoreType::aic});
    const auto aiv = runtime_.kernel("aiv",
                                     [](InOut<std::int64_t> x, const TaskInfo& task) {
                                         task.barrier();
                                         const std::size_t half = x.size() / 2;
                                         const std::size_t begin =
                                             task.subtask_slot() == SubtaskSlot::aiv0 ? 0 : half;
                                         for (std::size_t i = 0; i < half; ++i)
                                             x[begin + i] += begin == 0 ? 1 : 1000;
                                         task.barrier();
                                     },
                                     {.core_type = CoreType::aiv});
    std::vector<std::int64_t> x(8);
    for (int round = 0; round < 30; ++round) {
        std::fill(x.begin(), x.end(), 1);
        runtime_.run([&](Orchestrator& o) {
            o.submit_mixed({.aic = aic, .aiv0 = aiv, .aiv1 = aiv}, TaskArgs{}.inout(o.external(x)));
        });
        EXPECT_EQ(x[0], 8 * 3 + 4 + 4000);
    }
}

TEST_P(Cohorts, of_mixed_blocks_meet_all_together) {
    const auto kernel = runtime_.kernel("mixed", [](InOut<std::int64_t> x, const TaskInfo& task) {
        const std::int64_t me = task.block_index() * 3 + static_cast<int>(task.subtask_slot());
        x(me) = 1;
        task.barrier();
        const std::int64_t sum = std::accumulate(x.begin(), x.end(), std::int64_t{0});
        task.barrier();
        x(me) = sum;
    });
    std::vector<std::int64_t> x(60);
    runtime_.run([&](Orchestrator& o) {
        o.submit_mixed({.aic = kernel, .aiv0 = kernel, .aiv1 = kernel},
                       TaskArgs{}.inout(o.external(x)).blocks(20).sync_start());
    });
    EXPECT_EQ(x, std::vector<std::int64_t>(60, 60));
}

TEST_P(Cohorts, a_call_that_has_returned_is_waited_for_no_longer) {
    // Block i meets i times.
    const auto kernel = runtime_.kernel("stairs", [](InOut<std::int64_t> x, const TaskInfo& task) {
        for (int i = 0; i < task.block_index(); ++i) {
            x(task.block_index()) += i + 1;
            task.barrier();
        }
    });
    std::vector<std::int64_t> x(12);
    runtime_.run([&](Orchestrator& o) { o.submit(kernel, o.external(x), blocks(12).sync_start()); });
    for (std::int64_t i = 0; i < 12; ++i) EXPECT_EQ(x[static_cast<std::size_t>(i)], i * (i + 1) / 2);
}

TEST_P(Cohorts, a_call_may_meet_while_it_handles_an_exception) {
    const auto kernel = runtime_.kernel("handle", [](InOut<std::int64_t> x, const TaskInfo& task) {
        const std::int64_t me = task.block_index();
        try {
            throw std::runtime_error(std::to_string(me));
        } catch (const std::exception& error) {
            task.barrier();
            try {
                if (me % 2 == 0) throw me + 100;
            } catch (std::int64_t number) {
                task.barrier();
                x(me) += number;
            }
            task.barrier();
            try {
                throw;
            } catch (const std::runtime_error& again) {
                x(me) += std::stoi(again.what()) + std::uncaught_exceptions();
            }
            x(me) += std::stoi(error.what());
        }
    });
    std::vector<std::int64_t> x(16);
    for (int round = 0; round < 20; ++round) {
        std::fill(x.begin(), x.end(), 0);
        runtime_.run([&](Orchestrator& o) { o.submit(kernel, o.external(x), blocks(16).sync_start()); });
        for (std::int64_t i = 0; i < 16; ++i)
            EXPECT_EQ(x[static_cast<std::size_t>(i)], i % 2 == 0 ? 3 * i + 100 : 2 * i);
    }
}

TEST_P(Cohorts, predicates_and_dependencies_are_those_of_any_task) {
    const auto kernel = runtime_.kernel("rotate", rotate, kShipped);
    const auto add = runtime_.kernel(
        "add",
        [](InOut<std::int64_t> x) {
            for (auto& value : x) value += 1;
        },
        kShipped);
    std::vector<std::int64_t> ring(6);
    std::iota(ring.begin(), ring.end(), 0);
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(ring);
        o.submit(add, x);
        o.submit(kernel, x, std::int64_t{1}, blocks(6).sync_start().predicate(x, {0}, Comparison::equal, 1));
        o.submit(add, x);
        o.submit(kernel, x, std::int64_t{1}, blocks(6).sync_start().predicate(x, {0}, Comparison::equal, 1));
        o.submit(add, x);
    });
    EXPECT_EQ(ring, (std::vector<std::int64_t>{4, 5, 6, 7, 8, 3}));
}

TEST_P(Cohorts, many_in_flight_at_once_with_tiny_rings) {
    CallConfig config;
    config.runtime_env.ring_task_window = 4;
    config.runtime_env.ring_consumed_window = 4;
    config.runtime_env.ring_payload = 3280;
    const auto kernel = runtime_.kernel("rotate", rotate, kShipped);
    std::vector<std::vector<std::int64_t>> rings(60, std::vector<std::int64_t>{0, 1, 2, 3, 4});
    runtime_.run(
        [&](Orchestrator& o) {
            for (int round = 0; round < 4; ++round)
                for (auto& ring : rings)
                    o.submit(kernel, o.external(ring), std::int64_t{1}, blocks(5).sync_start());
        },
        config);
    for (const auto& ring : rings) EXPECT_EQ(ring, (std::vector<std::int64_t>{4, 0, 1, 2, 3}));
}

}  // namespace
}  // namespace weir
