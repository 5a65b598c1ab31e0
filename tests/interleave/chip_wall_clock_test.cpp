// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The wall clock of the product, whole: control threads and core threads that start, spin, park, are woken
// and end, under a program's submits. A wake-up that is lost stops the execution, which the explorer reports.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>

#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"
#include "platform/chip/wall_clock.hpp"

namespace weir::chip {
namespace {

using explored::ExploredRuntime;
using explored::Schedule;

constexpr std::uint32_t kStacks = 3;
constexpr int kRuns = 2;

/// Several runs of a program on the least chip.
template <class Make>
void runs_on_the_least_chip(Schedule& schedule, int core_threads, bool early, const Make& make) {
    // Left behind by an execution that fails: its threads do not end then.
    WallClock* const owned =
        std::make_unique<WallClock>(*find_chip("tiny"), true, early, core_threads).release();
    WallClock& clock = *owned;
    ExploredRuntime runtime(schedule, core_threads + 1, ExploredRuntime::tiny(), kStacks, &clock);
    std::array<std::int64_t, 2> data{};
    schedule.watch("data", data.data(), data.size());
    const auto program = make(runtime, data);
    schedule.thread("program", [&] {
        clock.attach(runtime.scheduler());
        for (int run = 1; run <= kRuns; ++run) {
            runtime.control().reset(detail::RunControl::Clock::time_point::max());
            clock.begin_run({});
            runtime.run(program);
            ChipFigures figures;
            clock.end_run(figures);
            schedule.require(runtime.failure().empty(), "a run without an error has none");
            schedule.require(figures.orchestrator_time.count() >= 0, "figures are complete when a run ends");
            for (const std::int64_t datum : data)
                schedule.require(datum == 2 * run, "a run ends when its tasks have run, each once");
        }
        clock.detach();
    });
    schedule.run();
    std::unique_ptr<WallClock>(owned).reset();
}

using Data = std::array<std::int64_t, 2>;

/// Two chains of two tasks, of whose first ones the program waits for: nothing but their readiness wakes who
/// runs them.
auto chains(ExploredRuntime& runtime, Data& data) {
    const auto kernel = runtime.kernel("step", [](InOut<std::int64_t> x) { x[0] += 1; });
    return [&data, kernel](Orchestrator& o) {
        for (int i = 0; i < 2; ++i)
            for (std::int64_t& datum : data) {
                const auto x = o.external(&datum, shape(1));
                o.submit(kernel, x);
                if (i == 0) (void)o.get<std::int64_t>(x, {0});
            }
    };
}

/// Two blocks that meet, each of which reads behind the barrier what the other one has written before it.
auto cohort(ExploredRuntime& runtime, Data& data) {
    const auto kernel = runtime.kernel("gang", [](InOut<std::int64_t> x, const TaskInfo& task) {
        const auto own = static_cast<std::size_t>(task.block_index());
        x[own] += 1;
        task.barrier();
        const bool other_came = x[1 - own] == x[own];
        task.barrier();
        x[own] += other_came ? 1 : 100;
    });
    return [&data, kernel](Orchestrator& o) {
        o.submit(kernel, o.external(data.data(), shape(2)), blocks(2).sync_start());
    };
}

/// Blocks and a mixed task that may be staged while what they wait for runs.
auto staged_tasks(ExploredRuntime& runtime, Data& data) {
    const auto first = runtime.kernel("first", [](InOut<std::int64_t> x) { x[0] += 1; });
    const auto block = runtime.kernel("block", [](InOut<std::int64_t> x, const TaskInfo& task) {
        x[static_cast<std::size_t>(task.block_index())] += 1;
    });
    const auto mixed = runtime.kernel("mixed", [](InOut<std::int64_t> x, const TaskInfo& task) {
        if (task.subtask_slot() == SubtaskSlot::aic) x[1] += 1;
        task.barrier();
    });
    return [&data, first, block, mixed](Orchestrator& o) {
        for (std::int64_t& datum : data) datum -= 1;  // of each, the tasks add 3
        const auto all = o.external(data.data(), shape(2));
        o.submit(first, all);
        o.submit(block, all, blocks(2));
        o.submit_mixed({.aic = mixed, .aiv0 = mixed}, TaskArgs{}.inout(all));
        o.submit(block, all, blocks(1));
        o.submit(first, all.view({1}, {1}));
    };
}

/// Two blocks of which the first one waits for the second, in a way that no program may: it keeps its host
/// thread. So there have to be two of those, and nothing but the blocks themselves wakes them.
struct Rendezvous {
    explicit Rendezvous(bool staged_first) : staged(staged_first) {}

    auto operator()(ExploredRuntime& runtime, Data& data) {
        const auto first = runtime.kernel("first", [](InOut<std::int64_t> x) { x[0] += 1; });
        const auto block = runtime.kernel("block", [this](InOut<std::int64_t> x, const TaskInfo& task) {
            if (!staged) task.barrier();
            if (task.block_index() == 0)
                came.park();
            else
                came.unpark();
            x[static_cast<std::size_t>(task.block_index())] += staged ? 1 : 2;
        });
        return [this, &data, first, block](Orchestrator& o) {
            const auto all = o.external(data.data(), shape(2));
            if (!staged) return static_cast<void>(o.submit(block, all, blocks(2).sync_start()));
            o.submit(first, all.view({0}, {1}));
            o.submit(first, all.view({1}, {1}));
            o.submit(block, all, blocks(2));
        };
    }

    bool staged;
    sync::Parker came;
};

TEST(WallClockInterleaved, chains_of_tasks_end_whoever_spins_or_parks) {
    explored::expect_random_hold(400, [](Schedule& s) {
        runs_on_the_least_chip(s, 1, false, [](auto& r, auto& d) { return chains(r, d); });
    });
    explored::expect_random_hold(200, [](Schedule& s) {
        runs_on_the_least_chip(s, 2, false, [](auto& r, auto& d) { return chains(r, d); });
    });
}
TEST(WallClockInterleaved, blocks_meet_whoever_spins_or_parks) {
    for (const int core_threads : {1, 2})
        explored::expect_random_hold(200, [=](Schedule& s) {
            runs_on_the_least_chip(s, core_threads, false, [](auto& r, auto& d) { return cohort(r, d); });
        });
}

TEST(WallClockInterleaved, tasks_that_are_staged_start_when_their_gate_opens) {
    for (const int core_threads : {1, 2})
        explored::expect_random_hold(200, [=](Schedule& s) {
            runs_on_the_least_chip(s, core_threads, true,
                                   [](auto& r, auto& d) { return staged_tasks(r, d); });
        });
}
TEST(WallClockInterleaved, a_core_thread_is_woken_for_each_core_that_may_go_on) {
    for (const bool staged : {false, true})
        explored::expect_random_hold(200, [=](Schedule& s) {
            Rendezvous rendezvous(staged);
            runs_on_the_least_chip(s, 2, staged, [&](auto& r, auto& d) { return rendezvous(r, d); });
        });
}

}  // namespace
}  // namespace weir::chip
