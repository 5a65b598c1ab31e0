// SPDX-License-Identifier: Apache-2.0
/// Ready tasks of one thread: it alone pushes, every thread takes, first in first out. Bounded; full is an
/// answer.
///
///     head -> [ taken | ready | ready | ... | free ] <- tail       indices run for ever, modulo the capacity
///
/// A taker reads the slot at head and then claims it by moving head on. If the claim succeeds, head had not
/// moved, so the owner, who reuses a slot only after seeing head beyond it, had not touched it.
///
/// ring-1 release/acquire on tail: the task and everything written before its push is visible to who takes
/// it. ring-2 release/acquire on head: the taker's read of the slot comes before the owner's next write to
/// it.
#pragma once

#include <cstdint>

#include "memory/task_entry.hpp"
#include "model/sync.hpp"

namespace weir {

class ReadyRing {
public:
    void attach(sync::Atomic<TaskSlot*>* slots, std::uint64_t capacity) noexcept {
        slots_ = slots;
        mask_ = capacity - 1;
    }

    /// From here on every push answers full. Nobody takes from it or looks at it any more.
    void shut() noexcept {
        mask_ = 0;
        tail_.store(1, std::memory_order_relaxed);  // relaxed: only the owner looks
    }

    /// Owner: false when full.
    [[nodiscard]] bool push(TaskSlot& task) noexcept {
        // Relaxed: only this thread writes tail.
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_seen_ > mask_) {
            head_seen_ = head_.load(std::memory_order_acquire);  // ring-2
            if (tail - head_seen_ > mask_) return false;
        }
        // Relaxed: published by the store to tail.
        slots_[tail & mask_].store(&task, std::memory_order_relaxed);
        tail_.store(tail + 1, std::memory_order_release);  // ring-1; then idle-1, see IdleThreads::wake_one
        return true;
    }

    /// Any thread: the oldest task, or null.
    [[nodiscard]] TaskSlot* take() noexcept {
        // Relaxed: a stale head makes the claim fail.
        std::uint64_t head = head_.load(std::memory_order_relaxed);
        while (head < tail_.load(std::memory_order_acquire)) {  // ring-1
            // Relaxed: ordered by ring-1; a slot overwritten meanwhile makes the claim fail.
            TaskSlot* task = slots_[head & mask_].load(std::memory_order_relaxed);
            // ring-2 on success; relaxed on failure, where only the new head is looked at.
            if (head_.compare_exchange_strong(head, head + 1, std::memory_order_release,
                                              std::memory_order_relaxed))
                return task;
        }
        return nullptr;
    }

    /// Whether a task waits. Exact for a thread about to park, behind its heavy fence (idle-1); else it may
    /// be stale.
    [[nodiscard]] bool any() const noexcept {
        // Relaxed: head only moves towards tail, a stale one errs towards "any"; tail is ordered by idle-1.
        return head_.load(std::memory_order_relaxed) < tail_.load(std::memory_order_relaxed);  // as above
    }

    /// How many tasks wait; may be stale. Any thread.
    [[nodiscard]] std::uint64_t count() const noexcept {
        // Relaxed: for those who watch. Head first: it only moves towards tail.
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        return mask_ == 0 ? 0 : tail_.load(std::memory_order_relaxed) - head;  // as above
    }

    /// Owner: whether at least `depth` tasks wait here; looks at the takers' side only if it seems so.
    [[nodiscard]] bool at_least(std::uint64_t depth) noexcept {
        // Relaxed: only this thread writes tail.
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_seen_ < depth) return false;
        head_seen_ = head_.load(std::memory_order_acquire);  // ring-2
        return tail - head_seen_ >= depth;
    }

private:
    alignas(64) sync::Atomic<std::uint64_t> tail_{0};
    std::uint64_t head_seen_ = 0;
    sync::Atomic<TaskSlot*>* slots_ = nullptr;
    std::uint64_t mask_ = 0;
    alignas(64) sync::Atomic<std::uint64_t> head_{0};
};

}  // namespace weir
