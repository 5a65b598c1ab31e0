// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// OverflowQueue: several threads push and take tasks of several priorities.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "explored.hpp"
#include "explored_check.hpp"
#include "scheduler/overflow_queue.hpp"

namespace weir {
namespace {

using explored::Plain;
using explored::Schedule;

constexpr std::size_t kTasks = 4;

struct Case {
    explicit Case(Schedule& s, std::array<int, kTasks> priorities) : schedule(s) {
        for (std::size_t i = 0; i < kTasks; ++i) tasks[i].priority = static_cast<std::int8_t>(priorities[i]);
        schedule.watch("queue", &queue);
        schedule.watch("tasks", tasks.data(), tasks.size());
    }
    void push(std::size_t index) {
        content[index].write(1);
        queue.push(tasks[index]);
    }
    /// The priority of what was taken; below any when nothing was.
    int take(int lowest) {
        const TaskSlot* task = queue.take(lowest);
        if (task == nullptr) return kMinPriority - 1;
        const auto index = static_cast<std::size_t>(task - tasks.data());
        schedule.require(task->priority >= lowest, "nothing is taken that is less urgent than asked for");
        schedule.require(content[index].read() == 1,
                         "what was written before the push is visible to who takes");
        schedule.require(++taken[index] == 1, "no task is taken twice");
        return task->priority;
    }
    void finish() {
        while (take(kMinPriority) >= kMinPriority) {
        }
        for (std::size_t i = 0; i < kTasks; ++i) schedule.require(taken[i] == 1, "no task is lost");
        schedule.require(!queue.any(), "a queue from which all is taken says so");
    }

    Schedule& schedule;
    OverflowQueue queue;
    std::array<TaskSlot, kTasks> tasks{};
    std::array<Plain<int>, kTasks> content;
    std::array<int, kTasks> taken{};
};

void two_push_one_takes(Schedule& schedule) {
    Case c(schedule, {0, 3, 3, -2});
    schedule.thread("one", [&] {
        c.push(0);
        c.push(1);
    });
    schedule.thread("two", [&] {
        c.push(2);
        c.push(3);
    });
    schedule.thread("taker", [&] {
        c.take(1);
        c.take(kMinPriority);
    });
    schedule.run();
    c.finish();
}

TEST(OverflowQueueInterleaved, each_task_is_taken_once_with_two_pushers_and_a_taker) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 2}, two_push_one_takes);
    explored::expect_random_hold(20'000, two_push_one_takes);
}

TEST(OverflowQueueInterleaved, two_takers_never_get_the_same_task) {
    const auto body = [](Schedule& schedule) {
        Case c(schedule, {1, 1, 0, 0});
        for (std::size_t i = 0; i < kTasks; ++i) c.push(i);
        for (const char* name : {"one", "two"})
            schedule.thread(name, [&] {
                c.take(1);
                c.take(kMinPriority);
            });
        schedule.run();
        c.finish();
    };
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 2}, body);
}

TEST(OverflowQueueInterleaved, a_taker_without_rivals_gets_the_most_urgent_task_and_equal_ones_in_order) {
    const auto body = [](Schedule& schedule) {
        Case c(schedule, {0, 3, 3, -2});
        schedule.thread("pusher", [&] {
            for (std::size_t i = 0; i < kTasks; ++i) c.push(i);
        });
        schedule.thread("taker", [&] {
            if (c.take(kMinPriority) != 3) return;
            schedule.require(c.taken[1] == 1, "of two equally urgent tasks the older is taken first");
        });
        schedule.run();
        c.finish();
    };
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 2}, body);
}

}  // namespace
}  // namespace weir
