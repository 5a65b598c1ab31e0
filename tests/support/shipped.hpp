// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <weir/kernel.hpp>

namespace weir {

/// Of a kernel whose tasks are handed to workers: it takes too long to be run in place, as far as its
/// estimate says.
inline constexpr KernelOptions kShipped{.cost_ns = 1'000'000};

}  // namespace weir
