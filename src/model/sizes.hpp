// SPDX-License-Identifier: Apache-2.0
/// The sizes of a runtime's rings, every value filled in and valid.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <weir/resources.hpp>
#include <weir/task.hpp>

namespace weir {

/// Bytes of one entry of the TensorMap's pool.
inline constexpr std::uint64_t kTensorMapEntryBytes = 96;

/// Smallest valid values that the submit path relies on.
inline constexpr std::uint64_t kSmallestDepPool = 4;
inline constexpr std::uint64_t kSmallestTensorMap = 64;

/// Units: those of WEIR_RESOURCES.
struct RingSizes {
#define WEIR_RING(name, ...) std::uint64_t name;
#define WEIR_SHARED(...)
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED
    friend bool operator==(const RingSizes&, const RingSizes&) = default;
};

struct Sizes {
    std::array<RingSizes, kRings> ring;
#define WEIR_RING(...)
#define WEIR_SHARED(name, ...) std::uint64_t name;
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED
    friend bool operator==(const Sizes&, const Sizes&) = default;
};

/// Of each resource the larger one of the two.
constexpr Sizes largest(const Sizes& one, const Sizes& other) noexcept {
    Sizes sizes = one;
#define WEIR_RING(name, ...)                 \
    for (std::size_t r = 0; r < kRings; ++r) \
        sizes.ring[r].name = std::max(one.ring[r].name, other.ring[r].name);
#define WEIR_SHARED(name, ...) sizes.name = std::max(one.name, other.name);
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED
    return sizes;
}

}  // namespace weir
