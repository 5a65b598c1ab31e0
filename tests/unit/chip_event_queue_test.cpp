// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// EventQueue: the earliest event first, of two at the same time that of the lower actor.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "platform/chip/event_queue.hpp"

namespace weir::chip {
namespace {

TEST(EventQueue, is_empty_at_first) {
    for (const std::size_t actors : {1U, 2U, 3U, 115U}) EXPECT_EQ(EventQueue(actors).next_time(), kNever);
}

TEST(EventQueue, at_the_same_time_the_lower_actor_comes_first) {
    EventQueue events(5);
    events.set(4, 7);
    events.set(2, 7);
    events.set(3, 6);
    EXPECT_EQ(events.first(), 3U);
    events.set(3, kNever);
    EXPECT_EQ(events.first(), 2U);
    events.set(2, 8);
    EXPECT_EQ(events.first(), 4U);
    EXPECT_EQ(events.next_time(), 7U);
}

TEST(EventQueue, agrees_with_a_search_through_all_actors) {
    std::mt19937 random(1);
    struct Size {
        std::size_t actors, busy;
    };
    for (const auto [actors, busy] : {Size{1, 0}, Size{2, 0}, Size{5, 2}, Size{5, 5}, Size{64, 0},
                                      Size{76, 4}, Size{115, 7}, Size{115, EventQueue::kMostInLine + 1}}) {
        EventQueue events(actors, busy);
        std::vector<Time> times(actors, kNever);
        for (int step = 0; step < 5000; ++step) {
            const std::size_t actor = random() % actors;
            times[actor] = random() % 8 == 0 ? kNever : random() % 20;
            events.set(actor, times[actor]);
            std::size_t expected = 0;
            for (std::size_t i = 1; i < actors; ++i)
                if (times[i] < times[expected]) expected = i;
            ASSERT_EQ(events.next_time(), times[expected]);
            if (times[expected] == kNever) continue;
            ASSERT_EQ(events.first(), expected);
        }
    }
}

}  // namespace
}  // namespace weir::chip
