// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The explorer finds the classic mistakes, and does not accuse what is right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>

#include "explored.hpp"
#include "explored_check.hpp"
#include "model/sync.hpp"

namespace weir::explored {
namespace {

using std::memory_order_acquire;  // the tests say which of these is wrong
using std::memory_order_relaxed;  // as above
using std::memory_order_release;  // as above
using std::memory_order_seq_cst;  // as above

void expect_found(const Body& body, const std::string& part_of_report) {
    const Coverage all = explore_all({}, body);
    EXPECT_THAT(all.failure, testing::HasSubstr(part_of_report));
    const Coverage random = explore_randomly(20'000, body);
    EXPECT_THAT(random.failure, testing::HasSubstr(part_of_report));
}

void lost_update(Schedule& schedule) {
    sync::Atomic<int> count{0};
    for (const char* name : {"one", "two"}) schedule.thread(name, [&] { count.store(count.load() + 1); });
    schedule.run();
    schedule.require(count.load() == 2, "both increments count");
}

TEST(Explorer, finds_an_update_that_is_lost) { expect_found(lost_update, "both increments count"); }

TEST(Explorer, does_not_accuse_increments_that_are_one_operation) {
    expect_all_hold({}, [](Schedule& schedule) {
        sync::Atomic<int> count{0};
        for (const char* name : {"one", "two", "three"})
            schedule.thread(
                name, [&] { count.fetch_add(1, memory_order_relaxed); });  // relaxed: no order is needed
        schedule.run();
        schedule.require(count.load() == 3, "all increments count");
    });
}

TEST(Explorer, prints_the_interleaving_with_threads_operations_values_and_source_lines) {
    const Coverage coverage = explore_all({}, lost_update);
    EXPECT_THAT(coverage.failure, testing::ContainsRegex("one +load +#1 is 0 +explorer_test.cpp:[0-9]+"));
    EXPECT_THAT(coverage.failure, testing::ContainsRegex("two +store +#1 := 1 +explorer_test.cpp:[0-9]+"));
}

TEST(Explorer, repeats_a_failure_from_the_choices_that_it_printed) {
    const Coverage found = explore_randomly(20'000, lost_update);
    const std::string key = "WEIR_EXPLORE_CHOICES=";
    const std::size_t begin = found.failure.find(key) + key.size();
    const std::string choices = found.failure.substr(begin, found.failure.find('\n', begin) - begin);
    setenv("WEIR_EXPLORE_CHOICES", choices.c_str(), 1);
    const Coverage repeated = explore_all({}, lost_update);
    unsetenv("WEIR_EXPLORE_CHOICES");
    EXPECT_EQ(repeated.schedules, 1U);
    EXPECT_THAT(repeated.failure, testing::HasSubstr("both increments count"));
}

TEST(Explorer, repeats_the_same_random_schedules_for_the_same_seed) {
    const Coverage first = explore_randomly(20'000, lost_update, 7);
    const Coverage second = explore_randomly(20'000, lost_update, 7);
    EXPECT_EQ(first.failure, second.failure);
    EXPECT_EQ(first.schedules, second.schedules);
}

/// With its two stores and two loads of each thread there are 4!/(2! 2!) orders.
TEST(Explorer, covers_every_interleaving_when_preemptions_are_not_bounded) {
    std::set<std::string> orders;
    const Coverage coverage = explore_all({.preemptions = 4, .stale_loads = 0}, [&](Schedule& schedule) {
        sync::Atomic<int> a{0};
        std::string order;
        for (const char* name : {"x", "y"})
            schedule.thread(name, [&, name] {
                for (int i = 0; i < 2; ++i) {
                    a.store(1);
                    order += name;
                }
            });
        schedule.run();
        orders.insert(order);
    });
    EXPECT_TRUE(coverage.complete);
    EXPECT_EQ(orders.size(), 6U);
}

void notify_missed(Schedule& schedule, bool look_again) {
    sync::Atomic<bool> ready{false};
    sync::Atomic<bool> parked{false};
    sync::Parker parker;
    schedule.thread("sleeper", [&] {
        if (ready.load()) return;
        parked.store(true);
        if (look_again && ready.load()) return;
        parker.park();
    });
    schedule.thread("waker", [&] {
        ready.store(true);
        if (parked.load()) parker.unpark();
    });
    schedule.run();
}

TEST(Explorer, finds_a_notify_that_is_missed) {
    expect_found([](Schedule& schedule) { notify_missed(schedule, false); }, "a wake-up was lost");
}
TEST(Explorer, does_not_accuse_a_sleeper_that_looks_again) {
    expect_all_hold({.preemptions = 4}, [](Schedule& schedule) { notify_missed(schedule, true); });
}

/// A stack linked by indices, whose head is compared without a version.
struct NaiveStack {
    sync::Atomic<int> head{1};
    std::array<sync::Atomic<int>, 4> next{0, 2, 3, 0};

    int pop() noexcept {
        int top = head.load();
        while (top != 0 && !head.compare_exchange_strong(top, next[static_cast<std::size_t>(top)].load())) {
        }
        return top;
    }
    void push(int node) noexcept {
        int top = head.load();
        do {
            next[static_cast<std::size_t>(node)].store(top);
        } while (!head.compare_exchange_strong(top, node));
    }
};

TEST(Explorer, finds_aba_on_a_stack_without_versions) {
    expect_found(
        [](Schedule& schedule) {
            NaiveStack stack;
            std::array<int, 3> taken{};
            schedule.thread("one", [&] { taken[0] = stack.pop(); });
            schedule.thread("two", [&] {
                taken[1] = stack.pop();
                taken[2] = stack.pop();
                if (taken[1] != 0) stack.push(std::exchange(taken[1], 0));
            });
            schedule.run();
            const int again = stack.pop();
            schedule.require(again == 0 || std::find(taken.begin(), taken.end(), again) == taken.end(),
                             "no node is taken twice");
        },
        "no node is taken twice");
}

void store_buffering(Schedule& schedule, std::memory_order load, std::memory_order store) {
    sync::Atomic<int> x{0};
    sync::Atomic<int> y{0};
    int seen_by_one = 0;
    int seen_by_two = 0;
    schedule.thread("one", [&] {
        x.store(1, store);
        seen_by_one = y.load(load);
    });
    schedule.thread("two", [&] {
        y.store(1, store);
        seen_by_two = x.load(load);
    });
    schedule.run();
    schedule.require(seen_by_one + seen_by_two != 0, "one of them sees the other");
}

TEST(Explorer, finds_store_buffering_with_release_and_acquire) {
    expect_found(
        [](Schedule& s) { store_buffering(s, memory_order_acquire, memory_order_release); },  // too weak
        "one of them sees the other");
}
TEST(Explorer, does_not_accuse_store_buffering_with_sequential_consistency) {
    expect_all_hold({.preemptions = 4, .stale_loads = 4}, [](Schedule& s) {
        store_buffering(s, memory_order_seq_cst, memory_order_seq_cst);  // each pair: own store, other's load
    });
}

void message_passing(Schedule& schedule, std::memory_order load, std::memory_order store) {
    Plain<int> message{0};
    sync::Atomic<bool> sent{false};
    schedule.thread("sender", [&] {
        message.write(42);
        sent.store(true, store);
    });
    schedule.thread("receiver", [&] {
        if (sent.load(load)) schedule.require(message.read() == 42, "the message has arrived");
    });
    schedule.run();
}

TEST(Explorer, finds_a_message_that_is_sent_relaxed) {
    expect_found(
        [](Schedule& s) { message_passing(s, memory_order_acquire, memory_order_relaxed); },  // no release
        "data race");
}
TEST(Explorer, finds_a_message_that_is_received_relaxed) {
    expect_found(
        [](Schedule& s) { message_passing(s, memory_order_relaxed, memory_order_release); },  // no acquire
        "data race");
}
TEST(Explorer, does_not_accuse_a_message_that_is_released_and_acquired) {
    expect_all_hold({.preemptions = 4, .stale_loads = 4}, [](Schedule& s) {
        message_passing(s, memory_order_acquire, memory_order_release);  // the pair
    });
}

TEST(Explorer, carries_a_release_on_through_another_threads_relaxed_increment) {
    expect_all_hold({.preemptions = 4, .stale_loads = 4}, [](Schedule& schedule) {
        Plain<int> message{0};
        sync::Atomic<int> count{0};
        schedule.thread("sender", [&] {
            message.write(42);
            count.store(1, memory_order_release);  // for the receiver's acquire, through the increment
        });
        schedule.thread("other",
                        [&] { count.fetch_add(1, memory_order_relaxed); });  // part of the release sequence
        schedule.thread("receiver", [&] {
            if (count.load(memory_order_acquire) == 2)  // after the sender's store
                schedule.require(message.read() == 42, "the message has arrived");
        });
        schedule.run();
    });
}

/// A: publishes and asks who is parked. B: says that it parks and asks what is published.
void asymmetric_store_buffering(Schedule& schedule, bool light, bool heavy) {
    sync::Atomic<int> published{0};
    sync::Atomic<int> parked{0};
    bool seen_by_publisher = false;
    bool seen_by_parker = false;
    schedule.thread("publisher", [&] {
        published.store(1, memory_order_relaxed);  // ordered by the fences
        if (light) sync::light_fence();
        seen_by_publisher = parked.load(memory_order_relaxed) != 0;  // as above
    });
    schedule.thread("parker", [&] {
        parked.store(1, memory_order_relaxed);  // as above
        if (heavy) sync::heavy_fence();
        seen_by_parker = published.load(memory_order_relaxed) != 0;  // as above
    });
    schedule.run();
    schedule.require(seen_by_publisher || seen_by_parker, "one of them sees the other");
}

TEST(Explorer, finds_that_a_half_of_an_asymmetric_fence_is_missing) {
    expect_found([](Schedule& s) { asymmetric_store_buffering(s, false, true); },
                 "one of them sees the other");
    expect_found([](Schedule& s) { asymmetric_store_buffering(s, true, false); },
                 "one of them sees the other");
}
TEST(Explorer, does_not_accuse_an_asymmetric_fence_of_both_halves) {
    expect_all_hold({.preemptions = 4, .stale_loads = 4},
                    [](Schedule& s) { asymmetric_store_buffering(s, true, true); });
}

/// A place that is read, claimed, and used again by who sees the claim.
void claimed_place(Schedule& schedule, std::memory_order claim, std::memory_order look) {
    sync::Atomic<int> place{1};
    sync::Atomic<int> claims{0};
    schedule.watch_claimed(&place, 1);
    schedule.thread("taker", [&] {
        static_cast<void>(place.load(memory_order_relaxed));  // ordered by the claim
        int expected = 0;
        claims.compare_exchange_strong(expected, 1, claim,
                                       memory_order_relaxed);  // nothing follows a failure
    });
    schedule.thread("owner", [&] {
        if (claims.load(look) == 1) place.store(2, memory_order_relaxed);  // ordered by `look`
    });
    schedule.run();
}

TEST(Explorer, finds_that_a_place_is_used_again_without_an_order_behind_who_read_it) {
    const char* const message = "nothing orders this store";
    expect_found(
        [](Schedule& s) { claimed_place(s, memory_order_release, memory_order_relaxed); },  // no acquire
        message);
    expect_found(
        [](Schedule& s) { claimed_place(s, memory_order_relaxed, memory_order_acquire); },  // no release
        message);
}
TEST(Explorer, does_not_accuse_a_place_that_is_used_again_behind_the_claim) {
    expect_all_hold({.preemptions = 4, .stale_loads = 4}, [](Schedule& s) {
        claimed_place(s, memory_order_release, memory_order_acquire);  // the pair
    });
}

/// What the compiler's instrumentation reports: `fields` is a plain structure, as the records of the runtime
/// are.
void plain_fields(Schedule& schedule, std::memory_order order) {
    struct Fields {
        std::uint32_t first = 0;
        std::uint8_t second = 0;
        std::uint8_t third = 0;
    };
    Fields fields;
    sync::Atomic<bool> sent{false};
    schedule.watch("fields", &fields);
    schedule.thread("writer", [&] {
        fields.second = 1;
        sent.store(true, order);
        fields.third = 1;  // another byte than the reader's
    });
    schedule.thread("reader", [&] {
        if (sent.load(memory_order_acquire))
            schedule.require(fields.second == 1, "it was written");  // with `order`
    });
    schedule.run();
}

TEST(Explorer, finds_a_race_of_plain_fields_that_nothing_names) {
    expect_found([](Schedule& s) { plain_fields(s, memory_order_relaxed); }, "data race");  // too weak
}
TEST(Explorer, does_not_accuse_neighbouring_plain_fields) {
    expect_all_hold({}, [](Schedule& s) { plain_fields(s, memory_order_release); });  // the pair
}

TEST(Explorer, never_lets_a_thread_see_a_variable_go_back) {
    expect_all_hold({.preemptions = 4, .stale_loads = 4}, [](Schedule& schedule) {
        sync::Atomic<int> x{0};
        schedule.thread("writer", [&] {
            for (int i = 1; i <= 3; ++i) x.store(i, memory_order_relaxed);  // coherence needs no order
        });
        schedule.thread("reader", [&] {
            int last = 0;
            for (int i = 0; i < 3; ++i) {
                const int seen = x.load(memory_order_relaxed);  // as above
                schedule.require(seen >= last, "values only rise");
                last = seen;
            }
        });
        schedule.run();
    });
}

TEST(Explorer, shows_old_values_to_a_relaxed_load) {
    bool old_value_seen = false;
    const Coverage coverage = explore_all({}, [&](Schedule& schedule) {
        sync::Atomic<int> x{0};
        sync::Atomic<int> y{0};
        schedule.thread("writer", [&] {
            x.store(1, memory_order_relaxed);  // not ordered against y
            y.store(1, memory_order_relaxed);  // as above
        });
        schedule.thread("reader", [&] {
            if (y.load(memory_order_relaxed) == 1 && x.load(memory_order_relaxed) == 0)
                old_value_seen = true;  // as above
        });
        schedule.run();
    });
    EXPECT_EQ(coverage.failure, "");
    EXPECT_TRUE(old_value_seen);
}

TEST(Explorer, makes_a_weak_exchange_fail_for_no_reason) {
    expect_found(
        [](Schedule& schedule) {
            sync::Atomic<int> x{0};
            bool exchanged = false;
            schedule.thread("one", [&] {
                int expected = 0;
                exchanged = x.compare_exchange_weak(expected, 1);
            });
            schedule.run();
            schedule.require(exchanged, "a weak exchange without a loop succeeds");
        },
        "without a loop");
}

TEST(Explorer, finds_two_locks_that_are_taken_in_opposite_order) {
    expect_found(
        [](Schedule& schedule) {
            sync::Mutex a;
            sync::Mutex b;
            const auto both = [](sync::Mutex& first, sync::Mutex& second) {
                const std::lock_guard one(first);
                const std::lock_guard two(second);
            };
            schedule.thread("one", [&] { both(a, b); });
            schedule.thread("two", [&] { both(b, a); });
            schedule.run();
        },
        "wait for each other");
}

TEST(Explorer, does_not_accuse_plain_variables_behind_a_lock) {
    expect_all_hold({}, [](Schedule& schedule) {
        sync::Mutex mutex;
        Plain<int> count{0};
        for (const char* name : {"one", "two", "three"})
            schedule.thread(name, [&] {
                const std::lock_guard lock(mutex);
                count.write(count.read() + 1);
            });
        schedule.run();
        schedule.require(count.read() == 3, "all increments count");
    });
}

TEST(Explorer, finds_threads_that_run_in_circles) {
    expect_found(
        [](Schedule& schedule) {
            sync::Atomic<bool> never{false};
            schedule.thread("one", [&] {
                while (!never.load()) sync::pause();
            });
            schedule.thread("two", [&] { static_cast<void>(never.load()); });
            schedule.run();
        },
        "run in circles");
}

TEST(Explorer, lets_a_spinning_thread_wait_for_another) {
    expect_all_hold({}, [](Schedule& schedule) {
        sync::Atomic<bool> go{false};
        schedule.thread("spins", [&] {
            while (!go.load()) sync::pause();
        });
        schedule.thread("goes", [&] { go.store(true); });
        schedule.run();
    });
}

TEST(Explorer, ends_a_parking_with_a_timeout_when_nobody_unparks) {
    std::set<bool> outcomes;
    const Coverage coverage = explore_all({}, [&](Schedule& schedule) {
        sync::Parker parker;
        sync::Atomic<int> other{0};
        schedule.thread("sleeper", [&] { outcomes.insert(parker.park(1000)); });
        schedule.thread("waker", [&] {
            if (other.fetch_add(1) == 0) parker.unpark();
        });
        schedule.run();
    });
    EXPECT_EQ(coverage.failure, "");
    EXPECT_EQ(outcomes.size(), 2U);
    const Coverage alone = explore_all({}, [&](Schedule& schedule) {
        sync::Parker parker;
        schedule.thread("sleeper", [&] { schedule.require(!parker.park(1000), "there is no token"); });
        schedule.run();
    });
    EXPECT_EQ(alone.failure, "");
}

}  // namespace
}  // namespace weir::explored
