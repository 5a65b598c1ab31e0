// SPDX-License-Identifier: Apache-2.0
/// What the concurrent core is made of: atomics, mutex, parking, pause, clock. Everything under src/ that is
/// shared between threads takes them from here, so that the interleaving tests can compile the same sources
/// against instrumented ones (WEIR_SYNC_EXPLORED) and drive every operation.
#pragma once

#ifdef WEIR_SYNC_EXPLORED
#include "explored_sync.hpp"
#else

#include <atomic>
#include <cstdint>
#include <mutex>

namespace weir::sync {

template <class T>
using Atomic = std::atomic<T>;
using Mutex = std::mutex;

/// Blocks one thread until another one hands it a token. A token given early is kept; several are one.
class Parker {
public:
    /// Returns after a token was taken, or after `timeout_ns` (negative: never) without one: whether it was
    /// taken.
    bool park(std::int64_t timeout_ns = -1) noexcept;
    void unpark() noexcept;

private:
    Atomic<std::uint32_t> token_{0};
};

/// Tells the core that this is a spinning wait.
inline void pause() noexcept { __builtin_ia32_pause(); }

}  // namespace weir::sync

#endif
