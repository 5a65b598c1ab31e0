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

void read_recordings(Reader& reader, CallConfig& config) {
    const auto recordings = reader.get<std::uint64_t>();
    const auto length = reader.get<std::uint64_t>();
    if (recordings > 1 || length > kMostRecordDirectoryBytes)
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("CallConfig from bytes: the recordings are {}, and record_directory has {} bytes; "
                        "they must be 0 or 1, and at most {} bytes",
                        recordings, length, kMostRecordDirectoryBytes));
    config.enable_scope_stats = recordings == 1;
    for (std::size_t i = 0; i < kMostRecordDirectoryBytes; ++i) {
        const auto letter = reader.get<std::uint8_t>();
        if (i < length)
            config.record_directory.push_back(static_cast<char>(letter));
        else if (letter != 0)
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("CallConfig from bytes: byte {} behind record_directory is {}, not 0",
                                    i - length, letter));
    }
}

}  // namespace

CallConfigWire to_wire(const CallConfig& config) {
    if (config.record_directory.size() > kMostRecordDirectoryBytes)
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("CallConfig to bytes: record_directory has {} bytes, but at most {} cross; name "
                        "a shorter path",
                        config.record_directory.size(), kMostRecordDirectoryBytes));
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
    writer.put(std::uint64_t{config.enable_scope_stats ? 1U : 0U});
    writer.put(std::uint64_t{config.record_directory.size()});
    for (const char letter : config.record_directory) writer.put(static_cast<std::uint8_t>(letter));
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
    return config;
}

}  // namespace weir
