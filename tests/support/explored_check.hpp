// SPDX-License-Identifier: Apache-2.0
/// How an interleaving test judges what was explored, and says how much it was.
#pragma once

#include <cstdio>

#include <gtest/gtest.h>

#include "explored.hpp"

namespace weir::explored {

inline void print_coverage(const Coverage& coverage) {
    std::printf("%s: %llu schedules (%s), up to %zu operations\n",
                testing::UnitTest::GetInstance()->current_test_info()->name(),
                static_cast<unsigned long long>(coverage.schedules), coverage.how.c_str(),
                coverage.most_operations);
}

/// Nothing went wrong within the bounds, and all of it was covered.
inline void expect_all_hold(const Bounds& bounds, const Body& body) {
    const Coverage coverage = explore_all(bounds, body);
    print_coverage(coverage);
    EXPECT_EQ(coverage.failure, "");
    EXPECT_TRUE(coverage.complete || coverage.schedules == 1)
        << "the bounds leave more than " << bounds.most_schedules << " schedules; lower them";
}

/// Nothing went wrong in that many random executions.
inline void expect_random_hold(std::uint64_t schedules, const Body& body) {
    const Coverage coverage = explore_randomly(schedules, body);
    print_coverage(coverage);
    EXPECT_EQ(coverage.failure, "");
}

}  // namespace weir::explored
