// SPDX-License-Identifier: Apache-2.0
/// Lets a test see whether a thread is entered as idle. Explicit instantiation may name private members,
/// which keeps the door out of the product.
#pragma once

#include <cstdint>

#include "scheduler/idle_threads.hpp"

namespace weir::parked_threads {

template <class Key, typename Key::Type member>
struct Opened {
    friend constexpr typename Key::Type member_of(Key) noexcept { return member; }
};
struct Parked {
    using Type = sync::Atomic<std::uint32_t> IdleThreads::*;
    friend constexpr Type member_of(Parked) noexcept;
};
template struct Opened<Parked, &IdleThreads::parked_>;

/// To be asked when no other thread enters or leaves.
inline bool any_parked(const IdleThreads& idle) noexcept {
    return (idle.*member_of(Parked{})).load(std::memory_order_relaxed) != 0;  // one thread is left
}

}  // namespace weir::parked_threads
