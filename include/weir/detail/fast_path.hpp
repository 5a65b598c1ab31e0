// SPDX-License-Identifier: Apache-2.0
/// The few words that an inlined submit reads to run a short task in place. All of them belong to the
/// orchestrator's thread, except `attention`.
#pragma once

#include <atomic>
#include <cstdint>

#include <weir/task.hpp>

namespace weir::detail {

/// Deepest nesting of scopes; depths are 0 .. kMaxScopes-1.
inline constexpr int kMaxScopes = 64;

/// Identifies the calling thread, in one instruction.
inline std::uintptr_t this_thread_word() noexcept {
    return reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer());
}

struct FastPath {
    /// The orchestrator's thread while all of this holds: the run is open, no kernel runs on this thread, no
    /// task is in flight, and the current scope's ring is empty, so that a task that runs in place leaves
    /// nothing behind. While a kernel runs by this path: its KernelRecord. Else 0. Atomic since a thread that
    /// must not call may look at it, and one that watches the run.
    std::atomic<std::uintptr_t> gate{0};
    /// Running number that the next task of the current ring gets.
    std::uint64_t* next_number = nullptr;
    /// The submit that runs, or ran, by this path: std::source_location as a word, for who watches the run.
    std::atomic<std::uintptr_t> site{0};
    /// Tasks run in place by this path until the ring was settled; those since then have moved its head
    /// alone.
    std::uint64_t tasks = 0;
    int ring = 0;
    std::uint64_t runtime_serial = 0;
    /// Not 0 when the run was cancelled, has failed, or has a deadline to look at.
    const std::atomic<std::uint32_t>* attention = nullptr;
    const RunControl* control = nullptr;
    /// Serial << 6 | depth of each open scope; 0 where none is open.
    std::uint64_t scope_tags[kMaxScopes] = {};

    [[nodiscard]] bool valid(std::uint64_t scope_tag) const noexcept {
        return scope_tags[scope_tag % kMaxScopes] == scope_tag && scope_tag != 0;
    }
};

}  // namespace weir::detail
