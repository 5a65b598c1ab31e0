// SPDX-License-Identifier: Apache-2.0
/// Whether a request can ever fit. A function of the submissions alone: no kernel is waited for, no clock is
/// read, and the answer is the same at every speed and thread count.
///
/// Every task depends on earlier ones only, so all that was submitted can finish, and then everything is
/// reclaimed but what open scopes hold: in ring r, all from the oldest owner whose scope is open, held(r). So
/// - consumed window and heap are short for ever exactly when the request does not fit behind held(r);
/// - task window, payload, dependency pool and TensorMap exactly when it exceeds the empty resource.
#pragma once

#include <cstdint>
#include <optional>

#include <weir/resources.hpp>

#include "model/sizes.hpp"

namespace weir {

/// What one task takes of its ring, besides one slot and one entry.
struct Request {
    std::uint64_t heap_bytes = 0;  ///< rounded up block by block
    std::uint64_t payload_bytes = 0;
    std::uint64_t owners =
        0;  ///< owners whose memory it keeps; edges to producers can wait until these complete
    std::uint64_t tensormap_entries = 0;
};

/// Where a ring stands, as the submissions say.
struct RingPosition {
    std::uint64_t next_number = 0;
    std::uint64_t heap_head = 0;
    bool held = false;                  ///< an open scope has an owner in this ring
    std::uint64_t held_number = 0;      ///< the oldest such owner
    std::uint64_t held_heap_begin = 0;  ///< heap head before its blocks
};

struct Shortage {
    Resource resource = Resource::heap;
    std::uint64_t capacity = 0;
    std::uint64_t occupied = 0;  ///< with everything reclaimed that ever can be
    std::uint64_t requested = 0;
    std::uint64_t sufficient = 0;  ///< smallest valid value that is enough for this request
};

/// The shortage that can never end, or nothing.
std::optional<Shortage> find_shortage(const RingSizes& sizes, std::uint64_t tensormap_entries,
                                      const RingPosition& ring, const Request& request) noexcept;

}  // namespace weir
