// SPDX-License-Identifier: Apache-2.0
/// Lets a ready ring start at any index, so that tests reach the wrap-around of 32-bit numbers at once.
/// Explicit instantiation may name private members, which keeps the door out of the product.
#pragma once

#include <cstdint>

#include "scheduler/ready_ring.hpp"

namespace weir::ring_start {

template <class Key, typename Key::Type member>
struct Opened {
    friend constexpr typename Key::Type member_of(Key) noexcept { return member; }
};
struct Head {
    using Type = sync::Atomic<std::uint64_t> ReadyRing::*;
    friend constexpr Type member_of(Head) noexcept;
};
struct Tail {
    using Type = sync::Atomic<std::uint64_t> ReadyRing::*;
    friend constexpr Type member_of(Tail) noexcept;
};
struct HeadSeen {
    using Type = std::uint64_t ReadyRing::*;
    friend constexpr Type member_of(HeadSeen) noexcept;
};
template struct Opened<Head, &ReadyRing::head_>;
template struct Opened<Tail, &ReadyRing::tail_>;
template struct Opened<HeadSeen, &ReadyRing::head_seen_>;

/// Before the first push.
inline void start_at(ReadyRing& ring, std::uint64_t index) noexcept {
    // Relaxed: nobody else knows the ring yet.
    (ring.*member_of(Head{})).store(index, std::memory_order_relaxed);
    (ring.*member_of(Tail{})).store(index, std::memory_order_relaxed);  // as above
    ring.*member_of(HeadSeen{}) = index;
}

}  // namespace weir::ring_start
