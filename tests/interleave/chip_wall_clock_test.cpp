// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The wall clock of the product, whole: host threads that start, spin, park, are woken and end, as control
// threads and cores in turn, under a program's submits. A wake-up that is lost stops the execution, which the
// explorer reports.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

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

/// Several runs of a program on the least chip, or one of more clusters.
template <class Make>
void runs_on_the_least_chip(Schedule& schedule, int threads, bool early, const Make& make,
                            std::uint64_t clusters = 1) {
    Chip chip = *find_chip("tiny");
    chip.clusters = clusters;
    // Left behind by an execution that fails: its threads do not end then.
    WallClock* const owned = std::make_unique<WallClock>(chip, true, early).release();
    WallClock& clock = *owned;
    ExploredRuntime runtime(schedule, threads, ExploredRuntime::tiny(), kStacks, &clock);
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
    auto operator()(ExploredRuntime& runtime, Data& data) {
        const auto block = runtime.kernel("block", [this](InOut<std::int64_t> x, const TaskInfo& task) {
            task.barrier();
            if (task.block_index() == 0)
                came.park();
            else
                came.unpark();
            x[static_cast<std::size_t>(task.block_index())] += 2;
        });
        return [&data, block](Orchestrator& o) {
            o.submit(block, o.external(data.data(), shape(2)), blocks(2).sync_start());
        };
    }

    sync::Parker came;
};

/// As many blocks as there are vector cores, which may be staged, and each of which keeps its host thread
/// until all have come. Another task keeps one, too, and the program waits for that one: so nothing else
/// wakes who makes the calls.
struct StagedRendezvous {
    static constexpr std::int64_t kClusters = 2, kBlocks = 2 * kClusters;

    auto operator()(ExploredRuntime& runtime, Data& data) {
        const auto holder = runtime.kernel(
            "holder", [this](InOut<std::int64_t>) { met.park(); }, CoreType::aic);
        const auto first = runtime.kernel(
            "first",
            [](InOut<std::int64_t> x) {
                for (std::int64_t& datum : x) datum += 2;
            },
            CoreType::aic);
        const auto block = runtime.kernel(
            "block",
            [this](In<std::int64_t>, const TaskInfo& task) {
                if (came.fetch_add(1) % kBlocks == kBlocks - 1) {
                    for (sync::Parker& other : waiting) other.unpark();
                    met.unpark();
                }
                waiting[static_cast<std::size_t>(task.block_index())].park();
            },
            CoreType::aiv);
        return [this, &data, holder, first, block](Orchestrator& o) {
            const auto all = o.external(data.data(), shape(2));
            o.submit(holder, o.external(&held, shape(1)));
            o.submit(first, all);
            o.submit(block, all, blocks(kBlocks));
        };
    }

    std::int64_t held = 0;
    sync::Atomic<std::int64_t> came{0};
    std::array<sync::Parker, kBlocks> waiting;
    sync::Parker met;
};

/// Two calls for the only matrix core, of which the second one keeps its host thread until what waits for the
/// first one has run: so somebody else has to complete that.
struct NextOnTheCore {
    auto operator()(ExploredRuntime& runtime, Data& data) {
        const auto add = [](InOut<std::int64_t> x) { x[0] += 1; };
        const auto first = runtime.kernel("first", add, CoreType::aic);
        const auto behind = runtime.kernel("behind", [this](InOut<std::int64_t> x) {
            x[0] += 1;
            came.unpark();
        });
        const auto second = runtime.kernel(
            "second",
            [this](InOut<std::int64_t> x) {
                came.park();
                x[0] += 2;
            },
            CoreType::aic);
        return [&data, first, behind, second](Orchestrator& o) {
            const auto x = o.external(data.data(), shape(1));
            o.submit(first, x);
            o.submit(behind, x);
            o.submit(second, o.external(&data[1], shape(1)));
        };
    }

    sync::Parker came;
};

/// A program that waits for its task in a way of its own: nothing but the submit wakes who runs it.
struct WaitingProgram {
    auto operator()(ExploredRuntime& runtime, Data& data) {
        const auto kernel = runtime.kernel("kernel", [this](InOut<std::int64_t> x) {
            x[0] += 2;
            came.unpark();
        });
        return [this, &data, kernel](Orchestrator& o) {
            for (std::int64_t& datum : data) {
                o.submit(kernel, o.external(&datum, shape(1)));
                came.park();
            }
        };
    }

    sync::Parker came;
};

TEST(WallClockInterleaved, chains_of_tasks_end_whoever_spins_or_parks) {
    for (const auto& [threads, schedules] : {std::pair(1, 20), std::pair(2, 400), std::pair(3, 200)})
        explored::expect_random_hold(static_cast<std::uint64_t>(schedules), [=, &threads](Schedule& s) {
            runs_on_the_least_chip(s, threads, false, [](auto& r, auto& d) { return chains(r, d); });
        });
}
TEST(WallClockInterleaved, blocks_meet_whoever_spins_or_parks) {
    for (const int threads : {1, 2, 3})
        explored::expect_random_hold(200, [=](Schedule& s) {
            runs_on_the_least_chip(s, threads, false, [](auto& r, auto& d) { return cohort(r, d); });
        });
}

TEST(WallClockInterleaved, tasks_that_are_staged_start_when_their_gate_opens) {
    for (const int threads : {1, 2, 3})
        explored::expect_random_hold(200, [=](Schedule& s) {
            runs_on_the_least_chip(s, threads, true, [](auto& r, auto& d) { return staged_tasks(r, d); });
        });
}

/// With as many host threads as are kept and one more, which is woken for whatever there is to do.
template <class Program>
void one_thread_is_left() {
    explored::expect_random_hold(400, [=](Schedule& s) {
        Program program;
        runs_on_the_least_chip(s, 2, false, [&](auto& r, auto& d) { return program(r, d); });
    });
}

TEST(WallClockInterleaved, a_thread_is_woken_for_each_call_of_a_cohort_that_may_go_on) {
    one_thread_is_left<Rendezvous>();
}
TEST(WallClockInterleaved, a_thread_is_woken_for_each_core_whose_gate_opens) {
    explored::expect_random_hold(200, [=](Schedule& s) {
        StagedRendezvous program;
        runs_on_the_least_chip(
            s, StagedRendezvous::kBlocks + 1, true, [&](auto& r, auto& d) { return program(r, d); },
            StagedRendezvous::kClusters);
    });
}
TEST(WallClockInterleaved, a_thread_is_woken_to_complete_what_a_core_has_finished) {
    one_thread_is_left<NextOnTheCore>();
}
TEST(WallClockInterleaved, a_thread_is_woken_for_a_task_that_is_ready) {
    one_thread_is_left<WaitingProgram>();
}

}  // namespace
}  // namespace weir::chip
