// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The handshake of a chip's core: a control thread that dispatches, polls and takes back, and a core, in
// every order of their steps, with dispatch words on both sides of 2^32.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "explored.hpp"
#include "explored_check.hpp"
#include "platform/chip/handshake.hpp"

namespace weir::chip {
namespace {

using explored::Plain;
using explored::Schedule;

constexpr std::uint32_t kBeforeWrap = 0xffff'fffeU;
constexpr std::size_t kTasks = 4;

struct Case {
    Case(Schedule& s, std::uint32_t last) : schedule(s) {
        // Relaxed: before the threads start.
        handshake.dispatch.store(last, std::memory_order_relaxed);
        handshake.status.store(std::uint64_t{last} << 32U | last, std::memory_order_relaxed);
        owner.attach(handshake, last);
        core.attach(handshake, last);
        schedule.watch("handshake", &handshake);
    }
    void dispatch(std::size_t index) {
        built[index].write(static_cast<int>(index) + 1);
        owner.dispatch({&tasks[index], static_cast<std::uint32_t>(index)});
    }
    /// Polls a few times; what has finished was run, in the order of its dispatch.
    void take_back(int polls) {
        for (int i = 0; i < polls && owner.under_way() != 0; ++i) {
            for (std::uint32_t count = owner.finished(); count != 0; --count) {
                const Order order = owner.take_back();
                const auto index = static_cast<std::size_t>(order.task - tasks.data());
                schedule.require(index == taken_back, "orders finish in the order of their dispatch");
                schedule.require(result[index].read() == static_cast<int>(index) + 10,
                                 "what the kernel wrote is visible to who sees it finished");
                ++taken_back;
            }
        }
    }
    /// The core looks for orders so many times.
    void work(int looks) {
        for (int i = 0; i < looks; ++i) {
            const Order* const next = core.next();
            if (next == nullptr) continue;
            const Order order = *next;
            core.acknowledge();
            const auto index = static_cast<std::size_t>(order.task - tasks.data());
            schedule.require(order.call == index, "pointer and call belong to the same order");
            schedule.require(index == runs, "no order is taken twice, left out, or before an earlier one");
            schedule.require(built[index].read() == static_cast<int>(index) + 1,
                             "what was built at submit is visible to the core");
            result[index].write(static_cast<int>(index) + 10);
            ++runs;
            core.finish();
        }
    }

    Schedule& schedule;
    Handshake handshake;
    OwnerSide owner;
    CoreSide core;
    std::array<TaskSlot, kTasks> tasks{};
    std::array<Plain<int>, kTasks> built;
    std::array<Plain<int>, kTasks> result;
    std::size_t runs = 0;
    std::size_t taken_back = 0;
};

/// Dispatches as soon as there is a place, staged orders included: places are used again and again.
void dispatch_all(Schedule& schedule, std::uint32_t last, std::size_t tasks, int looks) {
    Case c(schedule, last);
    std::size_t sent = 0;
    schedule.thread("control thread", [&] {
        for (std::size_t step = 0; step < 2 * tasks; ++step) {
            if (sent < tasks && c.owner.can_dispatch())
                c.dispatch(sent++);
            else
                c.take_back(1);
        }
    });
    schedule.thread("core", [&] { c.work(looks); });
    schedule.run();
    // The rest, one after the other.
    while (c.taken_back < tasks) {
        if (sent < tasks && c.owner.can_dispatch()) c.dispatch(sent++);
        c.work(1);
        c.take_back(1);
    }
    schedule.require(c.runs == tasks, "every order is run once");
    schedule.require(c.core.next() == nullptr, "a repeated value is no new order");
}

TEST(HandshakeInterleaved, every_order_is_run_once_and_in_order) {
    for (const std::uint32_t last : {0U, kBeforeWrap})
        explored::expect_all_hold({.preemptions = 3, .stale_loads = 1},
                                  [&](Schedule& s) { dispatch_all(s, last, 3, 3); });
}
TEST(HandshakeInterleaved, every_order_is_run_once_in_long_random_runs) {
    explored::expect_random_hold(20'000, [](Schedule& s) { dispatch_all(s, kBeforeWrap, kTasks, 6); });
}

/// A cluster is handed on: the new owner dispatches to a core whose last order another thread took back.
TEST(HandshakeInterleaved, a_core_that_is_handed_on_takes_no_old_order_again) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 1}, [](Schedule& schedule) {
        Case c(schedule, kBeforeWrap);
        sync::Mutex mutex;
        bool given = false;
        schedule.thread("old owner", [&] {
            c.dispatch(0);
            c.take_back(4);
            if (c.owner.under_way() != 0) return;
            mutex.lock();
            given = true;
            mutex.unlock();
        });
        schedule.thread("new owner", [&] {
            mutex.lock();
            const bool mine = given;
            mutex.unlock();
            if (!mine) return;
            c.dispatch(1);
            c.take_back(2);
        });
        schedule.thread("core", [&] { c.work(3); });
        schedule.run();
        c.work(2);
        c.take_back(2);
        schedule.require(c.owner.under_way() == 0, "nothing stays behind");
    });
}

}  // namespace
}  // namespace weir::chip
