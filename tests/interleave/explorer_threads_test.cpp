// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The explorer's threads, condition variables, clock and values for each thread: it finds the classic
// mistakes with them, and does not accuse what is right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>

#include "explored.hpp"
#include "explored_check.hpp"
#include "model/sync.hpp"

namespace weir::explored {
namespace {

using namespace std::chrono_literals;

void expect_found(const Body& body, const std::string& part_of_report) {
    EXPECT_THAT(explore_all({}, body).failure, testing::HasSubstr(part_of_report));
    EXPECT_THAT(explore_randomly(20'000, body).failure, testing::HasSubstr(part_of_report));
}

void start_and_join(Schedule& schedule, bool joins_before_it_reads) {
    Plain<int> value{0};
    schedule.thread("starter", [&] {
        value.write(1);
        sync::Thread other([&] { value.write(value.read() + 1); });
        if (joins_before_it_reads) other.join();
        schedule.require(value.read() == 2, "the started thread has written");
        if (!joins_before_it_reads) other.join();
    });
    schedule.run();
}

TEST(ExplorerThreads, does_not_accuse_values_that_start_and_join_hand_over) {
    expect_all_hold({.preemptions = 4, .stale_loads = 4}, [](Schedule& s) { start_and_join(s, true); });
}
TEST(ExplorerThreads, finds_a_value_that_is_read_before_its_writer_is_joined) {
    EXPECT_NE(explore_all({}, [](Schedule& s) { start_and_join(s, false); }).failure, "");
    EXPECT_THAT(explore_randomly(1'000, [](Schedule& s) { start_and_join(s, false); }).failure,
                testing::AnyOf(testing::HasSubstr("data race"), testing::HasSubstr("has written")));
}

TEST(ExplorerThreads, covers_both_orders_of_a_started_thread_and_its_starter_without_a_preemption) {
    std::set<std::string> orders;
    const Coverage coverage = explore_all({.preemptions = 0, .stale_loads = 0}, [&](Schedule& schedule) {
        std::string order;
        schedule.thread("starter", [&] {
            sync::Thread other([&] { order += 'o'; });
            order += 's';
            other.join();
        });
        schedule.run();
        orders.insert(order);
    });
    EXPECT_EQ(coverage.failure, "");
    EXPECT_EQ(orders, (std::set<std::string>{"os", "so"}));
}

TEST(ExplorerThreads, refuses_to_start_a_thread_outside_an_execution_as_a_system_without_threads_does) {
    EXPECT_THROW(sync::Thread([] {}), std::system_error);
}

/// A flag behind a condition variable. `holds_lock`: who sets it does so under the lock.
void notification(Schedule& schedule, bool holds_lock, bool notifies) {
    sync::Mutex mutex;
    sync::ConditionVariable changed;
    sync::Atomic<bool> flag{false};
    Plain<int> message{0};
    schedule.thread("waits", [&] {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return flag.load(); });
        if (holds_lock) schedule.require(message.read() == 42, "the message has arrived");
    });
    schedule.thread("sets", [&] {
        std::unique_lock<sync::Mutex> lock;
        if (holds_lock) lock = std::unique_lock(mutex);
        message.write(42);
        flag.store(true);
        if (notifies) changed.notify_all();
    });
    schedule.run();
}

TEST(ExplorerThreads, does_not_accuse_a_flag_that_is_set_under_the_lock_and_notified) {
    expect_all_hold({.preemptions = 4, .stale_loads = 2}, [](Schedule& s) { notification(s, true, true); });
}
TEST(ExplorerThreads, finds_a_flag_that_is_set_without_the_lock_between_the_look_and_the_waiting) {
    expect_found([](Schedule& s) { notification(s, false, true); }, "a wake-up was lost");
}
TEST(ExplorerThreads, finds_that_nobody_notifies) {
    expect_found([](Schedule& s) { notification(s, true, false); }, "waits to be notified");
}

TEST(ExplorerThreads, ends_a_waiting_with_a_timeout_by_notification_and_by_timeout) {
    std::set<bool> outcomes;
    const Coverage coverage = explore_all({}, [&](Schedule& schedule) {
        sync::Mutex mutex;
        sync::ConditionVariable changed;
        bool flag = false;
        schedule.thread("waits", [&] {
            std::unique_lock lock(mutex);
            outcomes.insert(changed.wait_for(lock, 1us, [&] { return flag; }));
        });
        schedule.thread("sets", [&] {
            const std::lock_guard lock(mutex);
            flag = true;
            changed.notify_all();
        });
        schedule.run();
    });
    EXPECT_EQ(coverage.failure, "");
    EXPECT_EQ(outcomes.size(), 2U);
}

TEST(ExplorerThreads, lets_time_pass_at_any_moment_and_only_when_the_test_says_so) {
    std::set<std::int64_t> seen;
    const Coverage coverage = explore_all({}, [&](Schedule& schedule) {
        schedule.thread("looks", [&] {
            const auto first = sync::Clock::now();
            const auto second = sync::Clock::now();
            schedule.require(second >= first, "time does not go back");
            seen.insert((second - first).count());
        });
        schedule.thread("time", [&] { pass_time(5); });
        schedule.run();
    });
    EXPECT_EQ(coverage.failure, "");
    EXPECT_EQ(seen, (std::set<std::int64_t>{0, 5}));
}

TEST(ExplorerThreads, gives_each_thread_of_each_execution_a_value_of_its_own) {
    expect_all_hold({.preemptions = 2, .stale_loads = 0}, [](Schedule& schedule) {
        struct OfThread {
            int value = 0;
        };
        sync::Atomic<int> steps{0};
        for (const char* name : {"one", "two"})
            schedule.thread(name, [&] {
                for (int i = 0; i < 2; ++i) {
                    schedule.require(sync::PerThread<OfThread>::value().value++ == i,
                                     "nobody else counts here");
                    steps.fetch_add(1);
                }
            });
        schedule.run();
    });
}

}  // namespace
}  // namespace weir::explored
