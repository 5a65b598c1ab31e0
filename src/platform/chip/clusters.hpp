// SPDX-License-Identifier: Apache-2.0
/// Which clusters a control thread owns when a run begins.
#pragma once

#include "model/chip.hpp"

namespace weir::chip {

struct ClusterRange {
    int first = 0;
    int count = 0;
};

/// The schedulers have the clusters in order, in equal shares or one more; the last control thread, the
/// orchestrator, has none.
inline ClusterRange clusters_of(const Chip& chip, int thread) noexcept {
    const int schedulers = chip.threads() - 1;
    if (thread >= schedulers) return {};
    const int first = thread * chip.cluster_count() / schedulers;
    return {first, (thread + 1) * chip.cluster_count() / schedulers - first};
}

}  // namespace weir::chip
