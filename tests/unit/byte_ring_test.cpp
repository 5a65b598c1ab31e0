// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// Boundaries of the byte rings; tests/model/byte_ring_model_test.cpp compares them with a plain container.
#include <gtest/gtest.h>

#include <vector>

#include "memory/byte_ring.hpp"

namespace weir {
namespace {

TEST(HeapRing, rounds_a_block_up_to_64_bytes_and_takes_none_for_nothing) {
    EXPECT_EQ(HeapRing::round_up(0), 0U);
    EXPECT_EQ(HeapRing::round_up(1), 64U);
    EXPECT_EQ(HeapRing::round_up(64), 64U);
    EXPECT_EQ(HeapRing::round_up(65), 128U);
}

TEST(HeapRing, holds_exactly_its_capacity_although_more_is_mapped) {
    std::vector<std::byte> memory(2 * 4096);
    HeapRing ring;
    ring.attach(memory.data(), 4096, 1024);
    EXPECT_TRUE(ring.fits(1024));
    EXPECT_FALSE(ring.fits(1024 + 64));
    ring.take(1024);
    EXPECT_FALSE(ring.fits(64));
    EXPECT_TRUE(ring.fits(0));
}

TEST(HeapRing, continues_a_block_past_the_end_of_its_first_mapping) {
    std::vector<std::byte> memory(2 * 4096);
    HeapRing ring;
    ring.attach(memory.data(), 4096, 4096);
    ring.take(3968);
    const std::uint64_t second = ring.head();
    ring.take(64);
    ring.free_until(second);
    EXPECT_EQ(ring.take(128), memory.data() + 4032);
    EXPECT_EQ(ring.take(64), memory.data() + 64);
}

TEST(HeapRing, goes_on_at_its_beginning_when_it_is_empty) {
    std::vector<std::byte> memory(2 * 4096);
    HeapRing ring;
    ring.attach(memory.data(), 4096, 1024);
    ring.take(128);
    ring.take(64);
    ring.free_until(128);
    EXPECT_EQ(ring.take(64), memory.data() + 192) << "64 bytes are still in use";
    ring.free_all();
    EXPECT_EQ(ring.take(1024), memory.data());
    EXPECT_EQ(ring.head(), 1280U) << "counts never restart";
}

TEST(PayloadRing, skips_the_end_when_a_task_does_not_fit_there_and_frees_the_skipped_bytes_with_it) {
    std::vector<std::byte> memory(100);
    PayloadRing ring;
    ring.attach(memory.data(), memory.size());
    EXPECT_EQ(ring.capacity(), 96U) << "whole words";
    ring.take(64);
    const std::uint64_t second = ring.head();
    ring.take(24);
    ring.free_until(second);
    EXPECT_TRUE(ring.fits(16));
    EXPECT_EQ(ring.take(16), memory.data()) << "8 bytes are left at the end";
    EXPECT_EQ(ring.used(), 24U + 8U + 16U);
    ring.free_all();
    EXPECT_EQ(ring.used(), 0U);
}

TEST(PayloadRing, takes_its_whole_capacity_when_it_is_empty) {
    std::vector<std::byte> memory(96);
    PayloadRing ring;
    ring.attach(memory.data(), memory.size());
    ring.take(40);
    ring.free_all();
    EXPECT_TRUE(ring.fits(96));
    EXPECT_FALSE(ring.fits(104));
    EXPECT_EQ(ring.take(96), memory.data());
    EXPECT_EQ(ring.used(), 96U);
}

TEST(RingCounters, free_by_lower_32_bits_finds_the_position_across_2_to_the_32) {
    struct Late : PayloadRing {
        Late() { head_ = tail_ = (std::uint64_t{1} << 32U) - 16; }
    };
    std::vector<std::byte> memory(96);
    Late ring;
    ring.attach(memory.data(), memory.size());
    ring.take(32);
    const std::uint64_t position = ring.head();
    ring.take(32);
    EXPECT_GT(position, std::uint64_t{1} << 32U);
    ring.free_until_low(static_cast<std::uint32_t>(position));
    EXPECT_EQ(ring.tail(), position);
}

TEST(EntryRing, runs_on_at_its_beginning) {
    std::vector<int> memory(4);
    EntryRing<int> ring;
    ring.attach(memory.data(), memory.size());
    for (int i = 0; i < 4; ++i) EXPECT_EQ(ring.take(), memory.data() + i);
    EXPECT_FALSE(ring.fits(1));
    EXPECT_EQ(ring.after(memory.data() + 3), memory.data());
    ring.free_until(2);
    EXPECT_TRUE(ring.fits(2));
    EXPECT_EQ(ring.take(), memory.data());
}

}  // namespace
}  // namespace weir
