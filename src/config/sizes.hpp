// SPDX-License-Identifier: Apache-2.0
/// From what a caller asks for to the sizes in force.
#pragma once

#include <weir/config.hpp>

#include "model/sizes.hpp"

namespace weir {

inline constexpr std::uint64_t kDefaultTaskWindow = 16384;
inline constexpr std::uint64_t kDefaultConsumedFactor = 4;
inline constexpr std::uint64_t kDefaultPayloadPerSlot = 512;
inline constexpr std::uint64_t kDefaultHeap = std::uint64_t{256} << 20U;
inline constexpr std::uint64_t kDefaultDepPool = 16384;
inline constexpr std::uint64_t kDefaultTensorMap = 65536;

/// The payload of the largest task: 32 tensors of 5 axes, 16 scalars, a name.
std::uint64_t largest_payload() noexcept;

/// Fills in defaults and checks every rule; throws configuration, naming field, ring, value and rule.
Sizes resolve_sizes(const RuntimeEnv& env);

/// The same as the caller writes them, every value filled in.
RuntimeEnv to_env(const Sizes& sizes);

}  // namespace weir
