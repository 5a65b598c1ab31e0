// SPDX-License-Identifier: Apache-2.0
/// Sizes that fit into a limit of memory, from what a program needs.
#pragma once

#include <cstdint>

#include <weir/config.hpp>
#include <weir/plan.hpp>

namespace weir {

/// Whether a size may be another one than it is: to fit into a limit, or by growing in a run.
[[nodiscard]] bool may_change(SizePolicy policy, SizeSource source) noexcept;

/// The sizes that were asked for, if the rings do not come to more than `limit` bytes with them
/// (ArenaLayout::memory_bytes) and the program runs with them. Else those that may change are made smaller,
/// all by the same power of two, but never smaller than the plan's smallest: then the program runs with them
/// at every speed. If the plan is not exact, that is a lower bound; half of the limit is left for growth
/// where that is possible.
///
/// Throws configuration, naming what takes most and the scopes that decide it, when no such sizes are, and
/// when a size that may not change is too small for the program.
[[nodiscard]] SizesInForce fit_into_limit(const SizesInForce& asked, const Plan& plan, SizePolicy policy,
                                          std::uint64_t limit);

}  // namespace weir
