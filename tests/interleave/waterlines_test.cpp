// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// Both waterlines against threads that release tasks: no slot, edge, payload or entry is used again too
// early. Whatever is touched by two threads that nothing orders is found as a data race of the watched
// records.
#include <gtest/gtest.h>

#include <string>

#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_tasks.hpp"

namespace weir {
namespace {

using explored::Schedule;
using explored::TinyEdge;
using explored::TinySizes;
using explored::TinyTasks;

/// An orchestrator that submits with back-pressure, and threads that run what is ready.
struct Pipeline {
    Pipeline(Schedule& s, const TinySizes& sizes, int all_tasks)
        : schedule(s), tasks(s, sizes), left(all_tasks) {
        ready.attach(places.data(), places.size());
    }
    void submit(int ring, bool owner, const std::vector<TinyEdge>& edges) {
        while (!tasks.has_room(ring, edges.size())) {
            ++times_held_back;
            sync::pause();
            tasks.advance();
        }
        if (TaskSlot* task = tasks.submit(ring, owner, edges))
            schedule.require(ready.push(*task), "the ready ring has room");
    }
    void work() {
        while (left.load() != 0) {
            TaskSlot* task = ready.take();
            if (task == nullptr) {
                sync::pause();
                continue;
            }
            while (task != nullptr) {
                TaskSlot* next = nullptr;
                tasks.run(*task, [&](TaskSlot& consumer) {
                    schedule.require(next == nullptr, "these graphs make one task ready at a time");
                    next = &consumer;
                });
                left.fetch_sub(1);
                task = next;
            }
        }
    }

    Schedule& schedule;
    TinyTasks tasks;
    sync::Atomic<int> left;
    std::array<sync::Atomic<TaskSlot*>, 16> places{};
    ReadyRing ready;
    int times_held_back = 0;
};

/// Independent tasks, or a chain.
void flat_loop(Schedule& schedule, int count, int workers, bool chained, const TinySizes& sizes,
               int* held_back = nullptr) {
    Pipeline pipeline(schedule, sizes, count);
    schedule.thread("orchestrates", [&] {
        for (int i = 0; i < count; ++i)
            pipeline.submit(0, false,
                            chained && i > 0 ? std::vector<TinyEdge>{{i - 1}} : std::vector<TinyEdge>{});
    });
    for (int i = 0; i < workers; ++i)
        schedule.thread("worker " + std::to_string(i + 1), [&] { pipeline.work(); });
    schedule.run();
    pipeline.tasks.finish();
    if (held_back != nullptr) *held_back = std::max(*held_back, pipeline.times_held_back);
}

TEST(WaterlinesInterleaved, a_loop_longer_than_every_window_reuses_nothing_that_a_worker_still_touches) {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1}, [](Schedule& s) {
        flat_loop(s, 4, 1, false, {.task_window = 2, .consumed_window = 2, .dep_pool = 4});
    });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, [](Schedule& s) {
        flat_loop(s, 6, 1, false, {.task_window = 4, .consumed_window = 4, .dep_pool = 4});
    });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, [](Schedule& s) {
        flat_loop(s, 4, 2, false, {.task_window = 2, .consumed_window = 2, .dep_pool = 4});
    });
    explored::expect_random_hold(10'000, [](Schedule& s) {
        flat_loop(s, 12, 2, false, {.task_window = 2, .consumed_window = 4, .dep_pool = 4});
    });
}

TEST(WaterlinesInterleaved, a_chain_longer_than_every_window_reuses_nothing_that_a_worker_still_touches) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, [](Schedule& s) {
        flat_loop(s, 4, 1, true, {.task_window = 2, .consumed_window = 2, .dep_pool = 2});
    });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, [](Schedule& s) {
        flat_loop(s, 6, 1, true, {.task_window = 4, .consumed_window = 4, .dep_pool = 4});
    });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, [](Schedule& s) {
        flat_loop(s, 4, 2, true, {.task_window = 2, .consumed_window = 2, .dep_pool = 2});
    });
    explored::expect_random_hold(10'000, [](Schedule& s) {
        flat_loop(s, 12, 2, true, {.task_window = 4, .consumed_window = 4, .dep_pool = 4});
    });
}

TEST(WaterlinesInterleaved, the_exploration_holds_the_orchestrator_back) {
    int held_back = 0;
    const auto coverage = explored::explore_randomly(200, [&](Schedule& s) {
        flat_loop(s, 8, 1, false, {.task_window = 2, .consumed_window = 2, .dep_pool = 4}, &held_back);
    });
    EXPECT_EQ(coverage.failure, "");
    EXPECT_GT(held_back, 0);
}

/// The first task owns memory and its scope stays open until a consumed window of tasks has passed the main
/// ring, which has wrapped: the next entry is the owner's, and the orchestrator has to wait for it.
void long_lived_owner(Schedule& schedule) {
    Pipeline pipeline(schedule, {.task_window = 2, .consumed_window = 4, .dep_pool = 4}, 6);
    schedule.thread("orchestrates", [&] {
        pipeline.submit(0, true, {});
        for (int i = 1; i < 4; ++i) pipeline.submit(0, false, {});
        schedule.require(!pipeline.tasks.ring(0).entry_free(), "the owner's entry is in use");
        pipeline.tasks.advance();
        schedule.require(!pipeline.tasks.has_room(0, 0), "an open scope keeps the owner's entry");
        pipeline.tasks.close_scope_of(0);
        pipeline.submit(0, false, {});
        pipeline.submit(0, false, {});
    });
    schedule.thread("works", [&] { pipeline.work(); });
    schedule.run();
    pipeline.tasks.finish();
}

TEST(WaterlinesInterleaved, an_owner_that_outlives_a_consumed_window_of_tasks_is_not_overwritten) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, long_lived_owner);
    explored::expect_random_hold(10'000, long_lived_owner);
}

/// As long as the keeper runs, the owner's memory is there, although both waterlines pass over other tasks
/// meanwhile.
void late_keeper(Schedule& schedule) {
    Pipeline pipeline(schedule, {.task_window = 2, .consumed_window = 4, .dep_pool = 2}, 4);
    schedule.thread("orchestrates", [&] {
        pipeline.submit(0, true, {});
        pipeline.submit(0, false, {{.producer = 0, .waits = true, .keeps = true}});
        pipeline.tasks.close_scope_of(0);
        pipeline.submit(1, false, {});
        pipeline.submit(0, false, {});
        pipeline.tasks.advance();
    });
    schedule.thread("worker 1", [&] { pipeline.work(); });
    schedule.thread("worker 2", [&] { pipeline.work(); });
    schedule.run();
    pipeline.tasks.finish();
}

TEST(WaterlinesInterleaved, an_owner_with_a_late_keeper_is_not_reclaimed_before_it) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, late_keeper);
    explored::expect_random_hold(20'000, late_keeper);
}

}  // namespace
}  // namespace weir
