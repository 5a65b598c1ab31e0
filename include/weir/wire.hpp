// SPDX-License-Identifier: Apache-2.0
/// CallConfig as bytes, for a run that is started in another process or on another machine.
///
///     u32 magic "WCC1"   u32 version   u32 bytes in all   u16 rings   u16 words of sizes
///     u64 1 when there is a deadline, else 0   i64 deadline in nanoseconds, 0 when there is none
///     u64 sizes, in the order of WEIR_RESOURCES: the singular fields, one value for each ring or one; then
///         the plural fields, one value for each ring
///     u64 memory_limit   u64 size_policy: 0 automatic, 1 fixed, 2 growing
///     u64 recordings: 1 for scope statistics, 2 for the swimlane, 4 for dependencies; and 256 times
///         (record_level + 1) when that is set
///     u64 bytes of record_directory, then kMostRecordDirectoryBytes with these bytes first and zeros behind
///     u64 bytes of program_name, then kMostProgramNameBytes in the same way
///
/// All little-endian, without gaps. The form is canonical: what `call_config_from_wire` accepts,
/// `to_wire` gives back byte by byte.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <weir/config.hpp>
#include <weir/export.hpp>

namespace weir {

/// Grows with every change of the form.
inline constexpr std::uint32_t kCallConfigWireVersion = 4;

/// Sizes in RuntimeEnv, as numbers of 64 bits.
inline constexpr std::size_t kRuntimeEnvWords = 0
#define WEIR_RING(...) +2 * kRings  // NOLINT(bugprone-macro-parentheses): a term
#define WEIR_SHARED(...) +1         // NOLINT(bugprone-macro-parentheses): a term
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED
    ;
static_assert(sizeof(RuntimeEnv) == kRuntimeEnvWords * sizeof(std::uint64_t),
              "every size crosses: one number for each ring, singular and plural, and one where rings share");

/// Longest record_directory that crosses.
inline constexpr std::size_t kMostRecordDirectoryBytes = 1024;
/// Longest program_name that crosses.
inline constexpr std::size_t kMostProgramNameBytes = 120;

inline constexpr std::size_t kCallConfigWireBytes =
    16 + 8 + 8 + 8 * kRuntimeEnvWords + 8 + 8 + 8 + 8 + kMostRecordDirectoryBytes + 8 + kMostProgramNameBytes;

using CallConfigWire = std::array<std::byte, kCallConfigWireBytes>;

/// Throws invalid_argument for a record_directory or program_name that is too long, or a record_level that is
/// no level.
WEIR_API CallConfigWire to_wire(const CallConfig& config);

/// Throws invalid_argument, naming field, value and what was expected, for bytes that are no CallConfig of
/// this version. Sizes are not judged here: submitting a run with them does that.
WEIR_API CallConfig call_config_from_wire(std::span<const std::byte> bytes);

}  // namespace weir
