// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// What the runtime learns about a kernel's duration, and what follows for where its tasks run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "model/kernel_timing.hpp"
#include "scheduler/placement.hpp"

namespace weir {
namespace {

using detail::KernelTiming;

void add_ns(KernelTiming& timing, std::uint64_t ns, int times) {
    for (int i = 0; i < times; ++i) timing.add(ticks_of_ns(ns));
}

TEST(KernelTiming, a_kernel_is_unknown_until_it_was_timed_four_times) {
    KernelTiming timing;
    for (std::uint32_t i = 0; i < KernelTiming::kKnownAfter; ++i) {
        EXPECT_FALSE(timing.known());
        EXPECT_TRUE(is_long(timing)) << "an unknown kernel is handed over";
        EXPECT_FALSE(is_short(timing));
        add_ns(timing, 10, 1);
    }
    EXPECT_TRUE(timing.known());
    EXPECT_TRUE(is_short(timing));
    EXPECT_FALSE(is_long(timing));
}

TEST(KernelTiming, the_mean_follows_and_durations_below_16_ticks_count) {
    KernelTiming timing;
    for (int i = 0; i < 200; ++i) timing.add(3);
    EXPECT_EQ(timing.mean(), 3U);
    for (int i = 0; i < 400; ++i) timing.add(1000);
    EXPECT_NEAR(static_cast<double>(timing.mean()), 1000, 10);
    for (int i = 0; i < 400; ++i) timing.add(0);
    EXPECT_LT(timing.mean(), 10U);
}

TEST(KernelTiming, a_kernel_that_alternates_between_short_and_long_is_never_short) {
    KernelTiming timing;
    for (int i = 0; i < 1000; ++i) {
        add_ns(timing, i % 2 == 0 ? 0 : 50'000, 1);
        ASSERT_FALSE(is_short(timing)) << i;
    }
    EXPECT_TRUE(is_long(timing));
}

TEST(KernelTiming, one_outlier_is_forgotten) {
    KernelTiming timing;
    add_ns(timing, 20, 50);
    EXPECT_TRUE(is_short(timing));
    add_ns(timing, 1'000'000'000, 1);
    EXPECT_FALSE(is_short(timing));
    EXPECT_LE(timing.peak(), 64 * ticks_per_us()) << "a sample is cut off";
    add_ns(timing, 20, 200);
    EXPECT_TRUE(is_short(timing));
}

TEST(KernelTiming, a_declared_cost_is_not_learnt) {
    KernelTiming timing;
    timing.declare(ticks_of_ns(1'000'000));
    EXPECT_TRUE(timing.known());
    EXPECT_TRUE(is_long(timing));
    add_ns(timing, 1, 1000);
    EXPECT_TRUE(is_long(timing));
}

TEST(SampleGenerator, draws_every_number_from_1_to_its_range) {
    SampleGenerator generator;
    int seen[8] = {};
    for (int i = 0; i < 800; ++i) {
        const std::uint32_t number = generator.next(8);
        ASSERT_GE(number, 1U);
        ASSERT_LE(number, 8U);
        ++seen[number - 1];
    }
    EXPECT_GT(*std::min_element(seen, seen + 8), 50);
}

}  // namespace
}  // namespace weir
