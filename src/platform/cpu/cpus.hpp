// SPDX-License-Identifier: Apache-2.0
/// The cores that this process may use.
#pragma once

#include <vector>

namespace weir::cpu {

/// Cores allowed by the affinity mask, cut down to the cgroup's CPU quota (rounded up); at least 1.
int usable_cores();

/// Binds the calling thread to the `index`-th core of the affinity mask, modulo their number, preferring
/// cores that share nothing with those before it. Returns whether it worked.
bool pin_this_thread(int index);

}  // namespace weir::cpu
