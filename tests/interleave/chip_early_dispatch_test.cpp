// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// Early dispatch on real threads: cores that wait at a gate while it is opened, and control threads that
// stage tasks while others dispatch, complete and wire them. No order is put on a core behind a gate whose
// producers still have calls without a core.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "explored.hpp"
#include "explored_check.hpp"
#include "model/kernel_ids.hpp"
#include "orchestrator/launch_request.hpp"
#include "plain_calls.hpp"
#include "platform/chip/board.hpp"
#include "platform/chip/control_thread.hpp"
#include "platform/chip/cores.hpp"
#include "scheduler/idle_threads.hpp"

namespace weir::chip {
namespace {

using explored::Plain;
using explored::Schedule;

/// Two cores, and on each of them two orders, one after the other, behind a gate each.
struct GatedCores : PlainCalls {
    static constexpr std::size_t kCores = 2, kOrders = 2;

    explicit GatedCores(Schedule& s) : schedule(s) {
        schedule.watch("cores", &cores.core(0), 3);
        for (std::size_t core = 0; core < kCores; ++core) dispatch_next(core);
    }
    static int index_of(std::size_t core) { return static_cast<int>(core) + 1; }  // the AIV

    /// The owner: behind a gate only when that has been opened.
    void dispatch_next(std::size_t core) {
        OwnerSide& owner = board.owner(index_of(core));
        if (sent[core] == kOrders || !owner.can_dispatch() || owner.waits_at_gate()) return;
        const std::size_t order = sent[core]++;
        owner.dispatch({&tasks[order], static_cast<std::uint32_t>(core), &gates[order]});
    }
    void open(std::size_t order) {
        made[order].write(1);
        if (const int last = gates[order].open(); last != Gate::kNobody) cores.gate_opened(last);
    }
    void run(Cores::Core& core) {
        const auto order = static_cast<std::size_t>(core.order.task - tasks.data());
        schedule.require(made[order].read() == 1, "what the producers wrote is visible behind the gate");
        Plain<int>& runs_of = runs[core.order.call][order];
        schedule.require(runs_of.read() == 0, "no order is taken twice");
        runs_of.write(1);
    }
    void serve(std::size_t first) {
        for (std::size_t i = 0; i < kCores; ++i)
            static_cast<void>(cores.serve(index_of((first + i) % kCores), *this));
    }

    Schedule& schedule;
    Board board{*find_chip("tiny")};
    Cores cores{board};
    std::array<TaskSlot, kOrders> tasks{};
    std::array<Gate, kOrders> gates;
    std::array<Plain<int>, kOrders> made;
    std::array<std::array<Plain<int>, kOrders>, kCores> runs;
    std::array<std::size_t, kCores> sent{};
};

void gates_are_opened(Schedule& schedule, int looks) {
    GatedCores c(schedule);
    schedule.thread("opens the gates", [&] {
        for (std::size_t order = 0; order < GatedCores::kOrders; ++order) c.open(order);
    });
    schedule.thread("owner", [&] {
        for (std::size_t core = 0; core < GatedCores::kCores; ++core) c.dispatch_next(core);
    });
    for (std::size_t host = 0; host < 2; ++host)
        schedule.thread(host == 0 ? "one host thread" : "the other", [&, host] {
            for (int i = 0; i < looks; ++i) c.serve(host);
        });
    schedule.run();
    for (int i = 0; i < 2; ++i) {
        for (std::size_t core = 0; core < GatedCores::kCores; ++core) c.dispatch_next(core);
        c.serve(0);
    }
    for (const auto& of_core : c.runs)
        for (const Plain<int>& run : of_core) schedule.require(run.read() == 1, "every order is run");
}

TEST(GateInterleaved, every_core_passes_a_gate_that_is_opened_while_it_comes) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1},
                              [](Schedule& s) { gates_are_opened(s, 1); });
    explored::expect_random_hold(8'000, [](Schedule& s) { gates_are_opened(s, 2); });
}

TEST(GateInterleaved, a_core_behind_a_shut_gate_has_no_news) {
    explored::expect_all_hold({.preemptions = 0}, [](Schedule& schedule) {
        GatedCores c(schedule);
        schedule.thread("all", [&] {
            c.serve(0);
            for (std::size_t core = 0; core < GatedCores::kCores; ++core) {
                schedule.require(!c.cores.has_news(GatedCores::index_of(core)), "nobody spins for it");
                schedule.require(c.board.owner(GatedCores::index_of(core)).waits_at_gate(), "it waits");
            }
            c.open(0);
            for (std::size_t core = 0; core < GatedCores::kCores; ++core)
                schedule.require(c.cores.has_news(GatedCores::index_of(core)), "it has when that opens");
        });
        schedule.run();
    });
}

/// A chip of two clusters with a scheduler each, and a program: a producer of three blocks and, while it is
/// dispatched and runs, consumers of each shape. The cores finish in their own time.
struct EarlyChip : PlainCalls, GateKeeper {
    static constexpr std::size_t kTasks = 4, kBlocks = 3, kKernels = 2;

    explicit EarlyChip(Schedule& s) : schedule(s) {
        schedule.watch("payloads", payloads.data(), payloads.size());
        schedule.watch("slots", slots.data(), slots.size());
        schedule.watch("cores", &cores.core(0), static_cast<std::size_t>(cores.count()));
        for (std::size_t i = 0; i < kKernels; ++i)
            kernels[i].id = kFirstKernelId + static_cast<std::uint32_t>(i);
        board.attach(lifecycle);
        for (int i = 0; i < 2; ++i) controls[static_cast<std::size_t>(i)].begin_run(i, 1);
    }
    static Chip two_clusters() {
        Chip chip = *find_chip("tiny");
        chip.clusters = 2;
        chip.control_threads = 3;
        return chip;
    }
    void gate_opened(int last) noexcept override { cores.gate_opened(last); }

    /// The program: the next task, which but for the first waits for the first.
    void submit_next() {
        if (submitted == kTasks) return;
        const std::size_t index = submitted++;
        detail::LaunchRequest request;
        const detail::KernelRecord* const aic = &kernels[0];
        const detail::KernelRecord* const aiv = &kernels[1];
        if (index == 0) request = {.kernels = {nullptr, aiv, nullptr}, .blocks = kBlocks};
        if (index == 1) request = {.kernels = {aic, nullptr, nullptr}};
        if (index == 2) request = {.kernels = {nullptr, aiv, nullptr}, .blocks = 2};
        if (index == 3) request = {.kernels = {aic, aiv, nullptr}, .subtasks = 2};
        TaskSlot& slot = slots[index];
        TaskEntry& entry = entries[index];
        entry.number = index;
        Lifecycle::submit(entry, slot, false);
        slot.entry = &entry;
        slot.kernel = &kernels[1];
        slot.payload = payloads[index].bytes.data();
        slot.flags = kHasLaunch | kHasEarly;
        request.write(slot.payload);
        new (slot.payload + sizeof(LaunchRecord)) EarlyRecord(request.calls());
        slot.dep_count = 0;
        if (index != 0) {
            edges[index].consumer = &slot;
            edges[index].owner = nullptr;
            static_cast<void>(Lifecycle::wire(entries[0], edges[index]));
        }
        First first(*this, index);
        board.early().wired(slot, first);
        if (Lifecycle::publish(slot)) board.push(slot);
    }
    void step(std::size_t thread) {
        ControlThread& control = controls[thread];
        if (control.action() == ControlThread::Action::dispatch)
            for (const Assigned& assigned : control.orders())
                if (assigned.order.task == &slots[0]) ++producer_calls_sent;
        static_cast<void>(control.step());
        if (control.action() != ControlThread::Action::dispatch) return;
        std::size_t gated = 0;
        for (const Assigned& assigned : control.orders()) gated += assigned.order.gate != nullptr ? 1 : 0;
        staged += gated;
        schedule.require(gated == 0 || producer_calls_sent == kBlocks,
                         "nothing is staged before every block of its producer has a core");
        const TaskSlot* const task = control.orders().front().order.task;
        schedule.require(task != &slots[3] || control.orders().size() == 2, "never half of a mixed task");
    }
    void run(Cores::Core& core) {
        const auto index = static_cast<std::size_t>(core.order.task - slots.data());
        if (index != 0)
            for (const Plain<int>& block : runs[0])
                schedule.require(block.read() == 1 || &block >= &runs[0][kBlocks],
                                 "a task runs after every block of its producer");
        Plain<int>& of_call = runs[index][core.order.call];
        schedule.require(of_call.read() == 0, "no call runs twice");
        of_call.write(1);
    }
    void serve() {
        for (int core = 0; core < cores.count(); ++core) static_cast<void>(cores.serve(core, *this));
    }

    struct First final : UnfinishedProducers {
        First(EarlyChip& of, std::size_t index) : chip(of), left(index != 0) {}
        [[nodiscard]] TaskSlot* next() noexcept override {
            // deps-1: as TaskRing::completed.
            const bool completed = chip.entries[0].fanout.load(std::memory_order_acquire) == kFanoutClosed;
            return std::exchange(left, false) && !completed ? &chip.slots[0] : nullptr;
        }
        EarlyChip& chip;
        bool left;
    };
    struct alignas(64) PayloadBytes {
        std::array<std::byte, sizeof(LaunchRecord) + sizeof(EarlyRecord)> bytes;
    };

    Schedule& schedule;
    Chip chip = two_clusters();
    Board board{chip, this};
    Cores cores{board};
    IdleThreads idle{1};
    Lifecycle lifecycle{idle};
    std::array<detail::KernelRecord, kKernels> kernels;
    std::array<TaskEntry, kTasks> entries{};
    std::array<TaskSlot, kTasks> slots{};
    std::array<DepEntry, kTasks> edges{};
    std::array<PayloadBytes, kTasks> payloads;
    std::array<ControlThread, 2> controls{ControlThread(board, 0), ControlThread(board, 1)};
    std::array<std::array<Plain<int>, 4>, kTasks> runs;
    std::size_t submitted = 0;
    std::atomic<std::size_t> producer_calls_sent = 0, staged = 0;  // not explored: they order nothing
};

void consumers_of_a_task_of_blocks(Schedule& schedule, int steps, std::size_t& staged) {
    EarlyChip c(schedule);
    c.submit_next();
    schedule.thread("program", [&] {
        for (std::size_t i = 1; i < EarlyChip::kTasks; ++i) c.submit_next();
    });
    for (std::size_t i = 0; i < 2; ++i)
        schedule.thread(i == 0 ? "a control thread" : "another", [&, i] {
            for (int k = 0; k < steps; ++k) c.step(i);
        });
    schedule.thread("cores", [&] {
        for (int i = 0; i < 3; ++i) c.serve();
    });
    schedule.run();
    for (int i = 0; i < 60; ++i) {
        for (std::size_t thread = 0; thread < 2; ++thread) c.step(thread);
        c.serve();
    }
    for (std::size_t i = 0; i < EarlyChip::kTasks; ++i)
        for (std::uint32_t call = 0; call < launch_of(c.slots[i])->calls(); ++call)
            schedule.require(c.runs[i][call].read() == 1, "every call has run");
    staged += c.staged;
}

TEST(EarlyDispatchInterleaved, nothing_is_staged_before_every_block_of_its_producer_has_a_core) {
    std::size_t staged = 0;
    explored::expect_random_hold(6'000, [&](Schedule& s) { consumers_of_a_task_of_blocks(s, 16, staged); });
    EXPECT_GT(staged, 0U) << "nothing was staged, so this shows nothing";
}

}  // namespace
}  // namespace weir::chip
