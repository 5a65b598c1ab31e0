// SPDX-License-Identifier: Apache-2.0
/// How an interleaving test judges what was explored, and says how much it was. WEIR_EXPLORE_SECONDS: each
/// exploration goes on for that long behind its own bounds, exhaustively with wider ones, randomly with other
/// seeds.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "explored.hpp"

namespace weir::explored {

inline void print_coverage(const Coverage& coverage) {
    std::printf("%s: %llu schedules (%s%s), up to %zu operations\n",
                testing::UnitTest::GetInstance()->current_test_info()->name(),
                static_cast<unsigned long long>(coverage.schedules),
                coverage.complete || coverage.how.starts_with("at random") ? "" : "not ",
                coverage.how.c_str(), coverage.most_operations);
}

using Moment = std::chrono::steady_clock::time_point;

/// When the exploration that begins now ends; the clock's beginning when it does not go on behind its bounds.
inline Moment end_of_more() {
    const char* seconds = std::getenv("WEIR_EXPLORE_SECONDS");
    for (const char* one : {"WEIR_EXPLORE_CHOICES", "WEIR_EXPLORE_SEED"})
        if (std::getenv(one) != nullptr) return {};
    if (seconds == nullptr || std::strtod(seconds, nullptr) <= 0) return {};
    const std::chrono::duration<double> time(std::strtod(seconds, nullptr));
    return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::milliseconds>(time);
}
inline bool is_left(Moment end) { return std::chrono::steady_clock::now() < end; }

/// Nothing went wrong within the bounds, and all of it was covered.
inline void expect_all_hold(const Bounds& bounds, const Body& body) {
    const Moment end = end_of_more();
    Coverage coverage = explore_all(bounds, body);
    print_coverage(coverage);
    EXPECT_EQ(coverage.failure, "");
    EXPECT_TRUE(coverage.complete || coverage.schedules == 1)
        << "the bounds leave more than " << bounds.most_schedules << " schedules; lower them";
    Bounds wider = bounds;
    wider.until = end;
    wider.most_schedules = ~std::uint64_t{0};
    // When neither more preemptions nor more old values add a schedule, there are no others.
    for (int in_vain = 0; in_vain < 2 && coverage.failure.empty() && is_left(end);) {
        const std::uint64_t before = coverage.schedules;
        ++(wider.preemptions > wider.stale_loads + 1 ? wider.stale_loads : wider.preemptions);
        coverage = explore_all(wider, body);
        in_vain = coverage.schedules == before ? in_vain + 1 : 0;
        print_coverage(coverage);
        EXPECT_EQ(coverage.failure, "");
    }
}

/// Nothing went wrong in that many random executions, however long explorations go on.
inline Coverage expect_these_hold(std::uint64_t schedules, const Body& body, std::uint64_t seed = 1) {
    Coverage coverage = explore_randomly(schedules, body, seed);
    print_coverage(coverage);
    EXPECT_EQ(coverage.failure, "");
    return coverage;
}

/// Nothing went wrong in that many random executions.
inline void expect_random_hold(std::uint64_t schedules, const Body& body) {
    const Moment end = end_of_more();
    std::uint64_t seed = 1;
    Coverage coverage = expect_these_hold(schedules, body, seed);
    std::uint64_t more = 0;
    while (coverage.failure.empty() && is_left(end)) {
        coverage = explore_randomly(schedules, body, ++seed);
        more += coverage.schedules;
        EXPECT_EQ(coverage.failure, "");
    }
    if (more == 0) return;
    coverage.schedules = more;
    coverage.how = "at random from seeds 2 to " + std::to_string(seed);
    print_coverage(coverage);
}

}  // namespace weir::explored
