// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verdict.hpp"

#include <bit>

namespace weir {

namespace {

std::optional<Shortage> exceeds(Resource resource, std::uint64_t capacity, std::uint64_t requested) noexcept {
    if (requested <= capacity) return std::nullopt;
    return Shortage{resource, capacity, 0, requested, requested};
}

}  // namespace

std::optional<Shortage> find_shortage(const RingSizes& sizes, std::uint64_t tensormap_entries,
                                      const RingPosition& ring, const Request& request) noexcept {
    const std::uint64_t held_entries = ring.held ? ring.next_number - ring.held_number : 0;
    if (held_entries + 1 > sizes.consumed_window)
        return Shortage{Resource::consumed_window, sizes.consumed_window, held_entries, 1,
                        std::bit_ceil(held_entries + 1)};
    if (request.heap_bytes != 0) {
        const std::uint64_t held_bytes = ring.held ? ring.heap_head - ring.held_heap_begin : 0;
        if (held_bytes > sizes.heap || request.heap_bytes > sizes.heap - held_bytes)
            return Shortage{Resource::heap, sizes.heap, held_bytes, request.heap_bytes,
                            held_bytes + request.heap_bytes};
    }
    if (auto shortage = exceeds(Resource::payload, sizes.payload, request.payload_bytes)) return shortage;
    if (auto shortage = exceeds(Resource::dep_pool, sizes.dep_pool, request.owners)) return shortage;
    return exceeds(Resource::tensormap, tensormap_entries, request.tensormap_entries);
}

}  // namespace weir
