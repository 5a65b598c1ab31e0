// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// Lifecycle: wiring against completing, and keepers and scopes against reclaiming.
#include <gtest/gtest.h>

#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_tasks.hpp"

namespace weir {
namespace {

using explored::HandOver;
using explored::Schedule;
using explored::TinyTasks;

void nothing_else(TaskSlot&) {}

/// Runs a task and then, one after the other, those that it makes ready.
void run_all(TinyTasks& tasks, TaskSlot* task) {
    while (task != nullptr) {
        TaskSlot* next = nullptr;
        tasks.run(*task, [&](TaskSlot& ready) { next = &ready; });
        task = next;
    }
}

void wire_while_completing(Schedule& schedule) {
    TinyTasks tasks(schedule, {});
    TaskSlot* producer = tasks.submit(0, false, {});
    schedule.thread("completes", [&] { run_all(tasks, producer); });
    schedule.thread("wires", [&] { run_all(tasks, tasks.submit(0, false, {{0}})); });
    schedule.run();
    tasks.finish();
}

TEST(LifecycleInterleaved, a_consumer_that_is_wired_while_its_producer_completes_runs_once_and_after_it) {
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 3}, wire_while_completing);
}

void wire_two_while_both_complete(Schedule& schedule) {
    TinyTasks tasks(schedule, {.task_window = 4, .consumed_window = 4, .dep_pool = 4});
    TaskSlot* one = tasks.submit(0, false, {});
    TaskSlot* two = tasks.submit(0, false, {});
    schedule.thread("completes 1", [&] { run_all(tasks, one); });
    schedule.thread("completes 2", [&] { run_all(tasks, two); });
    schedule.thread("wires", [&] { run_all(tasks, tasks.submit(0, false, {{0}, {1}})); });
    schedule.run();
    tasks.finish();
}

TEST(LifecycleInterleaved, a_consumer_of_two_producers_becomes_ready_once_and_only_when_both_have_completed) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 1}, wire_two_while_both_complete);
    explored::expect_random_hold(20'000, wire_two_while_both_complete);
}

/// Without the orchestrator's own count the first producer would find the fanin at 0 before the second is
/// wired.
TEST(LifecycleInterleaved,
     a_producer_that_completes_early_does_not_start_a_consumer_that_is_still_being_wired) {
    const auto body = [](Schedule& schedule) {
        TinyTasks tasks(schedule, {.task_window = 4, .consumed_window = 4, .dep_pool = 4});
        TaskSlot* one = tasks.submit(0, false, {});
        TaskSlot* two = tasks.submit(0, false, {});
        schedule.thread("completes both", [&] {
            run_all(tasks, one);
            run_all(tasks, two);
        });
        schedule.thread("wires", [&] { run_all(tasks, tasks.submit(0, false, {{0}, {1}})); });
        schedule.run();
        tasks.finish();
    };
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 2}, body);
}

TEST(LifecycleInterleaved, every_consumer_is_told_when_several_are_wired_while_one_producer_completes) {
    const auto body = [](Schedule& schedule) {
        TinyTasks tasks(schedule, {.task_window = 4, .consumed_window = 4, .dep_pool = 4});
        TaskSlot* producer = tasks.submit(0, false, {});
        schedule.thread("completes", [&] {
            TaskSlot* ready[3] = {};
            std::size_t count = 0;
            tasks.run(*producer, [&](TaskSlot& task) { ready[count++] = &task; });
            for (std::size_t i = 0; i < count; ++i) tasks.run(*ready[i], nothing_else);
        });
        schedule.thread("wires", [&] {
            for (int i = 0; i < 3; ++i) run_all(tasks, tasks.submit(0, false, {{0}}));
        });
        schedule.run();
        tasks.finish();
    };
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 2}, body);
}

/// The consumers are in ring 1, whose entries are free as soon as they are released, although the producer in
/// ring 0 is still walking its list.
TEST(LifecycleInterleaved, the_list_that_is_being_walked_stays_although_entries_of_consumers_are_used_again) {
    const auto body = [](Schedule& schedule) {
        TinyTasks tasks(schedule, {.task_window = 2, .consumed_window = 2, .dep_pool = 2});
        TaskSlot* producer = tasks.submit(0, false, {});
        TaskSlot* blocker = tasks.submit(0, false, {});
        schedule.require(tasks.submit(1, false, {{0}}) == nullptr, "it waits");
        schedule.require(tasks.submit(1, false, {{0}}) == nullptr, "it waits");
        // The newest edge is walked first: both hand-overs happen in that order.
        std::array<HandOver, 2> handed;
        schedule.thread("completes", [&] {
            std::size_t count = 0;
            tasks.run(*producer, [&](TaskSlot& ready) { handed[count++].give(ready); });
        });
        schedule.thread("runs", [&] {
            tasks.run(handed[0].take(), nothing_else);
            tasks.run(handed[1].take(), nothing_else);
        });
        schedule.thread("submits", [&] {
            while (!tasks.has_room(1, 1)) {
                sync::pause();
                tasks.advance();
            }
            run_all(tasks, tasks.submit(1, false, {{1}}));
            run_all(tasks, blocker);
        });
        schedule.run();
        tasks.finish();
    };
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1}, body);
    explored::expect_random_hold(10'000, body);
}

/// The newest consumer is the only one that the walker has told; its entry is used again at once.
TEST(LifecycleInterleaved, an_edge_is_not_touched_after_its_consumer_was_told) {
    const auto body = [](Schedule& schedule) {
        TinyTasks tasks(schedule, {.task_window = 2, .consumed_window = 2, .dep_pool = 2});
        TaskSlot* producer = tasks.submit(0, false, {});
        TaskSlot* other = tasks.submit(0, false, {});
        schedule.require(tasks.submit(1, false, {{0}}) == nullptr, "it waits");
        HandOver handed;
        schedule.thread("completes",
                        [&] { tasks.run(*producer, [&](TaskSlot& ready) { handed.give(ready); }); });
        schedule.thread("runs and submits", [&] {
            tasks.run(handed.take(), nothing_else);
            tasks.advance();
            run_all(tasks, tasks.submit(1, false, {{1}}));
            run_all(tasks, tasks.submit(1, false, {{1}}));
            run_all(tasks, other);
        });
        schedule.run();
        tasks.advance();
        for (int i = 0; i < 3; ++i) schedule.require(tasks.runs(i) == 1, "every task has run");
    };
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 1}, body);
}

/// Task 0 owns memory, task 1 uses it; the scope closes at any moment.
void owner_keeper_and_scope(Schedule& schedule) {
    TinyTasks tasks(schedule, {});
    TaskSlot* owner = tasks.submit(0, true, {});
    schedule.thread("works", [&] { run_all(tasks, owner); });
    schedule.thread("orchestrates", [&] {
        TaskSlot* keeper = tasks.submit(0, false, {{.producer = 0, .waits = true, .keeps = true}});
        tasks.close_scope_of(0);
        tasks.advance();
        run_all(tasks, keeper);
        tasks.advance();
    });
    schedule.run();
    tasks.finish();
}

TEST(LifecycleInterleaved, an_owner_is_consumed_once_and_only_after_itself_its_scope_and_its_keeper) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 2}, owner_keeper_and_scope);
}

TEST(LifecycleInterleaved, two_keepers_that_are_released_at_once_make_the_owner_consumed_once) {
    const auto body = [](Schedule& schedule) {
        TinyTasks tasks(schedule, {.task_window = 4, .consumed_window = 4, .dep_pool = 4});
        TaskSlot* owner = tasks.submit(0, true, {});
        tasks.run(*owner, nothing_else);
        TaskSlot* one = tasks.submit(0, false, {{.producer = 0, .waits = true, .keeps = true}});
        TaskSlot* two = tasks.submit(0, false, {{.producer = 0, .waits = true, .keeps = true}});
        schedule.thread("one", [&] { run_all(tasks, one); });
        schedule.thread("two", [&] { run_all(tasks, two); });
        schedule.thread("orchestrates", [&] {
            tasks.close_scope_of(0);
            tasks.advance();
        });
        schedule.run();
        tasks.finish();
    };
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1}, body);
    explored::expect_random_hold(10'000, body);
}

TEST(LifecycleInterleaved, an_owner_whose_scope_closes_while_it_runs_is_not_reclaimed_under_its_kernel) {
    const auto body = [](Schedule& schedule) {
        TinyTasks tasks(schedule, {});
        TaskSlot* owner = tasks.submit(0, true, {});
        schedule.thread("works", [&] { run_all(tasks, owner); });
        schedule.thread("orchestrates", [&] {
            tasks.close_scope_of(0);
            tasks.advance();
        });
        schedule.run();
        tasks.finish();
    };
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 3}, body);
}

/// A keeper that does not wait (MANUAL, no_dep) still keeps.
TEST(LifecycleInterleaved, a_keeper_that_is_not_ordered_behind_the_owner_holds_its_memory) {
    const auto body = [](Schedule& schedule) {
        TinyTasks tasks(schedule, {});
        TaskSlot* owner = tasks.submit(0, true, {});
        tasks.run(*owner, nothing_else);
        TaskSlot* keeper = tasks.submit(0, false, {{.producer = 0, .waits = false, .keeps = true}});
        schedule.thread("works", [&] { run_all(tasks, keeper); });
        schedule.thread("orchestrates", [&] {
            tasks.close_scope_of(0);
            tasks.advance();
        });
        schedule.run();
        tasks.finish();
    };
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 3}, body);
}

}  // namespace
}  // namespace weir
