// SPDX-License-Identifier: Apache-2.0
// TaskRing: boundaries of the windows and the waterlines.
#include <gtest/gtest.h>

#include <vector>

#include "memory/task_ring.hpp"
#include "scheduler/lifecycle.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kFirst = (std::uint64_t{1} << 32U) - 2;

class TaskRingTest : public testing::Test {
protected:
    TaskRingTest() {
        ring_.attach(1, entries_.data(), entries_.size(), slots_.data(), slots_.size(), kFirst);
    }
    std::uint64_t submit(bool owner = false) {
        const std::uint64_t number = ring_.next_number++;
        Lifecycle::submit(ring_.entry(number), ring_.slot(number), owner);
        return number;
    }
    void set(std::uint64_t number, TaskState state) {
        ring_.entry(number).state.store(state, std::memory_order_relaxed);  // one thread
    }
    bool advance_consumed() {
        return ring_.advance_consumed([this](TaskEntry&) { ++reclaimed_; });
    }

    std::vector<TaskEntry> entries_ = std::vector<TaskEntry>(8);
    std::vector<TaskSlot> slots_ = std::vector<TaskSlot>(4);
    TaskRing ring_;
    int reclaimed_ = 0;
};

TEST_F(TaskRingTest, is_full_of_slots_with_a_window_of_tasks_in_flight) {
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(ring_.slot_free());
        submit();
    }
    EXPECT_FALSE(ring_.slot_free());
    EXPECT_TRUE(ring_.entry_free());
    set(kFirst, TaskState::consumed);
    EXPECT_TRUE(ring_.advance_released(1));
    EXPECT_TRUE(ring_.slot_free());
}

TEST_F(TaskRingTest, is_full_of_entries_while_the_oldest_owner_is_held_although_slots_are_free) {
    submit(true);
    set(kFirst, TaskState::released);
    for (int i = 1; i < 8; ++i) {
        ring_.advance_released(~std::uint64_t{0});
        EXPECT_FALSE(advance_consumed());
        EXPECT_TRUE(ring_.entry_free());
        set(submit(), TaskState::consumed);
    }
    ring_.advance_released(~std::uint64_t{0});
    EXPECT_TRUE(ring_.slot_free());
    EXPECT_FALSE(ring_.entry_free()) << "its entry is the next one";
    set(kFirst, TaskState::consumed);
    EXPECT_TRUE(advance_consumed());
    EXPECT_EQ(reclaimed_, 1);
    EXPECT_TRUE(ring_.empty());
}

TEST_F(TaskRingTest, moves_the_released_waterline_over_released_and_consumed_tasks_up_to_a_limit) {
    for (int i = 0; i < 4; ++i) set(submit(), i % 2 == 0 ? TaskState::released : TaskState::consumed);
    EXPECT_TRUE(ring_.advance_released(3));
    EXPECT_EQ(ring_.first_unreleased(), kFirst + 3);
    EXPECT_TRUE(ring_.advance_released(3));
    EXPECT_FALSE(ring_.advance_released(3));
    EXPECT_FALSE(ring_.has_unreleased());
}

TEST_F(TaskRingTest, never_moves_the_consumed_waterline_past_the_released_one) {
    set(submit(), TaskState::consumed);
    EXPECT_FALSE(advance_consumed());
    ring_.advance_released(1);
    EXPECT_TRUE(advance_consumed());
}

TEST_F(TaskRingTest, says_that_a_task_has_completed_by_its_list_or_by_the_waterline) {
    const std::uint64_t number = submit();
    EXPECT_FALSE(ring_.completed(number));
    ring_.entry(number).fanout.store(kFanoutClosed, std::memory_order_relaxed);  // one thread
    EXPECT_TRUE(ring_.completed(number));
    ring_.entry(number).fanout.store(0, std::memory_order_relaxed);  // its entry is used for another task
    set(number, TaskState::consumed);
    ring_.advance_released(1);
    EXPECT_TRUE(ring_.completed(number));
}

TEST_F(TaskRingTest, is_empty_once_settled) {
    ring_.next_number += 5;
    EXPECT_FALSE(ring_.empty());
    ring_.settle();
    EXPECT_TRUE(ring_.empty());
    EXPECT_FALSE(ring_.has_unreleased());
}

TEST_F(TaskRingTest, a_task_in_place_moves_the_waterlines_that_stood_right_before_it) {
    Lifecycle::submit_in_place(ring_.entry(ring_.next_number++), false);
    ring_.ran_in_place(false);
    EXPECT_TRUE(ring_.empty());
    Lifecycle::submit_in_place(ring_.entry(ring_.next_number++), true);
    ring_.ran_in_place(true);
    EXPECT_FALSE(ring_.has_unreleased());
    EXPECT_FALSE(ring_.empty()) << "its memory is held";
    submit();
    Lifecycle::submit_in_place(ring_.entry(ring_.next_number++), false);
    ring_.ran_in_place(false);
    EXPECT_TRUE(ring_.has_unreleased()) << "a task in flight is in between";
}

}  // namespace
}  // namespace weir
