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

constexpr std::uint32_t kStacks = 4;
constexpr int kRuns = 2;

/// Several runs of a program on the least chip, or one of more clusters.
template <class Make>
void runs_on_the_least_chip(Schedule& schedule, int threads, bool early, const Make& make,
                            std::uint64_t clusters = 1) {
    Chip chip = *find_chip("tiny");
    chip.clusters = clusters;
    // Left behind by an execution that fails: its threads do not end then.
    WallClock* const owned = std::make_unique<WallClock>(chip, true, early, false).release();
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

/// Blocks that keep their host threads until all have come, in a way that no program may: so each has to have
/// one, and nothing but the blocks themselves wakes them.
class Rendezvous {
protected:
    static constexpr std::int64_t kBlocks = 4;

    void meet(const TaskInfo& task) {
        if (came_.fetch_add(1) % kBlocks == kBlocks - 1)
            for (sync::Parker& other : waiting_) other.unpark();
        waiting_[static_cast<std::size_t>(task.block_index())].park();
    }

public:
    static constexpr std::uint64_t kClusters = kBlocks / 2;

private:
    sync::Atomic<std::int64_t> came_{0};
    std::array<sync::Parker, kBlocks> waiting_;
};

struct RendezvousBehindABarrier : Rendezvous {
    static constexpr int kThreads = kBlocks;

    auto operator()(ExploredRuntime& runtime, Data& data) {
        const auto block = runtime.kernel("block", [this](InOut<std::int64_t> x, const TaskInfo& task) {
            task.barrier();
            meet(task);
            if (task.block_index() < 2) x[static_cast<std::size_t>(task.block_index())] += 2;
        });
        return [&data, block](Orchestrator& o) {
            o.submit(block, o.external(data.data(), shape(2)), blocks(kBlocks).sync_start());
        };
    }
};

/// They may be staged. Another task keeps a thread, too, and the program waits for that one: so nothing else
/// wakes who makes the calls. It has not ended then, so one control thread has all the cores, and stages none
/// behind another.
struct StagedRendezvous : Rendezvous {
    static constexpr int kThreads = kBlocks + 1;

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
                meet(task);
                if (task.block_index() == 0) met.unpark();
            },
            CoreType::aiv);
        return [this, &data, holder, first, block](Orchestrator& o) {
            const auto all = o.external(data.data(), shape(2));
            const auto kept = o.external(&held, shape(1));
            o.submit(holder, kept);
            o.submit(first, all);
            o.submit(block, all, blocks(kBlocks));
            (void)o.get<std::int64_t>(kept, {0});
        };
    }

    std::int64_t held = 0;
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

/// With as many host threads as are needed, one of which is woken for whatever there is to do.
template <class Program>
void each_thread_is_woken(std::uint64_t schedules, int threads, bool early, std::uint64_t clusters) {
    explored::expect_random_hold(schedules, [=](Schedule& s) {
        Program program;
        runs_on_the_least_chip(
            s, threads, early, [&](auto& r, auto& d) { return program(r, d); }, clusters);
    });
}
template <class Program>
void each_block_gets_a_thread(bool early) {
    each_thread_is_woken<Program>(200, Program::kThreads, early, Program::kClusters);
}

TEST(WallClockInterleaved, a_thread_is_woken_for_each_call_of_a_cohort_that_may_go_on) {
    each_block_gets_a_thread<RendezvousBehindABarrier>(false);
}
TEST(WallClockInterleaved, a_thread_is_woken_for_each_core_whose_gate_opens) {
    each_block_gets_a_thread<StagedRendezvous>(true);
}
TEST(WallClockInterleaved, a_thread_is_woken_to_complete_what_a_core_has_finished) {
    each_thread_is_woken<NextOnTheCore>(400, 2, false, 1);
}
TEST(WallClockInterleaved, a_thread_is_woken_for_a_task_that_is_ready) {
    each_thread_is_woken<WaitingProgram>(400, 2, false, 1);
}

}  // namespace
}  // namespace weir::chip
