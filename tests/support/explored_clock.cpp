// SPDX-License-Identifier: Apache-2.0
#include "explored_operations.hpp"

#include <cstdint>

#include <x86intrin.h>

namespace weir::explored {

std::uint64_t ticks() noexcept {
    constexpr std::uint64_t kLongTime = std::uint64_t{1} << 40U;
    static std::uint64_t passed = 0;
    return active() ? passed += kLongTime : __rdtsc();
}

}  // namespace weir::explored
