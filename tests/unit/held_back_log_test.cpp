// SPDX-License-Identifier: Apache-2.0
// What held a program back: sums for each resource, and the source line, also when there are more lines than
// places.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "capi/source_line.hpp"
#include "orchestrator/held_back_log.hpp"

namespace weir {
namespace {

using detail::HeldBackLog;
using std::chrono::nanoseconds;

std::source_location line(int number) { return capi::source_line("held.cpp", number); }

RunResult reported(const HeldBackLog& log) {
    RunResult result;
    log.report(result);
    return result;
}

TEST(HeldBackLog, of_a_run_that_was_never_held_back_is_empty) {
    const RunResult result = reported(HeldBackLog{});
    EXPECT_EQ(result.times_held_back, 0U);
    EXPECT_EQ(result.held_back, nanoseconds(0));
    EXPECT_EQ(result.held_back_longest.times, 0U);
    EXPECT_EQ(result.held_back_longest.site.line(), 0U);
}

TEST(HeldBackLog, sums_up_resources_and_lines_and_names_what_was_short_longest) {
    HeldBackLog log;
    log.add(line(7), Resource::heap, 1, nanoseconds(50));
    log.add(line(9), Resource::task_window, 0, nanoseconds(90));
    log.add(line(7), Resource::dep_pool, 2, nanoseconds(60));
    log.add(line(7), Resource::heap, 3, nanoseconds(10));
    EXPECT_EQ(log.times(Resource::heap, 1), 1U);
    EXPECT_EQ(log.times(Resource::heap, 2), 0U);
    RunResult result = reported(log);
    EXPECT_EQ(result.times_held_back, 4U);
    EXPECT_EQ(result.held_back, nanoseconds(210));
    EXPECT_EQ(result.held_back_by[static_cast<std::size_t>(Resource::heap)], nanoseconds(60));
    EXPECT_EQ(result.held_back_by[static_cast<std::size_t>(Resource::task_window)], nanoseconds(90));
    EXPECT_EQ(result.held_back_by[static_cast<std::size_t>(Resource::tensormap)], nanoseconds(0));
    const HeldBackPlace& place = result.held_back_longest;
    EXPECT_EQ(format_site(place.site), "held.cpp:7");
    EXPECT_EQ(place.held_back, nanoseconds(120));
    EXPECT_EQ(place.times, 3U);
    EXPECT_EQ(place.longest, nanoseconds(60));
    EXPECT_EQ(place.resource, Resource::dep_pool);
    EXPECT_EQ(place.ring, 2);
    log.clear();
    result = reported(log);
    EXPECT_EQ(result.held_back, nanoseconds(0));
    EXPECT_EQ(result.held_back_longest.times, 0U);
}

TEST(HeldBackLog, never_misses_a_line_that_was_held_back_for_more_than_its_share) {
    std::mt19937 random(5);
    for (int round = 0; round < 50; ++round) {
        HeldBackLog log;
        std::map<unsigned, nanoseconds> exact;
        nanoseconds total{0};
        // One line among a thousand others that come and go.
        for (int i = 0; i < 4000; ++i) {
            const int number = random() % 20 == 0 ? 1 : static_cast<int>(2 + random() % 1000);
            const nanoseconds time(1 + random() % 100);
            log.add(line(number), Resource::heap, 0, time);
            exact[static_cast<unsigned>(number)] += time;
            total += time;
        }
        const HeldBackPlace place = reported(log).held_back_longest;
        ASSERT_GT(exact[1].count() * static_cast<std::int64_t>(HeldBackLog::kPlaces), 2 * total.count())
            << "the test has to make a line that stands out";
        EXPECT_EQ(place.site.line(), 1U);
        EXPECT_GE(place.held_back, exact[1]);
        EXPECT_LE(place.held_back - exact[1], total / static_cast<std::int64_t>(HeldBackLog::kPlaces));
    }
}

TEST(HeldBack, is_reported_with_resource_ring_and_line) {
    Runtime runtime{{.threads = 2}};
    std::atomic<bool> go{false};
    const std::thread::id program = std::this_thread::get_id();
    // A worker keeps the first task until the program, held back, takes one up itself.
    auto kernel = runtime.kernel("hold",
                                 [&](InOut<int>) {
                                     if (std::this_thread::get_id() == program) go = true;
                                     while (!go) std::this_thread::yield();
                                 },
                                 {.cost_ns = 1'000'000});
    std::vector<int> data(5);
    CallConfig config;
    config.runtime_env.ring_task_window = 4;
    std::uint_least32_t submit_line = 0;
    const RunResult result = runtime.run(
        [&](Orchestrator& o) {
            for (int& value : data) {
                auto V = o.external(&value, shape(1));
                submit_line = __LINE__ + 1;
                o.submit(kernel, V);
            }
        },
        config);
    EXPECT_GE(result.times_held_back, 1U);
    EXPECT_EQ(result.held_back_by[static_cast<std::size_t>(Resource::task_window)], result.held_back);
    EXPECT_GT(result.held_back, nanoseconds(0));
    EXPECT_EQ(result.held_back_longest.site.line(), submit_line);
    EXPECT_EQ(result.held_back_longest.resource, Resource::task_window);
    EXPECT_EQ(result.held_back_longest.ring, 0);
    EXPECT_EQ(result.held_back_longest.held_back, result.held_back);
    EXPECT_EQ(result.peaks.peak(Resource::task_window), 4U);
}

}  // namespace
}  // namespace weir
