// SPDX-License-Identifier: Apache-2.0
#include "memory/ring_memory.hpp"

#include <weir/error.hpp>

namespace weir {

RingMemory::RingMemory(const Sizes& sizes) { map(sizes); }

void RingMemory::map(const Sizes& sizes) {
    // Ready rings belong to threads and not to runs: they lie elsewhere.
    const ArenaLayout layout = lay_out(sizes, 0);
    arena_ = std::make_unique<Arena>(layout);
    layout_ = layout;
    capacity_ = sizes;
}

void RingMemory::fit_exactly(const Sizes& sizes) {
    if (has_exactly(sizes))
        arena_->clear();
    else
        map(sizes);
}

void RingMemory::fit(const Sizes& sizes) {
    const Sizes both = largest(capacity_, sizes);
    if (both == capacity_) {
        arena_->clear();
        return;
    }
    try {
        map(both);
    } catch (const Error&) {
        if (both == sizes) throw;
        map(sizes);
    }
}

}  // namespace weir
