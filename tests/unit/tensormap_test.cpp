// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// TensorMap: single situations. tests/model/tensormap_model_test.cpp compares it with a plain list of
// accesses.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

#include "deps/tensormap.hpp"
#include "scheduler/lifecycle.hpp"

namespace weir {
namespace {

using detail::TaskRef;

class TensorMapTest : public testing::Test {
protected:
    static constexpr std::uint64_t kWindow = 256;
    static constexpr std::uint64_t kPool = 64;

    TensorMapTest() {
        for (int r = 0; r < kRings; ++r) {
            const auto index = static_cast<std::size_t>(r);
            entries_[index] = std::vector<TaskEntry>(kWindow);
            slots_[index] = std::vector<TaskSlot>(kWindow);
            rings_[index].attach(r, entries_[index].data(), kWindow, slots_[index].data(), kWindow, 1);
        }
        map_.attach(reinterpret_cast<TensorMapEntry*>(pool_.data()), kPool, buckets_.data(), buckets_.size(),
                    rings_);
    }
    static AnyTensor tensor(std::uintptr_t address, Shape shape, std::uint64_t owner = 0) {
        const auto record =
            detail::row_major_record(reinterpret_cast<std::byte*>(address), DType::f32, shape, {});
        return {record, {detail::geometry_key(record), 1, owner, {}}};
    }
    EntryIndex locate(const AnyTensor& t) {
        EXPECT_TRUE(map_.reserve(TensorMap::entries_needed(t.record())));
        return map_.locate(t.record(), detail::geometry_key(t.record()), t.identity().owner);
    }
    TaskRef new_task() {
        const TaskRef ref(0, rings_[0].next_number++);
        Lifecycle::submit(rings_[0].entry(ref.number()), rings_[0].slot(ref.number()), false);
        rings_[0].entry(ref.number()).regions = 0;
        return ref;
    }
    void complete(TaskRef task) {
        TaskEntry& entry = rings_[0].entry(task.number());
        entry.fanout.store(kFanoutClosed, std::memory_order_relaxed);       // one thread
        entry.state.store(TaskState::consumed, std::memory_order_relaxed);  // one thread
        rings_[0].advance_released(~std::uint64_t{0});
        rings_[0].advance_consumed([](TaskEntry&) {});
    }
    std::set<std::uint64_t> conflicts(const AnyTensor& t, bool writes) {
        std::set<std::uint64_t> found;
        map_.conflicts(locate(t), writes, [&](TaskRef task) { found.insert(task.number()); });
        return found;
    }
    TaskRef access(const AnyTensor& t, bool writes, bool waited = true) {
        const EntryIndex region = locate(t);
        const TaskRef task = new_task();
        map_.record(region, task, writes, waited);
        return task;
    }

    std::array<TaskRing, kRings> rings_;
    std::array<std::vector<TaskEntry>, kRings> entries_;
    std::array<std::vector<TaskSlot>, kRings> slots_;
    std::vector<std::uint64_t> pool_ = std::vector<std::uint64_t>(kPool * sizeof(TensorMapEntry) / 8);
    std::vector<EntryIndex> buckets_ = std::vector<EntryIndex>(kPool);
    TensorMap map_;
};
static_assert(sizeof(TensorMapEntry) == 96, "what an entry may cost");

using Numbers = std::set<std::uint64_t>;

TEST_F(TensorMapTest, a_reader_waits_for_the_writer_and_a_writer_for_the_readers_since) {
    const AnyTensor x = tensor(0x1000, {4, 4});
    EXPECT_EQ(conflicts(x, true), Numbers{});
    access(x, true);
    EXPECT_EQ(conflicts(x, false), Numbers{1});
    access(x, false);
    access(x, false);
    EXPECT_EQ(conflicts(x, false), Numbers{1});
    EXPECT_EQ(conflicts(x, true), (Numbers{1, 2, 3}));
    access(x, true);
    EXPECT_EQ(conflicts(x, true), Numbers{4}) << "a new write resets the reader list";
}

TEST_F(TensorMapTest, a_completed_task_is_nobody_to_wait_for) {
    const AnyTensor x = tensor(0x1000, {4, 4});
    complete(access(x, true));
    EXPECT_EQ(conflicts(x, true), Numbers{});
}

TEST_F(TensorMapTest, tiles_of_one_matrix_do_not_meet_and_the_whole_meets_all) {
    const AnyTensor matrix = tensor(0x1000, {8, 8});
    access(matrix.view({0, 0}, {4, 4}), true);
    access(matrix.view({0, 4}, {4, 4}), true);
    EXPECT_EQ(conflicts(matrix.view({4, 0}, {4, 4}), true), Numbers{});
    EXPECT_EQ(conflicts(matrix.view({0, 2}, {1, 4}), false), (Numbers{1, 2}));
    access(matrix, true);
    EXPECT_EQ(conflicts(matrix.view({0, 0}, {4, 4}), true), Numbers{3})
        << "a write that covers takes their place";
}

TEST_F(TensorMapTest, buffers_that_overlap_under_different_addresses_meet) {
    access(tensor(0x1000, {4, 4}), true);
    EXPECT_EQ(conflicts(tensor(0x1020, {4, 4}), false), Numbers{1});
    EXPECT_EQ(conflicts(tensor(0x1040, {4, 4}), false), Numbers{});
}

TEST_F(TensorMapTest, a_write_that_has_not_waited_replaces_nothing_and_is_waited_for) {
    const AnyTensor x = tensor(0x1000, {4});
    access(x, true);
    access(x, true, false);
    EXPECT_EQ(conflicts(x, false), (Numbers{1, 2}));
}

TEST_F(TensorMapTest, memory_of_an_owner_is_a_space_of_its_own_that_is_forgotten_with_it) {
    const TaskRef owner = new_task();
    const AnyTensor block = tensor(0x1000, {4}, owner.word());
    access(block, true);
    EXPECT_EQ(conflicts(tensor(0x1000, {4}), true), Numbers{})
        << "external memory at the same place is another space";
    EXPECT_EQ(conflicts(block, true), Numbers{2});
    const std::uint64_t used = map_.used();
    map_.forget_owner(rings_[0].entry(owner.number()));
    EXPECT_LT(map_.used(), used);
    EXPECT_EQ(conflicts(block, true), Numbers{});
}

TEST_F(TensorMapTest, a_hundred_thousand_readers_and_a_writer_pass_through_a_pool_of_64) {
    const AnyTensor x = tensor(0x1000, {16});
    std::uint64_t first_live = 1;
    for (std::uint64_t number = 1; number <= 100'000; ++number) {
        access(x, false);
        if (number % 100 == 0)
            for (; first_live <= number - 50; ++first_live) complete(TaskRef(0, first_live));
    }
    EXPECT_EQ(conflicts(x, true).size(), 50U);
    EXPECT_LE(map_.used(), kPool);
}

TEST_F(TensorMapTest, regions_of_an_earlier_run_give_way_to_others_and_stay_for_the_same) {
    const AnyTensor matrix = tensor(0x10000, {8, 16});
    const auto use_tiles = [&](std::int64_t rows) {
        for (std::int64_t row = 0; row < 8; row += rows)
            complete(access(matrix.view({row, 0}, {rows, 16}), true));
    };
    use_tiles(2);
    const std::uint64_t used = map_.used();
    EXPECT_EQ(used, 4U);
    map_.begin_run();
    use_tiles(2);
    EXPECT_EQ(map_.used(), used) << "the same regions are found";
    use_tiles(4);
    EXPECT_EQ(map_.used(), used + 2) << "regions of this run stay, whatever overlaps with them";
    map_.begin_run();
    use_tiles(8);
    EXPECT_EQ(map_.used(), 1U) << "the six of the earlier run overlap with it";
    access(matrix.view({0, 0}, {1, 16}), true);
    EXPECT_EQ(conflicts(matrix, false).size(), 1U);
}

TEST_F(TensorMapTest, the_pool_is_short_when_every_entry_is_alive_and_whole_again_when_all_have_completed) {
    std::vector<TaskRef> tasks;
    const AnyTensor matrix = tensor(0x10000, {64, 16});
    for (std::int64_t row = 0; row < 64; ++row) {
        const AnyTensor tile = matrix.view({row, 0}, {1, 16});
        if (!map_.reserve(TensorMap::entries_needed(tile.record()))) break;
        tasks.push_back(access(tile, true));
    }
    EXPECT_GE(tasks.size(), 60U);
    EXPECT_LT(tasks.size(), 64U);
    EXPECT_FALSE(map_.reserve(2));
    for (const TaskRef task : tasks) complete(task);
    EXPECT_TRUE(map_.reserve(kPool - 1));
    EXPECT_EQ(map_.used(), 0U);
}

}  // namespace
}  // namespace weir
