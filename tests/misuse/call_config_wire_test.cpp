// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// CallConfig as bytes: it comes back as it was, the form does not change by accident, and bytes of any other
// kind are refused or come back as they were.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "misuse_fixture.hpp"

namespace weir::test {
namespace {

/// Where the number of bytes of the name stands.
constexpr std::size_t kNameAt = kCallConfigWireBytes - kMostProgramNameBytes - 8;

/// Every word has a value of its own.
CallConfig full() {
    CallConfig config;
    config.deadline = std::chrono::nanoseconds(123'456'789);
    std::uint64_t words[kRuntimeEnvWords];
    for (std::size_t i = 0; i < kRuntimeEnvWords; ++i) words[i] = 0x0102030405060000U + i;
    std::memcpy(&config.runtime_env, words, sizeof words);
    config.memory_limit = 0x0908070605040302U;
    config.size_policy = SizePolicy::growing;
    config.enable_scope_stats = true;
    config.enable_swimlane = true;
    config.enable_dep_gen = true;
    config.record_level = 3;
    config.record_directory = "/some/where";
    config.program_name = "what";
    return config;
}

void expect_refused(std::span<const std::byte> bytes, const std::string& mentioned) {
    const Caught result = caught([&] { static_cast<void>(call_config_from_wire(bytes)); });
    EXPECT_STREQ(to_string(result.code), "invalid_argument") << result.message;
    EXPECT_NE(result.message.find(mentioned), std::string::npos) << result.message;
}

/// Accepted bytes are those that their meaning is written as.
void expect_canonical_or_refused(const CallConfigWire& bytes) {
    try {
        EXPECT_EQ(to_wire(call_config_from_wire(bytes)), bytes);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << error.what();
        EXPECT_EQ(std::string(error.what()).rfind("CallConfig from bytes: ", 0), 0U) << error.what();
    }
}

TEST(CallConfigWire, comes_back_as_it_was) {
    for (const CallConfig& config : {CallConfig{}, full()}) {
        const CallConfig back = call_config_from_wire(to_wire(config));
        EXPECT_EQ(back.deadline, config.deadline);
        EXPECT_EQ(back.runtime_env, config.runtime_env);
        EXPECT_EQ(back.memory_limit, config.memory_limit);
        EXPECT_EQ(back.size_policy, config.size_policy);
        EXPECT_EQ(back.enable_scope_stats, config.enable_scope_stats);
        EXPECT_EQ(back.enable_swimlane, config.enable_swimlane);
        EXPECT_EQ(back.enable_dep_gen, config.enable_dep_gen);
        EXPECT_EQ(back.record_level, config.record_level);
        EXPECT_EQ(back.record_directory, config.record_directory);
        EXPECT_EQ(back.program_name, config.program_name);
    }
    CallConfig past;
    past.deadline = std::chrono::nanoseconds(-5);
    EXPECT_EQ(call_config_from_wire(to_wire(past)).deadline, past.deadline);
    past.deadline = std::chrono::nanoseconds(0);
    EXPECT_EQ(call_config_from_wire(to_wire(past)).deadline, past.deadline);
}

TEST(CallConfigWire, has_the_size_that_follows_from_the_rings_and_a_form_that_is_written_down) {
    constexpr std::size_t kSizesEnd = 32 + 8 * (5 * 2 * kRings + 1);
    static_assert(kCallConfigWireBytes == kSizesEnd + 16 + 16 + 1024 + 8 + 120);
    CallConfig config;
    config.deadline = std::chrono::nanoseconds(0x0a0b);
    config.runtime_env.ring_task_window = {1, 2, 3, 4};
    config.runtime_env.tensormap_pool = 0x1122334455667788;
    config.runtime_env.ring_dep_pools = {0, 0, 0, 0xff};
    config.memory_limit = 0x0c0d;
    config.size_policy = SizePolicy::fixed;
    config.enable_scope_stats = true;
    config.enable_dep_gen = true;
    config.record_level = 0;
    config.record_directory = "rec";
    config.program_name = "p";
    CallConfigWire expected{};
    const auto put = [&](std::size_t at, std::initializer_list<unsigned> bytes) {
        for (const unsigned byte : bytes) expected[at++] = static_cast<std::byte>(byte);
    };
    put(0, {'W', 'C', 'C', '1', 4, 0, 0, 0, 0x08, 6, 0, 0, 4, 0, 41, 0});
    put(16, {1});
    put(24, {0x0b, 0x0a});
    for (unsigned ring = 0; ring < 4; ++ring) put(32 + 8 * ring, {ring + 1});
    put(32 + 8 * 20, {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11});
    put(kSizesEnd - 8, {0xff});
    put(kSizesEnd, {0x0d, 0x0c});
    put(kSizesEnd + 8, {1});
    put(kSizesEnd + 16, {5, 1});
    put(kSizesEnd + 24, {3, 0, 0, 0, 0, 0, 0, 0, 'r', 'e', 'c'});
    put(kSizesEnd + 32 + 1024, {1, 0, 0, 0, 0, 0, 0, 0, 'p'});
    EXPECT_EQ(to_wire(config), expected);
}

TEST(CallConfigWire, of_another_length_is_refused) {
    const CallConfigWire good = to_wire(full());
    std::vector<std::byte> bytes(good.begin(), good.end());
    for (std::size_t length = 0; length < bytes.size(); ++length)
        expect_refused(std::span<const std::byte>(bytes).first(length), std::to_string(length) + " bytes");
    bytes.resize(bytes.size() + 1);
    expect_refused(bytes, "but it has 1544");
}

TEST(CallConfigWire, with_another_head_is_refused_by_field) {
    const CallConfigWire good = to_wire(full());
    const struct {
        std::size_t at;
        const char* field;
    } fields[] = {{0, "the magic number"},     {4, "the version"},          {8, "the number of bytes"},
                  {12, "the number of rings"}, {14, "the number of sizes"}, {16, "the deadline is marked"}};
    for (const auto& field : fields)
        for (unsigned bit = 1; bit < 8; ++bit) {
            CallConfigWire bad = good;
            bad[field.at] ^= static_cast<std::byte>(1U << bit);
            expect_refused(bad, field.field);
        }
    CallConfigWire unmarked = good;
    unmarked[16] = std::byte{0};
    expect_refused(unmarked, "marked 0 and has the value 123456789");
}

TEST(CallConfigWire, carries_no_longer_directory_than_fits_and_nothing_behind_it) {
    CallConfig config;
    config.record_directory.assign(kMostRecordDirectoryBytes, 'x');
    EXPECT_EQ(call_config_from_wire(to_wire(config)).record_directory, config.record_directory);
    config.record_directory.push_back('x');
    EXPECT_EQ(caught([&] { static_cast<void>(to_wire(config)); }).code, ErrorCode::invalid_argument);
    CallConfigWire behind = to_wire(full());
    behind.back() = std::byte{1};
    expect_refused(behind, "behind program_name is 1, not 0");
    behind = to_wire(full());
    behind[kNameAt - 1] = std::byte{1};
    expect_refused(behind, "behind record_directory is 1, not 0");
    config = {};
    config.program_name.assign(kMostProgramNameBytes, 'x');
    EXPECT_EQ(call_config_from_wire(to_wire(config)).program_name, config.program_name);
    config.program_name.push_back('x');
    EXPECT_EQ(caught([&] { static_cast<void>(to_wire(config)); }).code, ErrorCode::invalid_argument);
    CallConfigWire policy = to_wire(full());
    policy[kNameAt - kMostRecordDirectoryBytes - 24] = std::byte{3};
    expect_refused(policy, "size_policy is 3");
}

TEST(CallConfigWire, carries_recordings_that_there_are_and_levels_that_there_are) {
    constexpr std::size_t kRecordingsAt = kNameAt - kMostRecordDirectoryBytes - 16;
    CallConfigWire bytes = to_wire({});
    for (int level = 0; level <= 4; ++level) {
        bytes[kRecordingsAt + 1] = static_cast<std::byte>(level + 1);
        EXPECT_EQ(call_config_from_wire(bytes).record_level, level);
    }
    bytes[kRecordingsAt + 1] = std::byte{6};
    expect_refused(bytes, "the recordings are 1536");
    bytes[kRecordingsAt + 1] = std::byte{0};
    bytes[kRecordingsAt] = std::byte{8};
    expect_refused(bytes, "the recordings are 8");
    CallConfig config;
    config.record_level = 5;
    EXPECT_EQ(caught([&] { static_cast<void>(to_wire(config)); }).code, ErrorCode::invalid_argument);
}

TEST(CallConfigWire, with_any_bit_or_many_bytes_changed_is_refused_or_comes_back_as_it_was) {
    const CallConfigWire good = to_wire(full());
    for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
        CallConfigWire bytes = good;
        bytes[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        expect_canonical_or_refused(bytes);
    }
    std::mt19937 random(11);
    for (int round = 0; round < 20'000; ++round) {
        CallConfigWire bytes = round % 2 == 0 ? good : CallConfigWire{};
        for (unsigned i = 0; i < 1 + random() % 64; ++i)
            bytes[random() % bytes.size()] = static_cast<std::byte>(random() & 0xffU);
        expect_canonical_or_refused(bytes);
    }
}

TEST(CallConfigWire, with_hostile_sizes_is_refused_by_the_runtime_and_costs_nothing) {
    Runtime runtime{{.threads = 1}};
    const std::uint64_t reserved = runtime.reserved_bytes();
    for (const std::uint64_t value : {std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{1} << 63U})
        for (std::size_t word = 0; word < kRuntimeEnvWords; ++word) {
            CallConfigWire bytes = to_wire({});
            for (std::size_t i = 0; i < 8; ++i)
                bytes[32 + 8 * word + i] = static_cast<std::byte>(value >> 8 * i & 0xffU);
            const CallConfig config = call_config_from_wire(bytes);
            EXPECT_EQ(caught([&] { runtime.run([](Orchestrator&) {}, config); }).code,
                      ErrorCode::configuration);
        }
    EXPECT_EQ(runtime.reserved_bytes(), reserved);
    EXPECT_TRUE(good_program_works(runtime));
}

}  // namespace
}  // namespace weir::test
