// SPDX-License-Identifier: Apache-2.0
// Rings on the chips are those of the cpu: the same plan, enough and the least; the same recorded scopes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"
#include "recorded_scopes.hpp"

namespace weir {
namespace {

RuntimeConfig config_on(const std::string& platform) { return {.platform = platform}; }

/// Scopes with many owners, each made from the one before.
void owning_program(Runtime& runtime, Orchestrator& o) {
    const auto make = runtime.kernel("make", [](Out<float> a) { a[0] = 1; });
    const auto next = runtime.kernel("next", [](In<float> a, Out<float> b) { b[0] = a[0] + 1; });
    for (int round = 0; round < 3; ++round) {
        Scope scope{o};
        auto value = o.submit(make, shape(100)).output();
        for (std::uint64_t i = 0; i < 20; ++i) value = o.submit(next, value, shape(100 + i)).output();
    }
}

Plan plan_on(const std::string& platform) {
    Runtime runtime(config_on(platform));
    return runtime.plan([&](Orchestrator& o) { owning_program(runtime, o); });
}

std::vector<std::uint64_t> smallest(const Plan& plan) {
    std::vector<std::uint64_t> all;
    for (const auto& resource : plan.smallest)
        for (const PlannedSize& size : resource) all.push_back(size.value);
    return all;
}

TEST(ChipSizes, are_planned_as_on_the_cpu_and_the_smallest_are_enough) {
    const Plan cpu = plan_on("cpu");
    for (const ChipPlatform& chip : chip_platforms()) {
        SCOPED_TRACE(chip.platform);
        EXPECT_EQ(plan_on(chip.platform).tasks, cpu.tasks);
        EXPECT_EQ(smallest(plan_on(chip.platform)), smallest(cpu));
        RuntimeConfig config = config_on(chip.platform);
        config.runtime_env = Plan::env(cpu.smallest);
        Runtime runtime(config);
        EXPECT_EQ(runtime.run([&](Orchestrator& o) { owning_program(runtime, o); }).tasks, cpu.tasks);
    }
}

TEST(ChipSizes, that_are_less_than_the_smallest_end_in_the_verdict_of_capacity) {
    const Plan cpu = plan_on("cpu");
    const std::uint64_t enough = cpu.smallest_of(Resource::heap, 1).value;  // the program's scopes use ring 1
    for (const ChipPlatform& chip : chip_platforms()) {
        SCOPED_TRACE(chip.platform);
        RuntimeConfig config = config_on(chip.platform);
        config.runtime_env = Plan::env(cpu.smallest);
        config.runtime_env.ring_heap = enough - 1024;
        Runtime runtime(config);
        const test::Caught error =
            test::caught([&] { runtime.run([&](Orchestrator& o) { owning_program(runtime, o); }); });
        EXPECT_EQ(error.code, ErrorCode::capacity) << error.message;
    }
}

TEST(ChipSizes, scopes_are_recorded_as_on_the_cpu) {
    // How much was in use at a moment depends on when tasks run.
    const auto recorded = [](const std::string& platform) {
        const test::TemporaryDirectory directory;
        Runtime runtime(config_on(platform));
        runtime.run([&](Orchestrator& o) { owning_program(runtime, o); }, directory.recording());
        return test::read_scopes(directory.scope_stats());
    };
    const test::RecordedScopes cpu = recorded("cpu");
    ASSERT_EQ(cpu.boundaries.size(), 8U) << "the root scope and three inside it";
    for (const ChipPlatform& chip : chip_platforms()) {
        SCOPED_TRACE(chip.platform);
        const test::RecordedScopes scopes = recorded(chip.platform);
        ASSERT_EQ(scopes.boundaries.size(), cpu.boundaries.size());
        for (std::size_t i = 0; i < cpu.boundaries.size(); ++i) {
            EXPECT_EQ(scopes.boundaries[i].begins, cpu.boundaries[i].begins);
            EXPECT_EQ(scopes.boundaries[i].depth, cpu.boundaries[i].depth);
            EXPECT_EQ(scopes.boundaries[i].ring(), cpu.boundaries[i].ring());
        }
    }
}

}  // namespace
}  // namespace weir
