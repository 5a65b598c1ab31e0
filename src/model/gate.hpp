// SPDX-License-Identifier: Apache-2.0
/// The gate of a task that is staged on cores before it is ready: shut at first, then opened once. A core
/// whose order is behind a shut gate does not look at it again and again: it leaves its number here, and who
/// opens the gate lets it go on.
///
///     word_:  0 (shut) --wait--> 1 + the core that came last --wait--> ... --open--> kOpen
///                                     its link: the core before
///
///     core                                              who makes the task ready, once
///     ----                                              ------------------------------
///     finds it open: goes on                <--chip-3--
///     else waits: before, it has done all that a core
///       which waits must have done; then its number     open: takes the numbers of all who wait, and lets
///                                            --chip-4-->       each of them go on
///
/// Whoever comes is either in the list that `open` returns, or finds the gate open; never both, never
/// neither. The list is linked through words that belong to the cores: nothing is allocated, and the gate may
/// be gone once the last core has passed it.
///
/// chip-3 release/acquire on word_ (`open` - `is_open`; `wait` that finds it open): what the task's producers
///        wrote is visible to the core.
/// chip-4 release/acquire on word_ (every `wait` that finds it shut - `open`): the core's link, and that it
///        waits, are visible to who lets it go on. A later core's exchange continues the release of an
///        earlier one.
#pragma once

#include <cstdint>

#include "model/sync.hpp"

namespace weir {

class Gate {
public:
    static constexpr int kNobody = -1;

    [[nodiscard]] bool is_open() const noexcept {
        return word_.load(std::memory_order_acquire) == kOpen;  // chip-3
    }
    /// By a core that is about to wait: false when the gate is open, so that it need not. Otherwise the core
    /// belongs to who opens the gate, and `link` says which core waited before it, or kNobody.
    [[nodiscard]] bool wait(int core, int& link) noexcept {
        std::uint32_t seen = word_.load(std::memory_order_acquire);  // chip-3
        do {
            if (seen == kOpen) return false;
            link = static_cast<int>(seen) - 1;
            // chip-4 release on success, chip-3 acquire on failure.
        } while (!word_.compare_exchange_weak(seen, static_cast<std::uint32_t>(core) + 1,
                                              std::memory_order_release, std::memory_order_acquire));
        return true;
    }
    /// Once: the core that came last and waits, or kNobody.
    [[nodiscard]] int open() noexcept {
        return static_cast<int>(word_.exchange(kOpen, std::memory_order_acq_rel)) - 1;  // chip-3, chip-4
    }

private:
    static constexpr std::uint32_t kOpen = ~std::uint32_t{0};

    sync::Atomic<std::uint32_t> word_{0};
};

}  // namespace weir
