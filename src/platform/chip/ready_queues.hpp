// SPDX-License-Identifier: Apache-2.0
/// Ready tasks of a chip, by what they need: an AIC, an AIV, or no core (the runtime's own tasks). Each is a
/// queue, the higher priority first and then the oldest, linked through the tasks and so never full. Any
/// thread pushes and takes.
#pragma once

#include <array>
#include <cstdint>

#include "model/sync.hpp"
#include "scheduler/overflow_queue.hpp"

namespace weir::chip {

/// What a task needs to start.
enum class Shape : std::uint8_t { aic, aiv, none };
inline constexpr std::size_t kShapes = 3;

class ReadyQueues {
public:
    void push(Shape shape, TaskSlot& task) noexcept {
        Queue& queue = of(shape);
        // Relaxed: a hint; the queue's lock orders the tasks. Before the push, so that it is never below 0.
        queue.count.fetch_add(1, std::memory_order_relaxed);
        queue.tasks.push(task);
    }
    /// Null: none is left.
    [[nodiscard]] TaskSlot* take(Shape shape) noexcept {
        Queue& queue = of(shape);
        TaskSlot* const task = queue.tasks.take(kMinPriority);
        if (task != nullptr) queue.count.fetch_sub(1, std::memory_order_relaxed);  // as above
        return task;
    }
    /// How many wait; out of date when other threads push or take.
    [[nodiscard]] std::uint64_t count(Shape shape) const noexcept {
        return queues_[static_cast<std::size_t>(shape)].count.load(std::memory_order_relaxed);  // as above
    }

private:
    struct alignas(64) Queue {
        OverflowQueue tasks;
        sync::Atomic<std::uint64_t> count{0};
    };
    [[nodiscard]] Queue& of(Shape shape) noexcept { return queues_[static_cast<std::size_t>(shape)]; }

    std::array<Queue, kShapes> queues_;
};

}  // namespace weir::chip
