// SPDX-License-Identifier: Apache-2.0
/// Ready tasks that do not go through a ready ring: those with a priority, and those that found their ring
/// full. Linked through the tasks themselves, so it is never full. A lock guards it; its counters let threads
/// pass by without.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <mutex>

#include <weir/options.hpp>

#include "memory/task_entry.hpp"
#include "model/sync.hpp"

namespace weir {

class OverflowQueue {
public:
    void push(TaskSlot& task) noexcept {
        const std::lock_guard lock(mutex_);
        List& list = lists_[level_of(task.priority)];
        task.next = nullptr;
        if (list.last == nullptr)
            list.first = &task;
        else
            list.last->next = &task;
        list.last = &task;
        levels_ |= 1U << level_of(task.priority);
        // Relaxed: the lock orders the tasks; for a thread about to park, idle-1 orders this
        // (IdleThreads::wake_one).
        published_levels_.store(levels_, std::memory_order_relaxed);
    }

    /// The oldest task of the highest priority that is at least `lowest`, or null.
    [[nodiscard]] TaskSlot* take(int lowest) noexcept {
        // Relaxed: a hint; the lock decides. A thread about to park uses any().
        const std::uint32_t hint = published_levels_.load(std::memory_order_relaxed);
        if (hint >> level_of(lowest) == 0) return nullptr;
        const std::lock_guard lock(mutex_);
        if (levels_ >> level_of(lowest) == 0) return nullptr;
        const std::uint32_t level = static_cast<std::uint32_t>(std::bit_width(levels_)) - 1;
        List& list = lists_[level];
        TaskSlot* task = list.first;
        list.first = task->next;
        if (list.first == nullptr) {
            list.last = nullptr;
            levels_ &= ~(1U << level);
            // Relaxed: a stale "not empty" costs a look under the lock.
            published_levels_.store(levels_, std::memory_order_relaxed);
        }
        return task;
    }

    /// How many tasks wait, counted up to `most`.
    [[nodiscard]] std::uint64_t count(std::uint64_t most) noexcept {
        const std::lock_guard lock(mutex_);
        std::uint64_t count = 0;
        for (const List& list : lists_)
            for (const TaskSlot* task = list.first; task != nullptr && count < most; task = task->next)
                ++count;
        return count;
    }

    /// Whether a task of at least this priority waits; may be stale.
    [[nodiscard]] bool any_from(int lowest) const noexcept {
        // Relaxed: for the choice between two ready tasks, of which either is right.
        return published_levels_.load(std::memory_order_relaxed) >> level_of(lowest) != 0;
    }
    /// Whether a task waits. Exact for a thread about to park, behind its heavy fence (idle-1); else it may
    /// be stale.
    [[nodiscard]] bool any() const noexcept {
        return published_levels_.load(std::memory_order_relaxed) != 0;  // relaxed: ordered by idle-1
    }

private:
    struct List {
        TaskSlot* first = nullptr;
        TaskSlot* last = nullptr;
    };
    static constexpr std::uint32_t kLevels = static_cast<std::uint32_t>(kMaxPriority - kMinPriority + 1);
    static_assert(kLevels <= 32, "one bit for each level");
    static std::uint32_t level_of(int priority) noexcept {
        return static_cast<std::uint32_t>(priority - kMinPriority);
    }

    sync::Mutex mutex_;
    std::array<List, kLevels> lists_{};
    std::uint32_t levels_ = 0;  ///< bit of each level that has a task; under the lock
    sync::Atomic<std::uint32_t> published_levels_{0};
};

}  // namespace weir
