// SPDX-License-Identifier: Apache-2.0
// OverflowQueue: boundaries of priorities. tests/interleave explores its threads.
#include <gtest/gtest.h>

#include <array>

#include <weir/options.hpp>

#include "scheduler/overflow_queue.hpp"

namespace weir {
namespace {

TEST(OverflowQueue, is_empty_at_first) {
    OverflowQueue queue;
    EXPECT_FALSE(queue.any());
    EXPECT_FALSE(queue.any_from(kMinPriority));
    EXPECT_EQ(queue.take(kMinPriority), nullptr);
}

TEST(OverflowQueue, gives_the_most_urgent_first_and_equally_urgent_ones_in_order) {
    OverflowQueue queue;
    std::array<TaskSlot, 5> tasks{};
    const std::array<int, 5> priorities{kMinPriority, 0, kMaxPriority, 0, kMaxPriority};
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        tasks[i].priority = static_cast<std::int8_t>(priorities[i]);
        queue.push(tasks[i]);
    }
    for (const std::size_t index : {2U, 4U, 1U, 3U, 0U}) EXPECT_EQ(queue.take(kMinPriority), &tasks[index]);
    EXPECT_FALSE(queue.any());
}

TEST(OverflowQueue, gives_nothing_that_is_less_urgent_than_asked_for) {
    OverflowQueue queue;
    TaskSlot task{};
    task.priority = 3;
    queue.push(task);
    EXPECT_EQ(queue.take(4), nullptr);
    EXPECT_FALSE(queue.any_from(4));
    EXPECT_TRUE(queue.any_from(3));
    EXPECT_EQ(queue.take(3), &task);
    EXPECT_FALSE(queue.any());
}

}  // namespace
}  // namespace weir
