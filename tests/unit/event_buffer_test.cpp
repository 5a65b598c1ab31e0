// SPDX-License-Identifier: Apache-2.0
// EventBuffer: what is pushed is what the consumer sees, whole events are dropped when it is full, and a gap
// tells how many.
#include <gtest/gtest.h>

#include <vector>

#include "observe/event_buffer.hpp"

namespace weir {
namespace {

using recording::head_of;
using recording::Kind;

class EventBuffer16 : public testing::Test {
protected:
    EventBuffer16() { buffer_.attach(words_.data(), words_.size(), 1'000'000, &consumer_); }

    /// Takes all there is.
    std::vector<std::uint64_t> take() {
        const EventBuffer::Pieces pieces = buffer_.look();
        std::vector<std::uint64_t> taken(pieces.first.begin(), pieces.first.end());
        taken.insert(taken.end(), pieces.second.begin(), pieces.second.end());
        buffer_.take(pieces.words());
        return taken;
    }
    bool push(std::uint64_t value) { return buffer_.push<3>({head_of(Kind::ready), value, value + 1}); }

    std::array<std::uint64_t, 16> words_{};
    sync::Parker consumer_;
    EventBuffer buffer_;
};

TEST_F(EventBuffer16, gives_what_was_pushed_across_its_end) {
    for (std::uint64_t i = 0; i < 100; ++i) {
        ASSERT_TRUE(push(i));
        ASSERT_EQ(take(), (std::vector<std::uint64_t>{head_of(Kind::ready), i, i + 1}));
    }
    EXPECT_EQ(buffer_.pushed(), 100U);
    EXPECT_EQ(buffer_.dropped(), 0U);
}

TEST_F(EventBuffer16, drops_whole_events_when_it_is_full_and_tells_how_many_before_the_next) {
    for (std::uint64_t i = 0; i < 5; ++i) EXPECT_TRUE(push(i));
    EXPECT_FALSE(push(5));
    EXPECT_FALSE(push(6));
    EXPECT_EQ(buffer_.dropped(), 2U);
    EXPECT_EQ(take().size(), 15U);
    EXPECT_TRUE(push(7));
    EXPECT_EQ(take(), (std::vector<std::uint64_t>{head_of(Kind::gap), 2, head_of(Kind::ready), 7, 8}));
    EXPECT_TRUE(push(8));
    EXPECT_EQ(take().size(), 3U) << "a gap is told once";
}

TEST_F(EventBuffer16, wants_room_for_the_gap_too) {
    for (std::uint64_t i = 0; i < 5; ++i) EXPECT_TRUE(push(i));
    EXPECT_FALSE(push(5));
    // Three words are not enough for the gap and the event.
    buffer_.take(3);
    EXPECT_FALSE(push(6));
    buffer_.take(3);
    EXPECT_TRUE(push(7));
    EXPECT_EQ(buffer_.dropped(), 2U);
}

TEST_F(EventBuffer16, takes_events_of_any_length) {
    const std::vector<std::uint64_t> tail = {1, 2, 3, 4, 5};
    EXPECT_TRUE(buffer_.push(head_of(Kind::access, 0, 1U << 8U), tail));
    EXPECT_EQ(take(), (std::vector<std::uint64_t>{head_of(Kind::access, 0, 1U << 8U), 1, 2, 3, 4, 5}));
    EXPECT_FALSE(buffer_.push(head_of(Kind::access), std::vector<std::uint64_t>(16)));
}

TEST_F(EventBuffer16, wakes_the_consumer_when_much_was_written) {
    buffer_.attach(words_.data(), words_.size(), 6, &consumer_);
    EXPECT_TRUE(push(0));
    EXPECT_FALSE(consumer_.park(0)) << "not for one event";
    EXPECT_TRUE(push(1));
    EXPECT_TRUE(consumer_.park(0));
}

}  // namespace
}  // namespace weir
