// SPDX-License-Identifier: Apache-2.0
/// The memory that the rings of a simulated run lie in.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "memory/arena.hpp"
#include "plan/simulated_run.hpp"

namespace weir {

struct SimulatedRun::Memory {
    struct Ring {
        std::unique_ptr<TaskEntry[]> entries;
        std::unique_ptr<TaskSlot[]> slots;
        std::unique_ptr<DepEntry[]> deps;
    };

    Memory(const Sizes& largest, int threads)
        : ready_slots(std::make_unique<sync::Atomic<TaskSlot*>[]>(static_cast<std::size_t>(threads) *
                                                                  kReadyRingSlots)) {
        for (std::size_t r = 0; r < kRings; ++r) {
            const RingSizes& size = largest.ring[r];
            rings[r] = {std::make_unique<TaskEntry[]>(size.consumed_window),
                        std::make_unique<TaskSlot[]>(size.task_window),
                        std::make_unique<DepEntry[]>(size.dep_pool)};
        }
    }

    std::array<Ring, kRings> rings;
    std::unique_ptr<sync::Atomic<TaskSlot*>[]> ready_slots;
};

}  // namespace weir
