// SPDX-License-Identifier: Apache-2.0
/// Two halves of a store-load barrier of which one is nearly free.
///
/// Pattern: one side stores A and then loads B; the other stores B and then loads A; at least one must see
/// the other's store. That takes a full barrier between store and load on both sides. Here the frequent side
/// (a task is published, a task is released) calls `light` and the rare side (a thread is about to park)
/// calls `heavy`, which makes the kernel put a full barrier into every running thread of the process
/// (membarrier). A light side that stored before that barrier is seen by the heavy side's load; one that
/// stores after it loads after it too, and sees the heavy side's store. Where the kernel has no membarrier,
/// both are ordinary full fences.
///
/// This is the one place with stand-alone fences. They order nothing that data depends on: data travels by
/// the numbered acquire/release pairs, and ThreadSanitizer, which does not model fences, gets a variant made
/// of one atomic operation.
#pragma once

#include "model/sanitizers.hpp"
#include "model/sync.hpp"

#ifndef WEIR_SYNC_EXPLORED

namespace weir::sync {

namespace detail {
/// Whether `heavy` reaches all threads; set once, before any thread uses it.
extern const bool kHasMembarrier;
void membarrier_all() noexcept;
void full_fence() noexcept;
}  // namespace detail

inline void light_fence() noexcept {
#if WEIR_UNDER_TSAN
    detail::full_fence();
#else
    if (detail::kHasMembarrier)
        asm volatile("" ::: "memory");
    else
        detail::full_fence();
#endif
}

inline void heavy_fence() noexcept {
    detail::full_fence();
    if (detail::kHasMembarrier) detail::membarrier_all();
}

}  // namespace weir::sync

#endif
