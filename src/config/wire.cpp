// SPDX-License-Identifier: Apache-2.0
#include <weir/wire.hpp>

#include <concepts>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "config/resource_table.hpp"

namespace weir {

namespace {

constexpr std::uint32_t kMagic = 0x31434357;  // "WCC1"

class Writer {
public:
    explicit Writer(std::span<std::byte> place) : rest_(place) {}
    template <std::unsigned_integral Number>
    void put(Number number) noexcept {
        for (std::size_t i = 0; i < sizeof number; ++i)
            rest_[i] = static_cast<std::byte>(static_cast<std::uint64_t>(number) >> 8 * i & 0xffU);
        rest_ = rest_.subspan(sizeof number);
    }

private:
    std::span<std::byte> rest_;
};

class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}
    template <std::unsigned_integral Number>
    Number get() noexcept {
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            number |= std::to_integer<std::uint64_t>(rest_[i]) << 8 * i;
        rest_ = rest_.subspan(sizeof(Number));
        return static_cast<Number>(number);
    }
    /// The next number, which has to be `wanted`.
    template <std::unsigned_integral Number>
    void expect(const char* field, Number wanted) {
        const Number found = get<Number>();
        if (found != wanted)
            throw Error(
                ErrorCode::invalid_argument,
                fmt::format("CallConfig from bytes: {} is {}, but this library has {}; both sides have to "
                            "use the same version of it",
                            field, found, wanted));
    }

private:
    std::span<const std::byte> rest_;
};

/// Calls `visit` with every number of the sizes, in the order of the wire.
template <class Env, class Visit>
void for_each_word(Env& env, Visit&& visit) {
    for (const ResourceRow& row : kResourceRows) {
        if (row.per_ring())
            for (auto& value : (env.*row.values).per_ring) visit(value);
        else
            visit(env.*row.shared_value);
    }
    for (const ResourceRow& row : kResourceRows)
        if (row.per_ring())
            for (auto& value : (env.*row.list).per_ring) visit(value);
}

constexpr std::uint64_t kScopeStats = 1;
constexpr std::uint64_t kSwimlane = 2;
constexpr std::uint64_t kDepGen = 4;
constexpr std::uint64_t kFlags = kScopeStats | kSwimlane | kDepGen;
constexpr std::uint64_t kLevelUnit = 256;
constexpr int kMostLevel = 4;

std::uint64_t recordings_of(const CallConfig& config) {
    const int level = config.record_level.value_or(0);
    if (level < 0 || level > kMostLevel)
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("CallConfig to bytes: record_level is {}, but levels are 0 to {}", level,
                                kMostLevel));
    return (config.enable_scope_stats ? kScopeStats : 0) | (config.enable_swimlane ? kSwimlane : 0) |
           (config.enable_dep_gen ? kDepGen : 0) |
           (config.record_level ? kLevelUnit * (static_cast<std::uint64_t>(level) + 1) : 0);
}

void read_recordings(Reader& reader, CallConfig& config) {
    const auto recordings = reader.get<std::uint64_t>();
    const std::uint64_t level = recordings / kLevelUnit;
    if ((recordings % kLevelUnit & ~kFlags) != 0 || level > kMostLevel + 1)
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("CallConfig from bytes: the recordings are {}; they must be at most {}, and {} "
                        "times at most {}",
                        recordings, kFlags, kLevelUnit, kMostLevel + 1));
    config.enable_scope_stats = (recordings & kScopeStats) != 0;
    config.enable_swimlane = (recordings & kSwimlane) != 0;
    config.enable_dep_gen = (recordings & kDepGen) != 0;
    if (level != 0) config.record_level = static_cast<int>(level) - 1;
}

void write_text(Writer& writer, const std::string& text, std::size_t most, const char* field) {
    if (text.size() > most)
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("CallConfig to bytes: {} has {} bytes, but at most {} cross; shorten it",
                                field, text.size(), most));
    writer.put(std::uint64_t{text.size()});
    for (std::size_t i = 0; i < most; ++i)
        writer.put(static_cast<std::uint8_t>(i < text.size() ? text[i] : '\0'));
}

std::string read_text(Reader& reader, std::size_t most, const char* field) {
    const auto length = reader.get<std::uint64_t>();
    if (length > most)
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("CallConfig from bytes: {} has {} bytes; it must have at most {}", field,
                                length, most));
    std::string text;
    for (std::size_t i = 0; i < most; ++i) {
        const auto letter = reader.get<std::uint8_t>();
        if (i < length)
            text.push_back(static_cast<char>(letter));
        else if (letter != 0)
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("CallConfig from bytes: byte {} behind {} is {}, not 0", i - length,
                                    field, letter));
    }
    return text;
}

}  // namespace

CallConfigWire to_wire(const CallConfig& config) {
    CallConfigWire bytes{};
    Writer writer(bytes);
    writer.put(kMagic);
    writer.put(kCallConfigWireVersion);
    writer.put(static_cast<std::uint32_t>(kCallConfigWireBytes));
    writer.put(static_cast<std::uint16_t>(kRings));
    writer.put(static_cast<std::uint16_t>(kRuntimeEnvWords));
    writer.put(std::uint64_t{config.deadline ? 1U : 0U});
    writer.put(static_cast<std::uint64_t>(config.deadline ? config.deadline->count() : 0));
    for_each_word(config.runtime_env, [&](std::uint64_t value) { writer.put(value); });
    writer.put(config.memory_limit);
    writer.put(static_cast<std::uint64_t>(config.size_policy));
    writer.put(recordings_of(config));
    write_text(writer, config.record_directory, kMostRecordDirectoryBytes, "record_directory");
    write_text(writer, config.program_name, kMostProgramNameBytes, "program_name");
    return bytes;
}

CallConfig call_config_from_wire(std::span<const std::byte> bytes) {
    if (bytes.size() != kCallConfigWireBytes)
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("CallConfig from bytes: there are {} bytes, but it has {}; both sides have to "
                        "use the same version of the library",
                        bytes.size(), kCallConfigWireBytes));
    Reader reader(bytes);
    reader.expect("the magic number", kMagic);
    reader.expect("the version", kCallConfigWireVersion);
    reader.expect("the number of bytes", static_cast<std::uint32_t>(kCallConfigWireBytes));
    reader.expect("the number of rings", static_cast<std::uint16_t>(kRings));
    reader.expect("the number of sizes", static_cast<std::uint16_t>(kRuntimeEnvWords));
    const auto has_deadline = reader.get<std::uint64_t>();
    const auto deadline = reader.get<std::uint64_t>();
    if (has_deadline > 1 || (has_deadline == 0 && deadline != 0))
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("CallConfig from bytes: the deadline is marked {} and has the value {}; it "
                                "must be marked 1, or marked 0 with the value 0",
                                has_deadline, deadline));
    CallConfig config;
    if (has_deadline == 1) config.deadline = std::chrono::nanoseconds(static_cast<std::int64_t>(deadline));
    for_each_word(config.runtime_env, [&](std::uint64_t& value) { value = reader.get<std::uint64_t>(); });
    config.memory_limit = reader.get<std::uint64_t>();
    const auto policy = reader.get<std::uint64_t>();
    if (policy > static_cast<std::uint64_t>(SizePolicy::growing))
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("CallConfig from bytes: size_policy is {}; it must be from 0 to {}", policy,
                                static_cast<int>(SizePolicy::growing)));
    config.size_policy = static_cast<SizePolicy>(policy);
    read_recordings(reader, config);
    config.record_directory = read_text(reader, kMostRecordDirectoryBytes, "record_directory");
    config.program_name = read_text(reader, kMostProgramNameBytes, "program_name");
    return config;
}

}  // namespace weir
