// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// Rules of the ring sizes, as a table: what is valid, what is refused, and that the refusal says why.
#include <gtest/gtest.h>

#include <string>

#include <weir/error.hpp>

#include "config/sizes.hpp"

namespace weir {
namespace {

TEST(Sizes, defaults_are_those_of_the_model) {
    const Sizes sizes = resolve_sizes({});
    for (const RingSizes& ring : sizes.ring) {
        EXPECT_EQ(ring.task_window, 16384U);
        EXPECT_EQ(ring.consumed_window, 4 * 16384U);
        EXPECT_EQ(ring.payload, 512 * 16384U);
        EXPECT_EQ(ring.heap, 256U << 20U);
        EXPECT_EQ(ring.dep_pool, 16384U);
    }
    EXPECT_EQ(sizes.tensormap, 65536U);
}

TEST(Sizes, consumed_window_and_payload_follow_the_task_window_unless_they_are_given) {
    RuntimeEnv env;
    env.ring_task_window = RingValues(4, 0, 1024, 64);
    env.ring_consumed_window = RingValues(0, 0, 2048, 0);
    const Sizes sizes = resolve_sizes(env);
    EXPECT_EQ(sizes.ring[0].consumed_window, 16U);
    EXPECT_EQ(sizes.ring[0].payload, largest_payload()) << "never less than one largest task";
    EXPECT_EQ(sizes.ring[1].task_window, 16384U) << "0 is not set";
    EXPECT_EQ(sizes.ring[2].consumed_window, 2048U);
    EXPECT_EQ(sizes.ring[2].payload, 512U * 1024U);
    EXPECT_EQ(sizes.ring[3].consumed_window, 256U);
}

struct Rule {
    const char* field;
    RingValues RuntimeEnv::*values;
    std::uint64_t value;
    bool valid;
};

class RingRule : public testing::TestWithParam<Rule> {};

TEST_P(RingRule, holds_for_every_ring_and_a_refusal_names_field_ring_and_value) {
    const Rule& rule = GetParam();
    for (std::size_t ring = 0; ring < kRings; ++ring) {
        RuntimeEnv env;
        (env.*rule.values).per_ring[ring] = rule.value;
        try {
            resolve_sizes(env);
            EXPECT_TRUE(rule.valid) << rule.field << " " << rule.value;
        } catch (const Error& error) {
            EXPECT_FALSE(rule.valid) << error.what();
            EXPECT_EQ(error.code(), ErrorCode::configuration);
            const std::string text = error.what();
            EXPECT_NE(text.find(rule.field), std::string::npos) << text;
            EXPECT_NE(text.find("ring " + std::to_string(ring)), std::string::npos) << text;
            EXPECT_NE(text.find(std::to_string(rule.value)), std::string::npos) << text;
        }
    }
}

constexpr std::uint64_t kLargest32 = 0xffffffff;
INSTANTIATE_TEST_SUITE_P(
    rules, RingRule,
    testing::Values(Rule{"ring_task_window", &RuntimeEnv::ring_task_window, 2, false},
                    Rule{"ring_task_window", &RuntimeEnv::ring_task_window, 4, true},
                    Rule{"ring_task_window", &RuntimeEnv::ring_task_window, 5, false},
                    Rule{"ring_task_window", &RuntimeEnv::ring_task_window, 6, false},
                    Rule{"ring_task_window", &RuntimeEnv::ring_task_window, std::uint64_t{1} << 63U, false},
                    Rule{"ring_consumed_window", &RuntimeEnv::ring_consumed_window, 8192, false},
                    Rule{"ring_consumed_window", &RuntimeEnv::ring_consumed_window, 16384, true},
                    Rule{"ring_consumed_window", &RuntimeEnv::ring_consumed_window, 16385, false},
                    Rule{"ring_payload", &RuntimeEnv::ring_payload, 1, false},
                    Rule{"ring_payload", &RuntimeEnv::ring_payload, kLargest32, true},
                    Rule{"ring_payload", &RuntimeEnv::ring_payload, kLargest32 + 1, false},
                    Rule{"ring_heap", &RuntimeEnv::ring_heap, 1023, false},
                    Rule{"ring_heap", &RuntimeEnv::ring_heap, 1024, true},
                    Rule{"ring_heap", &RuntimeEnv::ring_heap, 1025, true},
                    Rule{"ring_dep_pool", &RuntimeEnv::ring_dep_pool, 3, false},
                    Rule{"ring_dep_pool", &RuntimeEnv::ring_dep_pool, 4, true},
                    Rule{"ring_dep_pool", &RuntimeEnv::ring_dep_pool, 0x7fffffff, true},
                    Rule{"ring_dep_pool", &RuntimeEnv::ring_dep_pool, 0x80000000, false}));

TEST(Sizes, a_payload_of_one_largest_task_is_the_smallest) {
    RuntimeEnv env;
    env.ring_payload = largest_payload();
    EXPECT_EQ(resolve_sizes(env).ring[0].payload, largest_payload());
    env.ring_payload = largest_payload() - 1;
    EXPECT_THROW(resolve_sizes(env), Error);
}

TEST(Sizes, the_tensormap_pool_has_64_entries_at_least) {
    RuntimeEnv env;
    for (const std::uint64_t value : {std::uint64_t{1}, std::uint64_t{63}, std::uint64_t{0x80000000}}) {
        env.tensormap_pool = value;
        EXPECT_THROW(resolve_sizes(env), Error) << value;
    }
    for (const std::uint64_t value : {std::uint64_t{64}, std::uint64_t{0x7fffffff}}) {
        env.tensormap_pool = value;
        EXPECT_EQ(resolve_sizes(env).tensormap, value);
    }
}

TEST(Sizes, what_is_in_force_resolves_to_itself) {
    RuntimeEnv env;
    env.ring_task_window = RingValues(8192, 16384, 131072, 524288);
    env.ring_heap = RingValues(134217728, 268435456, 402653184, 536870912);
    env.ring_dep_pool = RingValues(4096, 8192, 16384, 32768);
    const Sizes sizes = resolve_sizes(env);
    const Sizes again = resolve_sizes(to_env(sizes));
    for (std::size_t ring = 0; ring < kRings; ++ring) {
        EXPECT_EQ(again.ring[ring].task_window, env.ring_task_window.per_ring[ring]);
        EXPECT_EQ(again.ring[ring].heap, env.ring_heap.per_ring[ring]);
        EXPECT_EQ(again.ring[ring].dep_pool, env.ring_dep_pool.per_ring[ring]);
        EXPECT_EQ(again.ring[ring].consumed_window, sizes.ring[ring].consumed_window);
        EXPECT_EQ(again.ring[ring].payload, sizes.ring[ring].payload);
    }
}

}  // namespace
}  // namespace weir
