// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// The arena: one layout with checked sums, heaps mapped twice, pages paid for when they are touched.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include <weir/error.hpp>

#include "config/sizes.hpp"
#include "memory/arena.hpp"
#include "memory/task_entry.hpp"
#include "memory/touched.hpp"

namespace weir {
namespace {

Sizes small() {
    RuntimeEnv env;
    env.ring_task_window = 4;
    env.ring_heap = 5000;
    env.tensormap_pool = 100;
    return resolve_sizes(env);
}

TEST(ArenaLayout, parts_do_not_overlap_and_each_starts_on_a_page) {
    const Sizes sizes = small();
    const ArenaLayout layout = lay_out(sizes, 3);
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    struct Part {
        std::uint64_t begin;
        std::uint64_t bytes;
    };
    std::vector<Part> parts;
    for (std::size_t r = 0; r < kRings; ++r) {
        const ArenaLayout::Ring& ring = layout.ring[r];
        const RingSizes& size = sizes.ring[r];
        parts.push_back({ring.entries, size.consumed_window * sizeof(TaskEntry)});
        parts.push_back({ring.slots, size.task_window * sizeof(TaskSlot)});
        parts.push_back({ring.payload, size.payload});
        parts.push_back({ring.deps, size.dep_pool * sizeof(DepEntry)});
        parts.push_back({ring.seen, size.consumed_window * 8});
        parts.push_back({ring.heap, 2 * ring.heap_mapped});
        EXPECT_GE(ring.heap_mapped, size.heap);
        EXPECT_EQ(ring.heap_mapped % page, 0U);
    }
    parts.push_back({layout.tensormap_entries, sizes.tensormap * kTensorMapEntryBytes});
    parts.push_back({layout.tensormap_buckets, layout.bucket_count * 4});
    parts.push_back({layout.producers, layout.producer_count * 16});
    parts.push_back({layout.ready_rings, 3 * kReadyRingSlots * 8});
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.begin < b.begin; });
    std::uint64_t end = 0;
    for (const Part& part : parts) {
        EXPECT_EQ(part.begin % page, 0U);
        EXPECT_GE(part.begin, end);
        end = part.begin + part.bytes;
    }
    EXPECT_LE(end, layout.total);
    EXPECT_GE(layout.bucket_count, sizes.tensormap);
}

TEST(ArenaLayout, a_sum_that_overflows_or_passes_2_to_the_46_is_an_error) {
    Sizes sizes = small();
    for (const std::uint64_t heap : {~std::uint64_t{0}, std::uint64_t{1} << 63U, std::uint64_t{1} << 46U}) {
        sizes.ring[2].heap = heap;
        EXPECT_THROW(lay_out(sizes, 1), Error) << heap;
    }
    sizes = small();
    sizes.tensormap = ~std::uint64_t{0} / kTensorMapEntryBytes + 2;
    EXPECT_THROW(lay_out(sizes, 1), Error);
}

TEST(Arena, shows_each_heap_twice_in_a_row) {
    const ArenaLayout layout = lay_out(small(), 1);
    const Arena arena(layout);
    for (const ArenaLayout::Ring& ring : layout.ring) {
        auto* heap = arena.at<std::byte>(ring.heap);
        heap[0] = std::byte{1};
        heap[2 * ring.heap_mapped - 1] = std::byte{2};
        EXPECT_EQ(heap[ring.heap_mapped], std::byte{1});
        EXPECT_EQ(heap[ring.heap_mapped - 1], std::byte{2});
        heap[0] = std::byte{7};
    }
    for (const ArenaLayout::Ring& ring : layout.ring)
        EXPECT_EQ(*arena.at<std::byte>(ring.heap), std::byte{7});
}

/// Pages of a range that are in memory.
std::size_t resident_pages(const std::byte* begin, std::uint64_t bytes) {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> pages((bytes + page - 1) / page);
    EXPECT_EQ(mincore(const_cast<std::byte*>(begin), bytes, pages.data()), 0) << std::strerror(errno);
    return static_cast<std::size_t>(
        std::count_if(pages.begin(), pages.end(), [](unsigned char p) { return (p & 1) != 0; }));
}

TEST(Arena, pays_for_the_pages_that_are_touched_only_and_starts_zeroed) {
    const Sizes sizes = resolve_sizes({});
    const ArenaLayout layout = lay_out(sizes, 2);
    EXPECT_GT(layout.total, std::uint64_t{4} * (256U << 20U));
    const Arena arena(layout);
    EXPECT_EQ(arena.bytes(), layout.total);
    const std::uint64_t plain_bytes = layout.ring[0].heap;
    EXPECT_EQ(resident_pages(arena.at<std::byte>(0), plain_bytes), 0U);
    auto* slot = arena.at<TaskSlot>(layout.ring[1].slots) + 5;
    EXPECT_EQ(slot->payload_begin, 0U);
    slot->payload_begin = 1;
    EXPECT_EQ(resident_pages(arena.at<std::byte>(0), plain_bytes), 1U);
    *arena.at<std::byte>(layout.ring[3].heap + (100U << 20U)) = std::byte{1};
    EXPECT_EQ(resident_pages(arena.at<std::byte>(layout.ring[3].heap), layout.ring[3].heap_mapped), 1U);
}

TEST(Arena, gives_every_page_back_when_it_is_cleared_and_reads_zero_then) {
    const ArenaLayout layout = lay_out(small(), 0);
    Arena arena(layout);
    const auto touched = [&] { return touched_bytes(arena.at<std::byte>(0), arena.bytes()); };
    EXPECT_EQ(touched(), 0U);
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    auto* const entry = arena.at<std::byte>(layout.ring[1].entries);
    auto* const heap = arena.at<std::byte>(layout.ring[2].heap);
    *entry = std::byte{1};
    heap[1] = heap[layout.ring[2].heap_mapped + 1] = std::byte{1};
    EXPECT_EQ(touched(), 2 * page) << "a page that appears twice is one page";
    arena.clear();
    EXPECT_EQ(touched(), 0U);
    EXPECT_EQ(*entry, std::byte{0});
    EXPECT_EQ(heap[1], std::byte{0});
}

TEST(ArenaLayout, memory_is_the_address_space_with_each_heap_once) {
    const ArenaLayout layout = lay_out(small(), 2);
    std::uint64_t heaps = 0;
    for (const ArenaLayout::Ring& ring : layout.ring) heaps += ring.heap_mapped;
    EXPECT_EQ(layout.memory_bytes() + heaps, layout.total);
}

TEST(Arena, memory_that_cannot_be_had_is_an_error_that_names_the_bytes_and_leaves_nothing_mapped) {
    ArenaLayout layout = lay_out(small(), 1);
    layout.total = std::uint64_t{1} << 60U;  // more than a process can address
    try {
        const Arena arena(layout);
        FAIL() << "2^60 bytes were mapped";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
        EXPECT_NE(std::string(error.what()).find(std::to_string(layout.total)), std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace weir
