// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// FutexParker, the parking of the product, on a futex made of a mutex and a condition variable of the
// explorer. The other tests use the explorer's Parker, which does by its contract what is shown here.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <mutex>

#include "explored.hpp"
#include "explored_check.hpp"
#include "model/sync.hpp"

namespace weir {
namespace {

using explored::Plain;
using explored::Schedule;

/// What the kernel promises: the look at the word and the falling asleep are one step for who wakes. Reached
/// by a pointer, since the parker knows its futex by type only.
struct ExploredFutex {
    static bool wait(sync::Atomic<std::uint32_t>& word, std::int64_t timeout_ns) {
        std::unique_lock lock(current->mutex);
        const int seen = current->wakes;
        const auto awake = [&] {
            // Relaxed: the lock orders.
            return word.load(std::memory_order_relaxed) != 0 || current->wakes != seen;
        };
        if (timeout_ns >= 0)
            return current->changed.wait_for(lock, std::chrono::nanoseconds(timeout_ns), awake);
        current->changed.wait(lock, awake);
        return true;
    }
    static void wake(sync::Atomic<std::uint32_t>&) {
        const std::lock_guard lock(current->mutex);
        ++current->wakes;
        current->changed.notify_all();
    }

    sync::Mutex mutex;
    sync::ConditionVariable changed;
    int wakes = 0;
    inline static ExploredFutex* current = nullptr;
};
using Parker = sync::FutexParker<ExploredFutex>;

/// Each of `rounds` messages is handed over by a token and given back by one.
void messages(Schedule& schedule, int rounds) {
    ExploredFutex futex;
    ExploredFutex::current = &futex;
    Parker there;
    Parker back;
    Plain<int> message{0};
    schedule.thread("sender", [&] {
        for (int i = 1; i <= rounds; ++i) {
            message.write(i);
            there.unpark();
            schedule.require(back.park(), "without a timeout a parking ends by a token");
        }
    });
    schedule.thread("receiver", [&] {
        for (int i = 1; i <= rounds; ++i) {
            schedule.require(there.park(), "without a timeout a parking ends by a token");
            schedule.require(message.read() == i, "who is woken sees what the waker did before");
            back.unpark();
        }
    });
    schedule.run();
}

TEST(ParkerInterleaved, no_token_is_lost_and_who_is_woken_sees_what_the_waker_did) {
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 2}, [](Schedule& s) { messages(s, 1); });
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1}, [](Schedule& s) { messages(s, 2); });
    explored::expect_random_hold(10'000, [](Schedule& s) { messages(s, 4); });
}

TEST(ParkerInterleaved, tokens_of_two_wakers_are_one_or_two_and_each_carries_what_its_waker_did) {
    const auto body = [](Schedule& schedule) {
        ExploredFutex futex;
        ExploredFutex::current = &futex;
        Parker parker;
        sync::Atomic<int> wakes{0};
        for (const char* name : {"one", "two"})
            schedule.thread(name, [&] {
                wakes.fetch_add(1, std::memory_order_relaxed);  // carried by the token
                parker.unpark();
            });
        schedule.thread("sleeper", [&] {
            parker.park();
            const int seen = wakes.load(std::memory_order_relaxed);  // as above
            schedule.require(seen >= 1, "a token is given by somebody");
            if (seen == 1) parker.park();
        });
        schedule.run();
    };
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1}, body);
}

TEST(ParkerInterleaved, a_token_that_comes_with_the_timeout_is_taken_or_kept) {
    const auto body = [](Schedule& schedule) {
        ExploredFutex futex;
        ExploredFutex::current = &futex;
        Parker parker;
        Plain<int> message{0};
        schedule.thread("waker", [&] {
            message.write(1);
            parker.unpark();
        });
        schedule.thread("sleeper", [&] {
            if (!parker.park(1'000)) parker.park();
            schedule.require(message.read() == 1, "who is woken sees what the waker did before");
        });
        schedule.run();
    };
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 2}, body);
}

}  // namespace
}  // namespace weir
