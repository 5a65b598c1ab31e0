// SPDX-License-Identifier: Apache-2.0
/// Ids of kernels: those below are the runtime's own, which do no work.
#pragma once

#include <cstdint>

namespace weir {

inline constexpr std::uint32_t kAllocateId = 0;
inline constexpr std::uint32_t kBarrierId = 1;
inline constexpr std::uint32_t kFirstKernelId = 2;

}  // namespace weir
