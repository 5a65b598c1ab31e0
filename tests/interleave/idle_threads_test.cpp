// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// IdleThreads: no wake-up is lost. A thread that sleeps for ever while a task waits, or while what it waits
// for has happened, makes the whole execution stop, which the explorer reports.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

#include "explored.hpp"
#include "explored_check.hpp"
#include "model/asymmetric_fence.hpp"
#include "parked_threads.hpp"
#include "scheduler/idle_threads.hpp"
#include "scheduler/overflow_queue.hpp"
#include "scheduler/ready_ring.hpp"

namespace weir {
namespace {

using explored::Schedule;

/// Tasks to be run by workers that park when there is none. Worker i is idle thread i; thread 0 is the
/// publisher.
struct Workers {
    Workers(Schedule& s, int worker_count, int task_count, bool through_overflow)
        : schedule(s), tasks_left(task_count), overflowing(through_overflow), idle(worker_count + 1) {
        ring.attach(slots.data(), slots.size());
    }
    void publish(TaskSlot& task) {
        if (overflowing)
            overflow.push(task);
        else
            schedule.require(ring.push(task), "the ring has room");
        idle.wake_one();
    }
    TaskSlot* take() { return overflowing ? overflow.take(kMinPriority) : ring.take(); }
    [[nodiscard]] bool something_to_do() const {
        // Relaxed: ordered by idle-1.
        return stopping.load(std::memory_order_relaxed) || (overflowing ? overflow.any() : ring.any());
    }
    /// The loop of a worker thread, without its spinning.
    template <class Run>
    void work(int index, Run&& run) {
        while (!stopping.load(std::memory_order_relaxed)) {  // relaxed: parking looks again
            if (TaskSlot* task = take()) {
                run(*task);
                if (tasks_left.fetch_sub(1) == 1) all_done.unpark();
                continue;
            }
            idle.enter(index);
            if (something_to_do())
                idle.leave(index);
            else
                idle.park(index);
        }
    }
    void wait_and_stop() {
        all_done.park();
        stopping.store(true, std::memory_order_relaxed);  // idle-1
        idle.wake_all();
    }

    Schedule& schedule;
    std::array<sync::Atomic<TaskSlot*>, 4> slots{};
    ReadyRing ring;
    OverflowQueue overflow;
    std::array<TaskSlot, 4> tasks{};
    sync::Atomic<int> tasks_left;
    sync::Atomic<bool> stopping{false};
    sync::Parker all_done;
    bool overflowing;
    IdleThreads idle;
};

void publisher_and_worker(Schedule& schedule, int tasks, bool through_overflow) {
    Workers workers(schedule, 1, tasks, through_overflow);
    schedule.thread("publisher", [&] {
        for (int i = 0; i < tasks; ++i) workers.publish(workers.tasks[static_cast<std::size_t>(i)]);
        workers.wait_and_stop();
    });
    schedule.thread("worker", [&] { workers.work(1, [](TaskSlot&) {}); });
    schedule.run();
}

TEST(IdleThreadsInterleaved, a_worker_never_sleeps_while_a_task_waits_in_a_ready_ring) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 2},
                              [](Schedule& s) { publisher_and_worker(s, 1, false); });
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1},
                              [](Schedule& s) { publisher_and_worker(s, 2, false); });
}
TEST(IdleThreadsInterleaved, a_worker_never_sleeps_while_a_task_waits_in_the_overflow_queue) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 2},
                              [](Schedule& s) { publisher_and_worker(s, 1, true); });
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1},
                              [](Schedule& s) { publisher_and_worker(s, 2, true); });
}

/// Something is published for one thread alone, which parks when it has not seen it.
void one_thread_is_meant(Schedule& schedule) {
    IdleThreads idle(2);
    sync::Atomic<bool> published{false};
    schedule.thread("publisher", [&] {
        published.store(true, std::memory_order_relaxed);  // idle-1
        idle.wake_if_parked(1);
    });
    schedule.thread("thread 1", [&] {
        while (!published.load(std::memory_order_relaxed)) {  // relaxed: parking looks again
            idle.enter(1);
            if (published.load(std::memory_order_relaxed))  // idle-1
                idle.leave(1);
            else
                idle.park(1);
        }
    });
    schedule.run();
}

TEST(IdleThreadsInterleaved, a_thread_never_sleeps_while_something_waits_for_it_alone) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 2}, one_thread_is_meant);
}

/// Two tasks of which neither ends before the other has started: both workers must be awake.
void two_workers_that_need_each_other(Schedule& schedule) {
    Workers workers(schedule, 2, 2, false);
    std::array<sync::Parker, 2> other_started;
    const auto run = [&](TaskSlot& task) {
        const std::size_t index = &task == workers.tasks.data() ? 0 : 1;
        other_started[1 - index].unpark();
        other_started[index].park();
    };
    schedule.thread("publisher", [&] {
        workers.publish(workers.tasks[0]);
        workers.publish(workers.tasks[1]);
        workers.wait_and_stop();
    });
    for (int i = 1; i <= 2; ++i)
        schedule.thread("worker " + std::to_string(i), [&, i] { workers.work(i, run); });
    schedule.run();
}

TEST(IdleThreadsInterleaved, as_many_workers_wake_as_there_are_tasks) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, two_workers_that_need_each_other);
    explored::expect_random_hold(40'000, two_workers_that_need_each_other);
}

/// Thread 0 waits for a transition and then does something else; a task that is published meanwhile must not
/// be left to a worker that sleeps because thread 0 took its wake-up. The task is published after the
/// transition that ends the wait.
void waiting_thread_and_worker(Schedule& schedule) {
    Workers workers(schedule, 1, 1, false);
    TaskEntry entry{};
    schedule.thread("waits", [&] {
        workers.idle.await(&entry);
        workers.idle.enter(0);
        // release-1
        if (entry.state.load(std::memory_order_acquire) == TaskState::released)
            workers.idle.leave(0);
        else
            workers.idle.park(0);
        workers.idle.await(nullptr);
        workers.wait_and_stop();
    });
    schedule.thread("finisher", [&] {
        entry.state.store(TaskState::released, std::memory_order_release);  // release-1
        workers.idle.transitioned(entry);
        workers.publish(workers.tasks[0]);
    });
    schedule.thread("worker", [&] { workers.work(1, [](TaskSlot&) {}); });
    schedule.run();
}

TEST(IdleThreadsInterleaved, a_thread_that_leaves_hands_the_waking_on_that_was_meant_for_a_task) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1}, waiting_thread_and_worker);
    explored::expect_random_hold(20'000, waiting_thread_and_worker);
}

/// A transition that is awaited, and one that is not; and then a parking that nobody ends, to find a token
/// left behind.
void transition_and_waiting_thread(Schedule& schedule) {
    std::array<TaskEntry, 2> entries{};
    IdleThreads idle(1);
    sync::Atomic<bool> finisher_ended{false};
    schedule.thread("waits", [&] {
        idle.await(&entries[1]);
        idle.enter(0);
        // release-2
        if (entries[1].state.load(std::memory_order_acquire) == TaskState::consumed)
            idle.leave(0);
        else
            idle.park(0);
        idle.await(nullptr);
        const TaskState state = entries[1].state.load(std::memory_order_acquire);  // release-2
        schedule.require(state == TaskState::consumed, "nobody wakes a waiting thread before its transition");
        while (!finisher_ended.load()) sync::pause();
        idle.enter(0);
        idle.park(0, 1'000'000);
    });
    schedule.thread("finisher", [&] {
        for (TaskEntry& entry : entries) {
            entry.state.store(TaskState::consumed, std::memory_order_release);  // release-2
            idle.transitioned(entry);
        }
        finisher_ended.store(true);
    });
    schedule.run();
    schedule.require(!parked_threads::any_parked(idle), "a thread that was not parked gets no token");
}

TEST(IdleThreadsInterleaved, a_thread_never_sleeps_through_the_transition_that_it_waits_for) {
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 3}, transition_and_waiting_thread);
}

/// A token of the first time would end the second parking at once, with the thread still in the list.
TEST(IdleThreadsInterleaved, no_token_is_left_behind_for_the_next_time) {
    for (const bool leaves : {true, false}) {
        explored::expect_all_hold({.preemptions = 4, .stale_loads = 2}, [leaves](Schedule& schedule) {
            IdleThreads idle(1);
            sync::Atomic<bool> waker_ended{false};
            schedule.thread("sleeper", [&] {
                idle.enter(0);
                if (leaves)
                    idle.leave(0);
                else
                    idle.park(0, 1'000'000);
                while (!waker_ended.load()) sync::pause();
                idle.enter(0);
                idle.park(0, 1'000'000);
            });
            schedule.thread("waker", [&] {
                idle.wake_one();
                waker_ended.store(true);
            });
            schedule.run();
            schedule.require(!parked_threads::any_parked(idle),
                             "a thread that has gone on is not in the list");
        });
    }
}

TEST(IdleThreadsInterleaved, waking_all_wakes_all) {
    const auto body = [](Schedule& schedule) {
        IdleThreads idle(2);
        sync::Atomic<bool> stopping{false};
        for (int i = 0; i < 2; ++i)
            schedule.thread("sleeper " + std::to_string(i), [&, i] {
                while (!stopping.load(std::memory_order_relaxed)) {  // relaxed: idle-1
                    idle.enter(i);
                    if (stopping.load(std::memory_order_relaxed))
                        idle.leave(i);  // relaxed: idle-1
                    else
                        idle.park(i);
                }
            });
        schedule.thread("stopper", [&] {
            stopping.store(true, std::memory_order_relaxed);  // idle-1
            idle.wake_all();
        });
        schedule.run();
    };
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 2}, body);
}

}  // namespace
}  // namespace weir
