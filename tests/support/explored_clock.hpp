// SPDX-License-Identifier: Apache-2.0
/// Included before everything else in explored code: the machine's counter becomes one that only an explored
/// execution moves, by a long time at each look. So a thread that spins for some time looks a fixed number of
/// times, and an execution depends on nothing but its choices.
#pragma once

#include <x86intrin.h>

#include <cstdint>

namespace weir::explored {
std::uint64_t ticks() noexcept;
}  // namespace weir::explored

#undef __rdtsc
#define __rdtsc() \
    (::weir::explored::ticks())  // NOLINT(bugprone-reserved-identifier): the name that clock.hpp uses
