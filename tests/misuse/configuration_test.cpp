// SPDX-License-Identifier: Apache-2.0
// Runtimes that cannot be: each configuration is refused with the value and its limit, and costs nothing.
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <string>

#include <weir/weir.hpp>

#include "misuse_fixture.hpp"
#include "model/sanitizers.hpp"
#include "process_census.hpp"

namespace weir::test {
namespace {

class Configuration : public testing::Test {
protected:
    void expect_refused(const RuntimeConfig& config, ErrorCode code, const std::string& mentioned) {
        const faults::Census before = faults::take_census();
        const std::uint_least32_t line = __LINE__ + 1;
        const Caught result = caught([&] { const Runtime runtime(config); });
        EXPECT_STREQ(to_string(result.code), to_string(code)) << result.message;
        EXPECT_NE(result.message.find(mentioned), std::string::npos)
            << "no '" << mentioned << "' in: " << result.message;
        EXPECT_EQ(result.line, line) << result.message;
        const faults::Census after = faults::settled_census(before);
        EXPECT_EQ(after, before) << "a refused runtime left " << to_text(after) << " behind, instead of "
                                 << to_text(before);
    }
    void expect_sizes_refused(const RuntimeEnv& env, const std::string& mentioned) {
        expect_refused({.threads = 1, .runtime_env = env}, ErrorCode::configuration, mentioned);
    }
    void TearDown() override {
        Runtime runtime{{.threads = 2}};
        EXPECT_TRUE(good_program_works(runtime));
    }
};

TEST_F(Configuration, no_threads_and_fewer) {
    expect_refused({.threads = 0}, ErrorCode::configuration, "threads");
    expect_refused({.threads = -3}, ErrorCode::configuration, "-3");
}

TEST_F(Configuration, more_threads_than_any_machine_has) {
    expect_refused({.threads = 2'000'000'000}, ErrorCode::configuration, "2000000000");
}

TEST_F(Configuration, an_unknown_platform) {
    expect_refused({.platform = "abacus", .threads = 1}, ErrorCode::configuration, "abacus");
}

TEST_F(Configuration, task_windows_that_are_small_or_no_power_of_two) {
    for (const std::uint64_t bad : {1U, 2U, 3U, 5U, 6U, 16383U, 16385U})
        expect_sizes_refused({.ring_task_window = {0, 0, bad, 0}}, std::to_string(bad));
    expect_sizes_refused({.ring_task_window = 12}, "task_window");
}

TEST_F(Configuration, consumed_windows_below_the_task_window_or_no_power_of_two) {
    expect_sizes_refused({.ring_task_window = 64, .ring_consumed_window = 32}, "consumed_window");
    expect_sizes_refused({.ring_task_window = 64, .ring_consumed_window = {64, 96, 64, 64}}, "96");
    expect_sizes_refused({.ring_consumed_window = 8192}, "16384");
}

TEST_F(Configuration, a_payload_that_cannot_hold_the_largest_task) {
    expect_sizes_refused({.ring_payload = 512}, "payload");
    expect_sizes_refused({.ring_payload = {0, 0, 0, 1}}, "payload");
}

TEST_F(Configuration, heaps_below_a_kilobyte) {
    expect_sizes_refused({.ring_heap = {1024, 1024, 1023, 1024}}, "1023");
    expect_sizes_refused({.ring_heap = 1}, "1024");
}

TEST_F(Configuration, dependency_pools_outside_their_range) {
    expect_sizes_refused({.ring_dep_pool = 3}, "dep_pool");
    expect_sizes_refused({.ring_dep_pool = {4, 4, 4, std::uint64_t{1} << 31U}}, "2147483648");
}

TEST_F(Configuration, a_tensormap_pool_that_is_too_small) {
    expect_sizes_refused({.tensormap_pool = 63}, "63");
    expect_sizes_refused({.tensormap_pool = 1}, "tensormap_pool");
}

TEST_F(Configuration, sizes_whose_sum_does_not_fit_in_64_bits) {
    const std::uint64_t huge = std::uint64_t{1} << 63U;
    for (const RuntimeEnv& env :
         {RuntimeEnv{.ring_heap = huge}, RuntimeEnv{.ring_heap = UINT64_MAX},
          RuntimeEnv{.ring_payload = UINT64_MAX}, RuntimeEnv{.ring_task_window = huge},
          RuntimeEnv{.ring_consumed_window = huge}, RuntimeEnv{.tensormap_pool = UINT64_MAX}}) {
        const Caught result = caught([&] { const Runtime runtime({.threads = 1, .runtime_env = env}); });
        EXPECT_TRUE(result.code == ErrorCode::configuration || result.code == ErrorCode::out_of_memory)
            << to_string(result.code) << ": " << result.message;
    }
}

TEST_F(Configuration, more_address_space_than_there_is) {
    RuntimeEnv env;
    env.ring_heap = std::uint64_t{1} << 46U;  // each of four is mapped twice
    expect_refused({.threads = 1, .runtime_env = env}, ErrorCode::configuration, "heap");
}

#if !WEIR_UNDER_ASAN && !WEIR_UNDER_TSAN
TEST_F(Configuration, more_memory_than_the_system_gives) {
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
    const rlimit half_a_gigabyte{std::uint64_t{512} << 20U, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_AS, &half_a_gigabyte), 0);
    expect_refused({.threads = 1}, ErrorCode::out_of_memory, "ring sizes");
    ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
}
#endif

TEST_F(Configuration, a_first_task_number_that_no_task_can_have) {
    expect_refused({.threads = 1, .first_task_number = 0}, ErrorCode::configuration, "first_task_number");
    expect_refused({.threads = 1, .first_task_number = UINT64_MAX}, ErrorCode::configuration,
                   "first_task_number");
}

TEST_F(Configuration, the_smallest_sizes_that_are_allowed_run_a_program) {
    RuntimeEnv env;
    env.ring_task_window = 4;
    env.ring_consumed_window = 4;
    env.ring_heap = 1024;
    env.ring_dep_pool = 4;
    env.tensormap_pool = 64;
    Runtime runtime{{.threads = 2, .runtime_env = env}};
    EXPECT_TRUE(good_program_works(runtime));
}

}  // namespace
}  // namespace weir::test
