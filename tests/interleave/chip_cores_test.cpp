// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The cores of a chip on the wall clock, in every order of the steps of those who share them: host threads
// that are a core in turn, cohorts that meet, and the control loop with a program that wires consumers and
// uses slots again while their tasks' cores finish.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_tasks.hpp"
#include "model/kernel_ids.hpp"
#include "plain_calls.hpp"
#include "platform/chip/board.hpp"
#include "platform/chip/control_thread.hpp"
#include "platform/chip/cores.hpp"

namespace weir::chip {
namespace {

using explored::Plain;
using explored::Schedule;

constexpr int kFirstAiv = 1;
constexpr std::size_t kTasks = 3;

struct TinyChip {
    explicit TinyChip(Schedule& s) : schedule(s) { schedule.watch("cores", &cores.core(0), 3); }

    Schedule& schedule;
    Board board{*find_chip("tiny")};
    Cores cores{board};
};

struct OneCore : TinyChip, PlainCalls {
    explicit OneCore(Schedule& s) : TinyChip(s) {}

    void run(Cores::Core& core) {
        const auto index = static_cast<std::size_t>(core.order.task - tasks.data());
        schedule.require(core.order.call == index, "pointer and call belong to the same order");
        schedule.require(core.busy_ticks == index,
                         "no order is taken twice, left out, or before an earlier one");
        ++core.busy_ticks;
        schedule.require(built[index].read() == 1, "what was built at submit is visible to the core");
        result[index].write(1);
    }
    /// Dispatches when there is a place, and takes back what has finished.
    void control() {
        OwnerSide& owner = board.owner(kFirstAiv);
        if (sent < kTasks && owner.can_dispatch()) {
            built[sent].write(1);
            owner.dispatch({&tasks[sent], static_cast<std::uint32_t>(sent)});
            ++sent;
        } else if (owner.under_way() != 0 && owner.finished() != 0) {
            const Order order = owner.take_back();
            schedule.require(order.task == &tasks[taken_back],
                             "orders finish in the order of their dispatch");
            schedule.require(result[taken_back].read() == 1, "what the kernel wrote is visible");
            ++taken_back;
        }
    }
    void serve() { static_cast<void>(cores.serve(kFirstAiv, *this)); }

    std::array<TaskSlot, kTasks> tasks{};
    std::array<Plain<int>, kTasks> built, result;
    std::size_t sent = 0, taken_back = 0;
};

void one_core_on_two_threads(Schedule& schedule) {
    OneCore c(schedule);
    schedule.thread("control thread", [&] {
        for (std::size_t i = 0; i < 2 * kTasks; ++i) c.control();
    });
    for (const char* name : {"one host thread", "the other"})
        schedule.thread(name, [&] {
            for (int looks = 0; looks < 2; ++looks) c.serve();
        });
    schedule.run();
    for (std::size_t i = 0; i < 3 * kTasks; ++i) {
        c.control();
        c.serve();
    }
    schedule.require(c.taken_back == kTasks, "every order is run");
    schedule.require(c.cores.core(kFirstAiv).busy_ticks == kTasks, "every order is run once");
    schedule.require(!c.cores.has_news(kFirstAiv), "a repeated value is no new order");
}

TEST(CoresInterleaved, host_threads_are_a_core_in_turn) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1}, one_core_on_two_threads);
    explored::expect_random_hold(10'000, one_core_on_two_threads);
}

/// A cohort of two calls. Each writes its part, meets the other, and reads the other's part; the second one
/// returns a barrier earlier.
struct Cohort : TinyChip {
    static constexpr std::array<int, 2> kBarriers = {2, 1};

    explicit Cohort(Schedule& s) : TinyChip(s) {}

    [[nodiscard]] std::uint32_t cohort(const Order&) const { return 2; }
    void run(Cores::Core&) { schedule.require(false, "calls of a cohort meet before they start"); }
    bool go_on(Cores::Core& core, bool) {
        const std::size_t own = core.order.call, other = 1 - own;
        const int phase = phases[own]++;
        if (phase == 0) {
            // Taken by both before any starts.
            schedule.require(board.owner(kFirstAiv).under_way() + board.owner(kFirstAiv + 1).under_way() == 2,
                             "a cohort starts when all its calls are on cores");
        } else if (phase <= kBarriers[other] + 1) {
            schedule.require(parts[other][static_cast<std::size_t>(phase - 1)].read() == phase,
                             "what the others did before the barrier is visible behind it");
        }
        if (phase > kBarriers[own]) return schedule.require(false, "a call that has returned goes on"), true;
        parts[own][static_cast<std::size_t>(phase)].write(phase + 1);
        return phase == kBarriers[own];
    }
    [[nodiscard]] bool cancelled() const { return false; }
    void finished() {}
    void may_go_on(int) {}

    void dispatch(std::uint32_t call) {
        const int core = kFirstAiv + static_cast<int>(call);
        board.owner(core).dispatch({&task, call});
    }
    void serve(int first) {
        for (int i = 0; i < 2; ++i) static_cast<void>(cores.serve(kFirstAiv + (first + i) % 2, *this));
    }

    TaskSlot task{};
    std::array<int, 2> phases{};
    std::array<std::array<Plain<int>, 3>, 2> parts;
};

void cohort_on_two_threads(Schedule& schedule, int looks) {
    Cohort c(schedule);
    // Before the threads: who dispatches says nothing of who starts.
    c.dispatch(0);
    c.dispatch(1);
    for (int host = 0; host < 2; ++host)
        schedule.thread(host == 0 ? "one host thread" : "the other", [&, host] {
            for (int i = 0; i < looks; ++i) c.serve(host);
        });
    schedule.run();
    for (int i = 0; i < 5; ++i) c.serve(0);
    for (std::size_t call = 0; call < 2; ++call) {
        schedule.require(c.phases[call] == Cohort::kBarriers[call] + 1, "every call goes on to its end");
        schedule.require(c.board.owner(kFirstAiv + static_cast<int>(call)).finished() == 1,
                         "and is told to its owner");
    }
}

TEST(CoresInterleaved, calls_of_a_cohort_meet_and_keep_no_thread) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1},
                              [](Schedule& s) { cohort_on_two_threads(s, 2); });
    explored::expect_random_hold(10'000, [](Schedule& s) { cohort_on_two_threads(s, 4); });
}

/// A chain of three tasks in two slots: consumers are wired while their producer's core finishes, and the
/// third task has the slot of the first.
struct Chain : TinyChip, PlainCalls {
    explicit Chain(Schedule& s) : TinyChip(s), tiny(s, {}) {
        kernel.id = kFirstKernelId;
        for (std::uint64_t i = 0; i < 2; ++i)
            tiny.ring(0).slot(explored::kFirstTinyNumber + i).kernel = &kernel;
        board.attach(tiny.lifecycle);
        control.begin_run(0, 1);
    }
    void submit_next() {
        if (tiny.count() == static_cast<int>(kTasks)) return;
        if (!tiny.has_room(0, 1)) return tiny.advance();
        std::vector<explored::TinyEdge> edges;
        if (tiny.count() != 0) edges.push_back({tiny.count() - 1});
        if (TaskSlot* ready = tiny.submit(0, false, edges)) board.push(*ready);
    }
    void step() { static_cast<void>(control.step()); }
    void run(Cores::Core& core) {
        const std::size_t index = core.order.task->entry->kernel_id;
        schedule.require(runs[index].read() == 0, "no task runs twice");
        if (index != 0) schedule.require(runs[index - 1].read() == 1, "a task runs after its producer");
        runs[index].write(1);
    }
    void serve() {
        for (int core = 0; core < cores.count(); ++core) static_cast<void>(cores.serve(core, *this));
    }

    explored::TinyTasks tiny;
    detail::KernelRecord kernel;
    ControlThread control{board, 0};
    std::array<Plain<int>, kTasks> runs;
};

void chain_of_tasks(Schedule& schedule) {
    Chain c(schedule);
    c.submit_next();
    schedule.thread("program", [&] {
        for (int i = 0; i < 4; ++i) c.submit_next();
    });
    schedule.thread("control thread", [&] {
        for (int i = 0; i < 12; ++i) c.step();
    });
    schedule.thread("cores", [&] {
        for (int i = 0; i < 2; ++i) c.serve();
    });
    schedule.run();
    for (int i = 0; i < 40; ++i) {
        c.submit_next();
        c.step();
        c.serve();
    }
    for (const Plain<int>& run : c.runs) schedule.require(run.read() == 1, "every task has run");
    c.tiny.advance();
    schedule.require(c.tiny.ring(0).empty(), "and is reclaimed");
}

TEST(CoresInterleaved, late_consumers_and_slots_used_again_lose_no_task) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, chain_of_tasks);
    explored::expect_random_hold(5'000, chain_of_tasks);
}

}  // namespace
}  // namespace weir::chip
