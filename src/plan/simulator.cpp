// SPDX-License-Identifier: Apache-2.0
#include "plan/simulator.hpp"

#include <algorithm>
#include <bit>

#include "config/resource_table.hpp"

namespace weir {

Sizes sizes_of_all(const SubmitTrace& trace) noexcept {
    Sizes sizes{};
    for (std::size_t r = 0; r < kRings; ++r) {
        const SubmitTrace::Sums& sums = trace.sums(r);
        const std::uint64_t window = std::bit_ceil(std::max(row_of(Resource::task_window).low, sums.tasks));
        sizes.ring[r] = {.task_window = window,
                         .consumed_window = window,
                         .payload = std::max(row_of(Resource::payload).low, sums.payload_bytes),
                         .heap = std::max(row_of(Resource::heap).low, sums.heap_bytes),
                         .dep_pool = std::max(row_of(Resource::dep_pool).low, sums.edges)};
    }
    sizes.tensormap = std::max(row_of(Resource::tensormap).low, trace.tensormap_entries());
    return sizes;
}

}  // namespace weir
