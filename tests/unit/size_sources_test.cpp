// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// Which source decides a size: every resource, every ring, every subset of the sources; and what a source
// that is not valid comes to.
#include <gtest/gtest.h>

#include <bit>
#include <string>

#include <weir/error.hpp>

#include "config/sizes.hpp"

namespace weir {
namespace {

constexpr std::size_t kSourceCount = 6;

/// A different valid value for each source.
std::uint64_t value_of(const ResourceRow& row, std::size_t source) {
    const std::uint64_t base = row.rule == SizeRule::any ? row.low + 10 : std::uint64_t{1} << 17U;
    return row.rule == SizeRule::any ? base + source : base << source;
}

void say(SizeSources& sources, const ResourceRow& row, std::size_t ring, SizeSource source) {
    const std::uint64_t value = value_of(row, static_cast<std::size_t>(source));
    const auto index = static_cast<std::size_t>(row.resource);
    const auto set_list = [&](RuntimeEnv& env) { (env.*row.list).per_ring[ring] = value; };
    switch (source) {
        case SizeSource::built_in:
        case SizeSource::memory_limit:  // says nothing: it makes smaller what the others have said
            return;
        case SizeSource::runtime:
            sources.runtime.set(row.resource, value);
            return;
        case SizeSource::environment:
        case SizeSource::environment_per_ring: {
            SizeEnvironment::Setting setting;
            setting.list = source == SizeSource::environment_per_ring;
            if (setting.list)
                setting.values.per_ring[ring] = value;
            else
                setting.values = value;
            sources.environment.settings[index] = setting;
            return;
        }
        case SizeSource::call:
            sources.call.set(row.resource, value);
            return;
        case SizeSource::call_per_ring:
            set_list(sources.call);
            return;
    }
}

TEST(SizeSources, the_strongest_source_decides_for_each_resource_and_ring_and_every_subset) {
    int checked = 0;
    for (const ResourceRow& row : kResourceRows)
        for (std::size_t ring = 0; ring < row.rings(); ++ring)
            for (unsigned subset = 0; subset < 1U << kSourceCount; ++subset) {
                const bool both_variables = (subset >> 2U & 3U) == 3U;  // one variable has one form
                if (both_variables || (subset & 1U) != 0) continue;
                if (!row.per_ring() && (subset & 0b101000U) != 0) continue;  // such a resource has no lists
                SizeSources sources;
                for (std::size_t source = 1; source < kSourceCount; ++source)
                    if ((subset >> source & 1U) != 0)
                        say(sources, row, ring, static_cast<SizeSource>(source));
                const SizesInForce in_force = resolve(sources).in_force;
                const auto strongest = static_cast<std::size_t>(std::bit_width(subset | 1U) - 1);
                const int which = static_cast<int>(ring);
                EXPECT_EQ(static_cast<std::size_t>(in_force.source(row.resource, which)), strongest)
                    << row.field << " ring " << ring << " subset " << subset;
                if (strongest != 0) {
                    EXPECT_EQ(in_force.value(row.resource, which), value_of(row, strongest)) << row.field;
                }
                ++checked;
            }
    EXPECT_EQ(checked, 5 * 4 * 24 + 8);
}

TEST(SizeSources, a_zero_in_a_list_falls_through_ring_by_ring) {
    SizeSources sources;
    sources.call.ring_heap = 4096;
    sources.call.ring_heaps = {0, 8192, 0, 0};
    sources.call.ring_task_window = RingValues(0, 32, 0, 0);
    const char* const variables[] = {"PTO2_RING_TASK_WINDOW=64,64,0,0", "PTO2_RING_HEAP=2048", nullptr};
    sources.environment = read_environment(variables);
    sources.runtime.ring_task_window = RingValues(0, 0, 128, 0);
    const SizesInForce in_force = resolve(sources).in_force;
    const auto check = [&](Resource resource, int ring, std::uint64_t value, SizeSource source) {
        EXPECT_EQ(in_force.value(resource, ring), value) << field_of(resource) << ring;
        EXPECT_EQ(in_force.source(resource, ring), source) << field_of(resource) << ring;
    };
    check(Resource::heap, 0, 4096, SizeSource::call);
    check(Resource::heap, 1, 8192, SizeSource::call_per_ring);
    check(Resource::task_window, 0, 64, SizeSource::environment_per_ring);
    check(Resource::task_window, 1, 32, SizeSource::call_per_ring);
    check(Resource::task_window, 2, 128, SizeSource::runtime);
    check(Resource::task_window, 3, 16384, SizeSource::built_in);
}

/// The message of the error that resolving ends in.
std::string refusal(const RuntimeEnv& call, const RuntimeEnv& runtime = {}) {
    SizeSources sources;
    sources.call = call;
    sources.runtime = runtime;
    try {
        resolve(sources);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::configuration);
        return error.what();
    }
    return "not refused";
}

TEST(SizeSources, a_bad_value_of_the_program_is_refused_with_field_ring_value_rule_and_what_to_do) {
    EXPECT_EQ(refusal({.ring_task_window = {0, 0, 12, 0}}),
              "ring_task_window of ring 2 is 12, but it must be a power of two from 4 to 536870912; the "
              "nearest valid value is 16");
    EXPECT_EQ(
        refusal({.ring_task_window = 64, .ring_consumed_window = 32}),
        "ring_consumed_window of ring 0 is 32, but it must be a power of two from ring_task_window (64) "
        "to 536870912; the nearest valid value is 64");
    EXPECT_EQ(
        refusal({.tensormap_pool = 63}),
        "tensormap_pool is 63, but it must be from 64 to 2147483647 entries; the nearest valid value is "
        "64");
    EXPECT_EQ(refusal({.ring_heaps = {0, 0, 0, 5}}),
              "ring_heap of ring 3 is 5, but it must be from 1024 to 70368744177664 bytes; the nearest valid "
              "value is 1024");
    EXPECT_EQ(refusal({}, {.ring_payload = 1}),
              "ring_payload of ring 0 is 1, but it must be from 3280 to 4294967295 bytes; the nearest valid "
              "value is 3280");
}

TEST(SizeSources, a_bad_value_is_refused_although_a_stronger_one_is_good) {
    EXPECT_NE(refusal({.ring_heap = 5, .ring_heaps = {2048, 2048, 2048, 2048}}), "not refused");
    EXPECT_NE(refusal({.ring_heap = 2048}, {.ring_heap = 5}), "not refused");
}

TEST(SizeSources, a_negative_number_is_refused_as_such) {
    const std::string text = refusal({.ring_heap = -1});
    EXPECT_NE(text.find("ring_heap of ring 0 is -1 (18446744073709551615 as an unsigned number)"),
              std::string::npos)
        << text;
    for (const ResourceRow& row : kResourceRows) {
        RuntimeEnv env;
        env.set(row.resource, RingValues(-4096));
        EXPECT_NE(refusal(env).find("is -4096"), std::string::npos) << row.field;
    }
}

TEST(SizeSources, a_bad_value_of_the_environment_is_a_warning_and_the_next_source_decides) {
    const char* const variables[] = {"PTO2_RING_HEAP=1023", "PTO2_RING_CONSUMED_WINDOW=0,8192,131072,0",
                                     nullptr};
    SizeSources sources;
    sources.environment = read_environment(variables);
    sources.runtime.ring_heap = 4096;
    const ResolvedSizes resolved = resolve(sources);
    EXPECT_EQ(resolved.in_force.value(Resource::heap), 4096U);
    EXPECT_EQ(resolved.in_force.source(Resource::heap), SizeSource::runtime);
    EXPECT_EQ(resolved.in_force.value(Resource::consumed_window, 1), 65536U);
    EXPECT_EQ(resolved.in_force.value(Resource::consumed_window, 2), 131072U);
    ASSERT_EQ(resolved.warnings.size(), 2U) << "one for each number that is wrong";
    for (const std::string& warning : resolved.warnings)
        EXPECT_NE(warning.find("PTO2_RING_"), std::string::npos) << warning;
    EXPECT_EQ(
        resolved.warnings[0],
        "PTO2_RING_CONSUMED_WINDOW '0,8192,131072,0': ring_consumed_window of ring 1 would be 8192, but "
        "it must be a power of two from ring_task_window (16384) to 536870912; it was not used, the "
        "nearest valid value is 16384");
}

TEST(SizeSources, a_consumed_window_gives_way_to_a_task_window_from_a_stronger_source) {
    SizeSources sources;
    sources.runtime.ring_task_window = 64;
    sources.runtime.ring_consumed_window = 64;
    sources.call.ring_task_window = 1024;
    ResolvedSizes resolved = resolve(sources);
    EXPECT_EQ(resolved.in_force.value(Resource::consumed_window), 4096U);
    EXPECT_EQ(resolved.in_force.source(Resource::consumed_window), SizeSource::built_in);
    EXPECT_TRUE(resolved.warnings.empty());
    // From the same source it is a contradiction.
    sources.call.ring_consumed_window = 512;
    EXPECT_THROW(resolve(sources), Error);
}

TEST(SizeSources, a_call_whose_consumed_window_is_below_its_task_window_is_refused_in_any_form) {
    const std::string text =
        "ring_consumed_window of ring 0 is 64, but it must be a power of two from ring_task_window (8192) to "
        "536870912; the nearest valid value is 8192";
    EXPECT_EQ(refusal({.ring_task_window = 8192, .ring_consumed_window = 64}), text);
    EXPECT_EQ(refusal({.ring_task_window = {8192, 4, 4, 4}, .ring_consumed_window = 64}), text);
    EXPECT_EQ(refusal({.ring_consumed_window = 64, .ring_task_windows = {8192, 4, 4, 4}}), text);
    EXPECT_EQ(refusal({.ring_task_window = 8192, .ring_consumed_windows = {64, 0, 0, 0}}), text);
}

TEST(SizeSources, what_is_in_force_is_described_with_its_sources) {
    SizeSources sources;
    sources.call.ring_task_windows = {8192, 0, 131072, 524288};
    const std::string text = describe(resolve(sources).in_force);
    EXPECT_NE(
        text.find("ring_task_window 8192,16384,131072,524288 (call per ring,default,call per ring,call per "
                  "ring)"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("ring_consumed_window 32768,65536,524288,2097152 (default)"), std::string::npos)
        << text;
    EXPECT_NE(text.find("tensormap_pool 65536 (default)"), std::string::npos) << text;
}

TEST(SizeEnvironment, the_validated_example_comes_back_as_given) {
    const char* const variables[] = {"PTO2_RING_TASK_WINDOW=8192,16384,131072,524288",
                                     "PTO2_RING_HEAP=134217728,268435456,402653184,536870912",
                                     "PTO2_RING_DEP_POOL=4096,8192,16384,32768", "HOME=somewhere", nullptr};
    SizeSources sources;
    sources.environment = read_environment(variables);
    const ResolvedSizes resolved = resolve(sources);
    EXPECT_TRUE(resolved.warnings.empty());
    using Values = std::array<std::uint64_t, kRings>;
    const auto values = [&](Resource resource) {
        return resolved.in_force.values[static_cast<std::size_t>(resource)];
    };
    EXPECT_EQ(values(Resource::task_window), (Values{8192, 16384, 131072, 524288}));
    EXPECT_EQ(values(Resource::heap), (Values{134217728, 268435456, 402653184, 536870912}));
    EXPECT_EQ(values(Resource::dep_pool), (Values{4096, 8192, 16384, 32768}));
}

TEST(SizeEnvironment, a_text_that_is_no_size_is_a_warning_with_variable_text_and_reason) {
    for (const ResourceRow& row : kResourceRows)
        for (const char* text : {"",
                                 " ",
                                 "-1",
                                 "+4",
                                 "0x10",
                                 "4K",
                                 "4M",
                                 "4 ",
                                 " 4",
                                 "4,4",
                                 "4,4,4",
                                 "4,4,4,4,4",
                                 "4,4,4,",
                                 ",,,",
                                 "4,4,-4,4",
                                 "4, 4,4,4",
                                 "1e3",
                                 "4.0",
                                 "0",
                                 "four",
                                 "4;4;4;4",
                                 "18446744073709551616",
                                 "99999999999999999999999999"}) {
            const std::string variable = std::string(variable_of(row.resource)) + "=" + text;
            const char* const variables[] = {variable.c_str(), nullptr};
            const SizeEnvironment environment = read_environment(variables);
            ASSERT_EQ(environment.warnings.size(), 1U) << variable;
            const std::string& warning = environment.warnings[0];
            EXPECT_EQ(warning.find(std::string(variable_of(row.resource)) + " '" + text + "': "), 0U)
                << warning;
            EXPECT_NE(warning.find("give"), std::string::npos) << warning;
            EXPECT_FALSE(environment.settings[static_cast<std::size_t>(row.resource)].has_value())
                << variable;
        }
}

TEST(SizeEnvironment, an_unknown_name_is_a_warning_that_names_the_one_that_may_be_meant) {
    const char* const variables[] = {"PTO2_RING_HEEP=4096",
                                     "PTO2_RING_TASK_WINDOWS=64,64,64,64",
                                     "PTO2_=1",
                                     "PTO2_PROFILE",
                                     "PTO3_RING_HEAP=1",
                                     "pto2_ring_heap=1",
                                     nullptr};
    const SizeEnvironment environment = read_environment(variables);
    ASSERT_EQ(environment.warnings.size(), 4U);
    EXPECT_NE(environment.warnings[0].find("PTO2_RING_HEEP"), std::string::npos);
    EXPECT_NE(environment.warnings[0].find("did you mean PTO2_RING_HEAP?"), std::string::npos);
    EXPECT_NE(environment.warnings[1].find("did you mean PTO2_RING_TASK_WINDOW?"), std::string::npos);
    EXPECT_NE(environment.warnings[3].find("there are PTO2_RING_TASK_WINDOW, "), std::string::npos);
}

TEST(SizeEnvironment, hostile_text_is_cut_and_its_control_characters_are_replaced) {
    const std::string variable = "PTO2_RING_HEAP=\x1b[31m" + std::string(100'000, '9');
    const std::string name = "PTO2_" + std::string(100'000, 'X') + "=1";
    const char* const variables[] = {variable.c_str(), name.c_str(), nullptr};
    for (const std::string& warning : read_environment(variables).warnings) {
        EXPECT_LT(warning.size(), 500U);
        EXPECT_EQ(warning.find('\x1b'), std::string::npos);
    }
}

}  // namespace
}  // namespace weir
