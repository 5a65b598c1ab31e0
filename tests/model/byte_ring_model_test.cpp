// SPDX-License-Identifier: Apache-2.0
// weir-test: optimized
//
// HeapRing, PayloadRing and EntryRing against a plain std::deque of what is in use. Counts start just below
// 2^32 and 2^61.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "memory/byte_ring.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kSeeds = 20;
constexpr int kOperations = 4'000;

/// A ring whose counts begin elsewhere than at 0.
template <class Ring>
struct StartingAt : Ring {
    explicit StartingAt(std::uint64_t start) { this->head_ = this->tail_ = start; }
};

class RingModel : public testing::TestWithParam<std::uint64_t> {
protected:
    std::uint64_t below(std::uint64_t bound) { return generator_() % bound; }
    std::mt19937_64 generator_;
};
INSTANTIATE_TEST_SUITE_P(starts, RingModel,
                         testing::Values(0, (std::uint64_t{1} << 32U) - 1000,
                                         (std::uint64_t{1} << 61U) - 1000));

struct Block {
    std::uint64_t position;  ///< head before it
    std::uint64_t bytes;
    std::uint64_t offset;  ///< in the ring's memory
};

std::uint64_t sum(const std::deque<Block>& blocks) {
    std::uint64_t total = 0;
    for (const Block& block : blocks) total += block.bytes;
    return total;
}

TEST_P(RingModel, the_heap_hands_out_what_fits_and_nothing_twice_however_it_wraps) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        generator_.seed(seed);
        const std::uint64_t mapped = 4096;
        const std::uint64_t capacity = 1024 + 64 * below((mapped - 1024) / 64 + 1);
        std::vector<std::byte> memory(2 * mapped);
        StartingAt<HeapRing> ring(GetParam() / 64 * 64);
        ring.attach(memory.data(), mapped, capacity);
        std::deque<Block> live;
        bool was_full = false;
        bool wrapped = false;
        for (int i = 0; i < kOperations; ++i) {
            const std::uint64_t bytes = HeapRing::round_up(1 + below(below(8) == 0 ? capacity : 300));
            ASSERT_EQ(ring.used(), sum(live));
            ASSERT_EQ(ring.fits(bytes), bytes <= capacity - sum(live));
            if (below(2) == 0 && ring.fits(bytes)) {
                const std::uint64_t position = ring.head();
                const auto offset = static_cast<std::uint64_t>(ring.take(bytes) - memory.data());
                ASSERT_LT(offset, mapped);
                ASSERT_LE(offset + bytes, 2 * mapped) << "a block is contiguous";
                wrapped = wrapped || offset + bytes > mapped;
                for (const Block& other : live) {
                    const std::uint64_t distance = (offset + mapped - other.offset) % mapped;
                    ASSERT_GE(distance, other.bytes) << "no two blocks share a byte";
                    ASSERT_LE(distance + bytes, mapped) << "no two blocks share a byte";
                }
                live.push_back({position, bytes, offset});
            } else if (!live.empty()) {
                was_full = was_full || !ring.fits(bytes);
                live.pop_front();
                if (live.empty())
                    ring.free_all();
                else
                    ring.free_until(live.front().position);
            }
        }
        EXPECT_TRUE(was_full);
        EXPECT_TRUE(wrapped);
    }
}

/// A task's place is one piece; what is skipped at the end belongs to the task behind it.
TEST_P(RingModel, the_payload_ring_gives_each_task_one_piece_and_always_fits_one_when_it_is_empty) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        generator_.seed(seed);
        const std::uint64_t capacity = 200 + 8 * below(40);
        std::vector<std::byte> memory(capacity);
        StartingAt<PayloadRing> ring(GetParam() / 8 * 8);
        ring.attach(memory.data(), capacity);
        std::deque<Block> live;
        bool skipped = false;
        for (int i = 0; i < kOperations; ++i) {
            const std::uint64_t bytes = 8 * (1 + below(below(8) == 0 ? capacity / 8 : 8));
            const std::uint64_t used_before = ring.used();
            ASSERT_TRUE(!live.empty() || ring.fits(bytes))
                << "an empty ring holds whatever is not larger than it";
            if (below(2) == 0 && ring.fits(bytes)) {
                const auto offset = static_cast<std::uint64_t>(ring.take(bytes) - memory.data());
                ASSERT_LE(offset + bytes, capacity) << "a task's place does not run over the end";
                for (const Block& other : live)
                    ASSERT_TRUE(offset + bytes <= other.offset || other.offset + other.bytes <= offset)
                        << "no two tasks share a byte";
                skipped = skipped || (used_before != 0 && ring.used() > used_before + bytes);
                live.push_back({ring.head() - bytes, bytes, offset});
                ASSERT_LE(ring.used(), capacity);
            } else if (!live.empty()) {
                live.pop_front();
                if (live.empty())
                    ring.free_all();
                else
                    ring.free_until_low(static_cast<std::uint32_t>(live.front().position));
                ASSERT_EQ(ring.tail(), live.empty() ? ring.head() : live.front().position)
                    << "32 bits are enough";
            }
        }
        EXPECT_TRUE(skipped);
    }
}

/// With free space before and behind, a request is refused only if neither side has it.
TEST_P(RingModel, the_payload_ring_refuses_only_what_fits_neither_behind_the_head_nor_at_the_beginning) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        generator_.seed(seed);
        const std::uint64_t capacity = 256;
        std::vector<std::byte> memory(capacity);
        StartingAt<PayloadRing> ring(GetParam() / 8 * 8);
        ring.attach(memory.data(), capacity);
        std::deque<Block> live;
        for (int i = 0; i < kOperations; ++i) {
            const std::uint64_t bytes = 8 * (1 + below(20));
            if (!live.empty()) {
                const std::uint64_t head = (live.back().offset + live.back().bytes) % capacity;
                const std::uint64_t tail = live.front().offset;
                const bool wraps = head <= tail;
                const bool behind = wraps ? head + bytes <= tail : head + bytes <= capacity;
                const bool at_beginning = !wraps && bytes <= tail;
                ASSERT_EQ(ring.fits(bytes), behind || at_beginning) << "seed " << seed << ", operation " << i;
            }
            if (ring.fits(bytes) && below(3) != 0) {
                const auto offset = static_cast<std::uint64_t>(ring.take(bytes) - memory.data());
                live.push_back({ring.head() - bytes, bytes, offset});
            } else if (!live.empty()) {
                live.pop_front();
                if (live.empty())
                    ring.free_all();
                else
                    ring.free_until_low(static_cast<std::uint32_t>(live.front().position));
            }
        }
    }
}

TEST_P(RingModel, the_entry_ring_hands_out_consecutive_entries_modulo_its_capacity) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        generator_.seed(seed);
        const std::uint64_t capacity = 4 + below(9);
        std::vector<int> memory(capacity);
        StartingAt<EntryRing<int>> ring(GetParam());
        ring.attach(memory.data(), capacity);
        std::deque<std::pair<std::uint64_t, int*>> live;
        const int* expected = memory.data();
        for (int i = 0; i < kOperations; ++i) {
            ASSERT_EQ(ring.used(), live.size());
            ASSERT_EQ(ring.fits(1), live.size() < capacity);
            ASSERT_EQ(ring.fits(3), live.size() + 3 <= capacity);
            ASSERT_EQ(ring.position(), expected);
            if (below(2) == 0 && ring.fits(1)) {
                const std::uint64_t position = ring.head();
                int* entry = ring.take();
                ASSERT_EQ(entry, expected);
                expected = ring.after(entry);
                ASSERT_EQ(expected,
                          memory.data() + (static_cast<std::uint64_t>(entry - memory.data()) + 1) % capacity);
                live.emplace_back(position, entry);
            } else if (!live.empty()) {
                live.pop_front();
                if (live.empty()) {
                    ring.free_all();
                    expected = memory.data();
                } else {
                    ring.free_until_low(static_cast<std::uint32_t>(live.front().first));
                }
            }
        }
    }
}

}  // namespace
}  // namespace weir
