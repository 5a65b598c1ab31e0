// SPDX-License-Identifier: Apache-2.0
/// Ready tasks of a chip, by what they need. Each is a queue, the higher priority first and then the oldest,
/// linked through the tasks and so never full. Any thread pushes and takes.
///
/// Tasks that need one core (AIC, AIV), or none (the runtime's own, and those whose predicate does not hold)
/// are taken whole; who takes one that has more calls to be made puts it back. Tasks that need several cores
/// at once (mixed ones, and those with sync_start) are served one after the other: the first stays in front
/// until all its calls are claimed. So of two cohorts never both are half dispatched.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>

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
        queue.count.fetch_add(calls_left(task), std::memory_order_relaxed);
        queue.tasks.push(task);
    }
    /// Null: none is left.
    [[nodiscard]] TaskSlot* take(Shape shape) noexcept {
        Queue& queue = of(shape);
        TaskSlot* const task = queue.tasks.take(kMinPriority);
        if (task != nullptr) queue.count.fetch_sub(calls_left(*task), std::memory_order_relaxed);  // as above
        return task;
    }
    /// How many calls wait; out of date when other threads push or take.
    [[nodiscard]] std::uint64_t count(Shape shape) const noexcept {
        return queues_[static_cast<std::size_t>(shape)].count.load(std::memory_order_relaxed);  // as above
    }

    /// How many tasks wait, those of each shape counted up to `most`; stale likewise.
    [[nodiscard]] std::uint64_t tasks(std::uint64_t most) noexcept {
        std::uint64_t count = 0;
        for (Queue& queue : queues_) count += queue.tasks.count(most);
        return count;
    }

private:
    static std::uint64_t calls_left(const TaskSlot& task) noexcept {
        const LaunchRecord* const launch = launch_of(task);
        return launch != nullptr ? launch->unclaimed : 1;
    }
    struct alignas(64) Queue {
        OverflowQueue tasks;
        sync::Atomic<std::uint64_t> count{0};
    };
    [[nodiscard]] Queue& of(Shape shape) noexcept { return queues_[static_cast<std::size_t>(shape)]; }

    std::array<Queue, kShapes> queues_;
};

/// Cores that a block takes, of one cluster unless it is one core.
struct Needs {
    std::uint8_t aic = 0;
    std::uint8_t aiv = 0;

    [[nodiscard]] bool any() const noexcept { return aic + aiv != 0; }
    [[nodiscard]] bool several() const noexcept { return aic + aiv > 1; }
    /// Of a block with these kernels.
    [[nodiscard]] static Needs of(const detail::SubtaskKernels& kernels) noexcept {
        const auto given = [&](std::size_t slot) { return kernels[slot] != nullptr ? 1 : 0; };
        return {static_cast<std::uint8_t>(given(0)), static_cast<std::uint8_t>(given(1) + given(2))};
    }
    // In one word, for those who look without a lock; 0: none.
    [[nodiscard]] std::uint32_t word() const noexcept { return aic + 2U * aiv; }
    [[nodiscard]] static Needs of_word(std::uint32_t word) noexcept {
        return {static_cast<std::uint8_t>(word & 1U), static_cast<std::uint8_t>(word >> 1U)};
    }
    friend bool operator==(const Needs&, const Needs&) = default;
};

/// A block of a task, to be dispatched.
struct ClaimedBlock {
    TaskSlot* task = nullptr;
    std::uint32_t first_call = 0;
    std::uint32_t calls = 0;
};

/// Tasks that need several cores at once.
class BlockQueue {
public:
    void push(TaskSlot& task) noexcept {
        const std::lock_guard lock(mutex_);
        if (front_ != nullptr)
            rest_.push(task);
        else
            set_front(&task);
    }
    /// What a block of the first task takes; none: no task is here.
    [[nodiscard]] Needs needs() const noexcept {
        return Needs::of_word(needs_.load(std::memory_order_relaxed));  // relaxed: `claim` asks again
    }
    /// Claims the next block, if it takes just these cores.
    [[nodiscard]] bool claim(Needs needs, ClaimedBlock& block) noexcept {
        const std::lock_guard lock(mutex_);
        if (front_ == nullptr || !(this->needs() == needs)) return false;
        LaunchRecord& launch = *launch_of(*front_);
        const ClaimedCalls calls = launch.claim(launch.subtasks);
        block = {front_, calls.first, calls.count};
        if (!calls.some_left) set_front(rest_.take(kMinPriority));
        return true;
    }

    /// How many tasks have calls to be claimed, counted up to `most`; stale when other threads push or claim.
    [[nodiscard]] std::uint64_t tasks(std::uint64_t most) noexcept {
        const std::lock_guard lock(mutex_);
        return front_ == nullptr ? 0 : 1 + rest_.count(most - 1);
    }

private:
    void set_front(TaskSlot* task) noexcept {
        front_ = task;
        const std::uint32_t word = task != nullptr ? Needs::of(launch_of(*task)->kernels).word() : 0;
        needs_.store(word, std::memory_order_relaxed);  // as above
    }

    sync::Mutex mutex_;
    TaskSlot* front_ = nullptr;  ///< under the lock, like the rest
    OverflowQueue rest_;
    sync::Atomic<std::uint32_t> needs_{0};
};

}  // namespace weir::chip
