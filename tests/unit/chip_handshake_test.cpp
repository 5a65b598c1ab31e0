// SPDX-License-Identifier: Apache-2.0
// The handshake between a control thread and a core, step by step: what is an order, and what is not.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "platform/chip/handshake.hpp"

namespace weir::chip {
namespace {

/// Dispatch words on both sides of where the counter starts again.
constexpr std::array<std::uint32_t, 3> kLast = {0, 0xffff'fffeU, 0xffff'ffffU};

struct Pair {
    explicit Pair(std::uint32_t last) {
        handshake.dispatch = last;
        handshake.status = std::uint64_t{last} << 32U | last;
        owner.attach(handshake, last);
        core.attach(handshake, last);
    }
    Handshake handshake;
    OwnerSide owner;
    CoreSide core;
    std::array<TaskSlot, 4> tasks{};
};

TEST(Handshake, an_order_is_dispatched_acknowledged_and_finished) {
    for (const std::uint32_t last : kLast) {
        Pair pair(last);
        EXPECT_EQ(pair.core.next(), nullptr);
        EXPECT_EQ(pair.owner.under_way(), 0U);
        pair.owner.dispatch({&pair.tasks[0], 5});
        ASSERT_NE(pair.core.next(), nullptr);
        EXPECT_EQ(pair.core.next()->task, &pair.tasks[0]);
        EXPECT_EQ(pair.core.next()->call, 5U);
        EXPECT_EQ(pair.owner.finished(), 0U);
        pair.core.acknowledge();
        EXPECT_EQ(pair.handshake.status >> 32U, last + 1) << "the core says what it has taken";
        EXPECT_EQ(pair.owner.finished(), 0U);
        EXPECT_EQ(pair.core.next(), nullptr) << "what was taken is no new order";
        pair.core.finish();
        EXPECT_EQ(pair.owner.finished(), 1U);
        EXPECT_EQ(pair.owner.take_back().task, &pair.tasks[0]);
        EXPECT_EQ(pair.owner.finished(), 0U);
        EXPECT_EQ(pair.owner.under_way(), 0U);
    }
}

TEST(Handshake, a_staged_order_follows_without_the_owner) {
    for (const std::uint32_t last : kLast) {
        Pair pair(last);
        pair.owner.dispatch({&pair.tasks[0], 0});
        EXPECT_TRUE(pair.owner.can_dispatch());
        pair.owner.dispatch({&pair.tasks[1], 0});
        EXPECT_FALSE(pair.owner.can_dispatch());
        // The core has seen neither word of the first order: it takes that one first all the same.
        EXPECT_EQ(pair.core.next()->task, &pair.tasks[0]);
        pair.core.acknowledge();
        EXPECT_EQ(pair.core.next()->task, &pair.tasks[1]);
        pair.core.finish();
        EXPECT_EQ(pair.owner.finished(), 1U);
        pair.core.acknowledge();
        EXPECT_EQ(pair.owner.finished(), 1U) << "acknowledging the second does not finish it";
        pair.core.finish();
        EXPECT_EQ(pair.owner.finished(), 2U);
        EXPECT_EQ(pair.owner.take_back().task, &pair.tasks[0]);
        EXPECT_EQ(pair.owner.take_back().task, &pair.tasks[1]);
    }
}

TEST(Handshake, the_same_task_again_is_a_new_order_since_its_word_is_another) {
    Pair pair(0);
    for (int round = 0; round < 5; ++round) {
        pair.owner.dispatch({&pair.tasks[0], 0});
        ASSERT_NE(pair.core.next(), nullptr);
        pair.core.acknowledge();
        pair.core.finish();
        EXPECT_EQ(pair.owner.take_back().task, &pair.tasks[0]);
    }
}

TEST(Handshake, a_word_that_does_not_come_next_is_no_order) {
    for (const std::uint32_t last : kLast) {
        Pair pair(last);
        pair.owner.dispatch({&pair.tasks[0], 0});
        pair.core.acknowledge();
        pair.core.finish();
        const std::uint32_t taken = last + 1;
        for (const std::uint32_t word : {taken, taken - 1, taken - 2, taken + 3, taken + 0x8000'0000U}) {
            pair.handshake.dispatch = word;
            EXPECT_EQ(pair.core.next(), nullptr) << "word " << word << " after " << taken;
        }
    }
}

TEST(Handshake, a_status_that_says_more_than_was_dispatched_is_not_believed) {
    Pair pair(7);
    pair.owner.dispatch({&pair.tasks[0], 0});
    for (const std::uint32_t finished : {6U, 9U, 100U, 0x8000'0007U}) {
        pair.handshake.status = std::uint64_t{8} << 32U | finished;
        EXPECT_EQ(pair.owner.finished(), 0U) << finished;
    }
    pair.handshake.status = std::uint64_t{8} << 32U | 8U;
    EXPECT_EQ(pair.owner.finished(), 1U);
}

}  // namespace
}  // namespace weir::chip
