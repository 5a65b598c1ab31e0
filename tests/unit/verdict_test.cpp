// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// The capacity verdict: what it names. tests/model/verdict_model_test.cpp compares it with a simulation.
#include <gtest/gtest.h>

#include "orchestrator/verdict.hpp"

namespace weir {
namespace {

constexpr RingSizes kSizes{
    .task_window = 4, .consumed_window = 8, .payload = 4096, .heap = 1024, .dep_pool = 4};
constexpr std::uint64_t kTensorMap = 64;

TEST(Verdict, nothing_is_short_while_no_open_scope_owns_anything) {
    const RingPosition free{1000, 1U << 20U, false, 0, 0};
    EXPECT_FALSE(find_shortage(kSizes, kTensorMap, free, {1024, 4096, 4, 64}));
}

TEST(Verdict, a_held_owner_blocks_the_heap_with_all_that_came_after_it) {
    const RingPosition ring{12, 5000, true, 10, 4200};
    EXPECT_FALSE(find_shortage(kSizes, kTensorMap, ring, {224, 0, 0, 0}));
    const auto shortage = find_shortage(kSizes, kTensorMap, ring, {225, 0, 0, 0});
    ASSERT_TRUE(shortage);
    EXPECT_EQ(shortage->resource, Resource::heap);
    EXPECT_EQ(shortage->capacity, 1024U);
    EXPECT_EQ(shortage->occupied, 800U);
    EXPECT_EQ(shortage->requested, 225U);
    EXPECT_EQ(shortage->sufficient, 1025U);
}

TEST(Verdict, a_held_owner_blocks_the_consumed_window_and_the_next_power_of_two_would_do) {
    EXPECT_FALSE(find_shortage(kSizes, kTensorMap, {17, 0, true, 10, 0}, {}));
    const auto shortage = find_shortage(kSizes, kTensorMap, {18, 0, true, 10, 0}, {});
    ASSERT_TRUE(shortage);
    EXPECT_EQ(shortage->resource, Resource::consumed_window);
    EXPECT_EQ(shortage->occupied, 8U);
    EXPECT_EQ(shortage->sufficient, 16U);
}

TEST(Verdict, a_block_larger_than_the_heap_names_the_heap_that_would_do) {
    const auto shortage = find_shortage(kSizes, kTensorMap, {1, 0, false, 0, 0}, {4096, 0, 0, 0});
    ASSERT_TRUE(shortage);
    EXPECT_EQ(shortage->resource, Resource::heap);
    EXPECT_EQ(shortage->sufficient, 4096U);
}

TEST(Verdict, a_task_without_memory_does_not_ask_for_heap_that_is_overfull) {
    EXPECT_FALSE(find_shortage(kSizes, kTensorMap, {12, 9000, true, 10, 4200}, {}));
}

TEST(Verdict, every_resource_is_called_by_the_field_that_sets_it) {
    EXPECT_STREQ(field_of(Resource::task_window), "ring_task_window");
    EXPECT_STREQ(field_of(Resource::consumed_window), "ring_consumed_window");
    EXPECT_STREQ(field_of(Resource::payload), "ring_payload");
    EXPECT_STREQ(field_of(Resource::heap), "ring_heap");
    EXPECT_STREQ(field_of(Resource::dep_pool), "ring_dep_pool");
    EXPECT_STREQ(field_of(Resource::tensormap), "tensormap_pool");
    EXPECT_STREQ(unit_of(Resource::heap), "bytes");
    EXPECT_STREQ(unit_of(Resource::task_window), "slots");
}

}  // namespace
}  // namespace weir
