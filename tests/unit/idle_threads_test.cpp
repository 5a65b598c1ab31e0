// SPDX-License-Identifier: Apache-2.0
// IdleThreads and Parker with threads of the operating system; tests/interleave explores the protocol.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "parked_threads.hpp"
#include "scheduler/idle_threads.hpp"

namespace weir {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t kMillisecondNs = 1'000'000;

TEST(Parker, keeps_a_token_that_is_given_early_and_counts_several_as_one) {
    sync::Parker parker;
    parker.unpark();
    parker.unpark();
    EXPECT_TRUE(parker.park());
    EXPECT_FALSE(parker.park(kMillisecondNs));
}

TEST(Parker, waits_as_long_as_it_is_told_when_no_token_comes) {
    sync::Parker parker;
    const auto start = Clock::now();
    EXPECT_FALSE(parker.park(20 * kMillisecondNs));
    EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(20));
}

TEST(IdleThreads, a_thread_that_leaves_in_time_gets_no_token) {
    IdleThreads idle(1);
    idle.enter(0);
    EXPECT_TRUE(parked_threads::any_parked(idle));
    idle.leave(0);
    EXPECT_FALSE(parked_threads::any_parked(idle));
    idle.wake_one();
    idle.enter(0);
    const auto start = Clock::now();
    idle.park(0, 5 * kMillisecondNs);
    EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(5));
    EXPECT_FALSE(parked_threads::any_parked(idle)) << "a timeout takes it out of the list";
}

TEST(IdleThreads, wakes_the_thread_that_parked_last) {
    IdleThreads idle(3);
    for (int thread = 0; thread < 3; ++thread) idle.enter(thread);
    idle.wake_one();
    idle.park(2);
    idle.wake(0);
    idle.park(0);
    EXPECT_TRUE(parked_threads::any_parked(idle));
    idle.leave(1);
    EXPECT_FALSE(parked_threads::any_parked(idle));
}

TEST(IdleThreads, a_transition_wakes_thread_0_only_for_the_task_that_it_awaits) {
    IdleThreads idle(1);
    TaskEntry awaited{};
    const TaskEntry other{};
    idle.await(&awaited);
    idle.enter(0);
    idle.transitioned(other);
    EXPECT_TRUE(parked_threads::any_parked(idle));
    idle.transitioned(awaited);
    EXPECT_FALSE(parked_threads::any_parked(idle));
    idle.park(0);
}

TEST(IdleThreads, waking_all_ends_every_sleep) {
    constexpr int kThreads = 4;
    IdleThreads idle(kThreads);
    std::atomic<bool> stopping{false};
    std::atomic<int> parkings{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&, i] {
            while (!stopping.load()) {
                idle.enter(i);
                parkings.fetch_add(1);
                if (stopping.load())
                    idle.leave(i);
                else
                    idle.park(i);
            }
        });
    // Each parks many times only if it is woken as often.
    while (parkings.load() < 100 * kThreads) idle.wake_one();
    stopping.store(true);
    idle.wake_all();
    for (std::thread& thread : threads) thread.join();
    EXPECT_FALSE(parked_threads::any_parked(idle));
}

}  // namespace
}  // namespace weir
