// SPDX-License-Identifier: Apache-2.0
// ReadyRing: boundaries. tests/interleave explores its threads, tests/model compares it with a plain
// container.
#include <gtest/gtest.h>

#include <array>

#include "scheduler/ready_ring.hpp"

namespace weir {
namespace {

class ReadyRingTest : public testing::Test {
protected:
    ReadyRingTest() { ring_.attach(places_.data(), places_.size()); }
    std::array<sync::Atomic<TaskSlot*>, 2> places_{};
    std::array<TaskSlot, 3> tasks_{};
    ReadyRing ring_;
};

TEST_F(ReadyRingTest, an_empty_ring_gives_nothing) {
    EXPECT_FALSE(ring_.any());
    EXPECT_EQ(ring_.take(), nullptr);
    EXPECT_TRUE(ring_.at_least(0));
    EXPECT_FALSE(ring_.at_least(1));
}

TEST_F(ReadyRingTest, full_is_an_answer_and_one_taken_task_makes_room_for_one) {
    EXPECT_TRUE(ring_.push(tasks_[0]));
    EXPECT_TRUE(ring_.push(tasks_[1]));
    EXPECT_FALSE(ring_.push(tasks_[2]));
    EXPECT_TRUE(ring_.at_least(2));
    EXPECT_EQ(ring_.take(), &tasks_[0]);
    EXPECT_TRUE(ring_.push(tasks_[2]));
    EXPECT_FALSE(ring_.push(tasks_[0]));
    EXPECT_EQ(ring_.take(), &tasks_[1]);
    EXPECT_EQ(ring_.take(), &tasks_[2]);
    EXPECT_EQ(ring_.take(), nullptr);
}

TEST(ReadyRingLayout, what_the_owner_writes_and_what_takers_write_are_on_lines_of_their_own) {
    EXPECT_EQ(alignof(ReadyRing), 64U);
    EXPECT_EQ(sizeof(ReadyRing), 128U);
}

}  // namespace
}  // namespace weir
