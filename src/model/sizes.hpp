// SPDX-License-Identifier: Apache-2.0
/// The sizes of a runtime's rings, every value filled in and valid.
#pragma once

#include <array>
#include <cstdint>

#include <weir/task.hpp>

namespace weir {

/// Bytes of one entry of the TensorMap's pool.
inline constexpr std::uint64_t kTensorMapEntryBytes = 96;

/// Smallest valid values that the submit path relies on.
inline constexpr std::uint64_t kSmallestDepPool = 4;
inline constexpr std::uint64_t kSmallestTensorMap = 64;

struct RingSizes {
    std::uint64_t task_window;      ///< slots, a power of two
    std::uint64_t consumed_window;  ///< entries, a power of two, at least task_window
    std::uint64_t payload;          ///< bytes
    std::uint64_t heap;             ///< bytes
    std::uint64_t dep_pool;         ///< entries
};

struct Sizes {
    std::array<RingSizes, kRings> ring;
    std::uint64_t tensormap;  ///< entries
};

}  // namespace weir
