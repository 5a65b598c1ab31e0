// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// ReadyRing: one owner pushes, several threads take, on rings of 2 and 4 places.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "explored.hpp"
#include "explored_check.hpp"
#include "ring_start.hpp"
#include "scheduler/ready_ring.hpp"

namespace weir {
namespace {

using explored::Plain;
using explored::Schedule;

constexpr std::uint64_t kBeforeWrap = (std::uint64_t{1} << 32U) - 2;
constexpr std::size_t kMostTasks = 16;

/// A ring, and tasks that remember who took them.
struct Case {
    Case(Schedule& s, std::uint64_t places, std::size_t task_count) : schedule(s), count(task_count) {
        ring.attach(slots.data(), places);
        ring_start::start_at(ring, kBeforeWrap);
        schedule.watch("ring", &ring);
        schedule.watch_claimed(slots.data(), slots.size());
    }
    /// What is written before the push is what a taker reads.
    void push(std::size_t index) {
        content[index].write(static_cast<int>(index) + 1);
        if (ring.push(tasks[index]))
            ++pushed;
        else
            ++refused, ++taken[index];
    }
    void push_all() {
        for (std::size_t i = 0; i < count; ++i) push(i);
    }
    bool take_one(std::size_t& last) {
        const TaskSlot* task = ring.take();
        if (task == nullptr) return false;
        const auto index = static_cast<std::size_t>(task - tasks.data());
        schedule.require(index < count, "what is taken was pushed");
        schedule.require(content[index].read() == static_cast<int>(index) + 1,
                         "what was written before the push is visible to who takes the task");
        schedule.require(++taken[index] == 1, "no task is taken twice");
        schedule.require(last == kMostTasks || index > last,
                         "one taker sees tasks in the order in which they were pushed");
        last = index;
        return true;
    }
    void take_up_to(int most) {
        std::size_t last = kMostTasks;
        for (int i = 0; i < most; ++i) take_one(last);
    }
    /// After the threads: what is left is there, and nothing is lost.
    void finish() {
        std::size_t last = kMostTasks;
        while (take_one(last)) {
        }
        for (std::size_t i = 0; i < count; ++i) schedule.require(taken[i] == 1, "no task is lost");
        schedule.require(!ring.any(), "a ring from which all is taken is empty");
    }

    Schedule& schedule;
    std::size_t count;
    std::array<sync::Atomic<TaskSlot*>, 4> slots{};
    ReadyRing ring;
    std::array<TaskSlot, kMostTasks> tasks{};
    std::array<Plain<int>, kMostTasks> content;
    std::array<int, kMostTasks> taken{};
    int pushed = 0;
    int refused = 0;
};

void owner_and_takers(Schedule& schedule, std::uint64_t places, std::size_t tasks, int takers, int takes) {
    Case c(schedule, places, tasks);
    schedule.thread("owner", [&] { c.push_all(); });
    for (int i = 0; i < takers; ++i)
        schedule.thread("taker " + std::to_string(i + 1), [&] { c.take_up_to(takes); });
    schedule.run();
    schedule.require(c.pushed >= static_cast<int>(std::min<std::size_t>(places, tasks)),
                     "a push is refused only when the ring has been filled");
    c.finish();
}

TEST(ReadyRingInterleaved, each_task_is_taken_once_by_one_of_two_takers_of_2_places_across_2_to_the_32) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 1},
                              [](Schedule& s) { owner_and_takers(s, 2, 3, 2, 2); });
}
TEST(ReadyRingInterleaved, each_task_is_taken_once_by_one_and_two_takers_of_4_places_across_2_to_the_32) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 1},
                              [](Schedule& s) { owner_and_takers(s, 4, 5, 1, 4); });
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1},
                              [](Schedule& s) { owner_and_takers(s, 4, 5, 2, 2); });
}
TEST(ReadyRingInterleaved, each_task_is_taken_once_with_one_taker_and_three_preemptions) {
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 2},
                              [](Schedule& s) { owner_and_takers(s, 2, 4, 1, 3); });
}
TEST(ReadyRingInterleaved, each_task_is_taken_once_in_long_random_runs_of_2_and_4_places) {
    explored::expect_random_hold(30'000, [](Schedule& s) { owner_and_takers(s, 2, 12, 2, 8); });
    explored::expect_random_hold(30'000, [](Schedule& s) { owner_and_takers(s, 4, 16, 3, 6); });
}

TEST(ReadyRingInterleaved, an_owner_that_takes_from_its_own_ring_and_a_thief_never_get_the_same_task) {
    const auto body = [](Schedule& schedule) {
        Case c(schedule, 2, 3);
        schedule.thread("owner", [&] {
            c.push_all();
            c.take_up_to(2);
        });
        schedule.thread("thief", [&] { c.take_up_to(2); });
        schedule.run();
        c.finish();
    };
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 1}, body);
}

TEST(ReadyRingInterleaved, a_depth_that_the_owner_sees_was_never_exceeded_by_what_it_pushed) {
    const auto body = [](Schedule& schedule) {
        Case c(schedule, 4, 3);
        schedule.thread("owner", [&] {
            c.push_all();
            schedule.require(!c.ring.at_least(4), "no more tasks wait than were pushed");
        });
        schedule.thread("taker", [&] { c.take_up_to(2); });
        schedule.run();
        c.finish();
    };
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 1}, body);
}

/// What the owner learns by asking for the depth is what its next push relies on.
TEST(ReadyRingInterleaved, an_owner_that_asks_for_the_depth_pushes_over_no_task_that_is_being_taken) {
    const auto body = [](Schedule& schedule) {
        Case c(schedule, 2, 4);
        schedule.thread("owner", [&] {
            for (std::size_t i = 0; i < c.count; ++i) {
                static_cast<void>(c.ring.at_least(1));
                c.push(i);
            }
        });
        schedule.thread("taker", [&] { c.take_up_to(3); });
        schedule.run();
        c.finish();
    };
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 1}, body);
}

TEST(ReadyRingInterleaved, the_exploration_fills_the_ring_and_wraps_it) {
    int most_refused = 0;
    int most_pushed = 0;
    const auto coverage = explored::explore_randomly(2'000, [&](Schedule& schedule) {
        Case c(schedule, 2, 8);
        schedule.thread("owner", [&] { c.push_all(); });
        schedule.thread("taker", [&] { c.take_up_to(8); });
        schedule.run();
        most_refused = std::max(most_refused, c.refused);
        most_pushed = std::max(most_pushed, c.pushed);
    });
    EXPECT_EQ(coverage.failure, "");
    EXPECT_GT(most_refused, 0);
    EXPECT_GT(most_pushed, 4);
}

}  // namespace
}  // namespace weir
