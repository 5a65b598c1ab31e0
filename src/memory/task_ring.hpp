// SPDX-License-Identifier: Apache-2.0
/// One ring of tasks: the main ring of slots, the consumed ring of entries, and the payload, heap and
/// dependency pool that belong to them. All counters belong to the orchestrator's thread.
///
///     consumed_ring:   ... free | CONSUMED | RELEASED, owners | ............ in flight ........ | free ...
///                               ^ last_task_consumed + 1      ^ last_task_released + 1          ^
///                               next_number
///     main ring:       ............................ free .... | ............ in flight ........ | free ...
///
/// A task in place leaves nothing in its slot; its entry says CONSUMED (or RELEASED, when it owns memory).
/// While the ring is empty not even that: the three counters advance together (collapsed).
#pragma once

#include <cassert>
#include <cstdint>

#include "memory/byte_ring.hpp"
#include "memory/task_entry.hpp"

namespace weir {

class TaskRing {
public:
    /// For `advance_released`.
    static constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

    void attach(int index, TaskEntry* entries, std::uint64_t consumed_window, TaskSlot* slots,
                std::uint64_t task_window, std::uint64_t first_number) noexcept {
        index_ = index;
        entries_ = entries;
        consumed_window_ = consumed_window;
        slots_ = slots;
        task_window_ = task_window;
        next_number = first_unreleased_ = first_unconsumed_ = first_number;
    }

    /// The entries that are in use are copied to `entries`, which takes the place of these. Nobody but the
    /// orchestrator may know any of them (memory/growth.hpp).
    void replace_entries(TaskEntry* entries, std::uint64_t consumed_window) noexcept {
        for (std::uint64_t number = first_unconsumed_; number != next_number; ++number)
            copy_entry(entry(number), entries[number & (consumed_window - 1)]);
        entries_ = entries;
        consumed_window_ = consumed_window;
    }

    [[nodiscard]] int index() const noexcept { return index_; }
    [[nodiscard]] std::uint64_t task_window() const noexcept { return task_window_; }
    [[nodiscard]] std::uint64_t consumed_window() const noexcept { return consumed_window_; }
    [[nodiscard]] TaskEntry& entry(std::uint64_t number) const noexcept {
        return entries_[number & (consumed_window_ - 1)];
    }
    [[nodiscard]] TaskSlot& slot(std::uint64_t number) const noexcept {
        return slots_[number & (task_window_ - 1)];
    }
    /// Place of an entry in the ring, for tables beside it.
    [[nodiscard]] std::uint64_t entry_index(std::uint64_t number) const noexcept {
        return number & (consumed_window_ - 1);
    }

    /// Every task before these has been RELEASED, CONSUMED.
    [[nodiscard]] std::uint64_t first_unreleased() const noexcept { return first_unreleased_; }
    [[nodiscard]] std::uint64_t first_unconsumed() const noexcept { return first_unconsumed_; }
    [[nodiscard]] bool has_unreleased() const noexcept { return first_unreleased_ != next_number; }
    [[nodiscard]] bool empty() const noexcept { return first_unconsumed_ == next_number; }

    [[nodiscard]] bool slot_free() const noexcept { return next_number - first_unreleased_ < task_window_; }
    [[nodiscard]] bool entry_free() const noexcept {
        return next_number - first_unconsumed_ < consumed_window_;
    }

    /// Whether the task has completed: nothing is left to wait for.
    [[nodiscard]] bool completed(std::uint64_t number) const noexcept {
        if (number < first_unreleased_) return true;
        // deps-1 acquire: with the exchange in Lifecycle::complete, what the task's kernel wrote is visible.
        return entry(number).fanout.load(std::memory_order_acquire) == kFanoutClosed;
    }

    /// All tasks up to the head are gone: used after the ring was collapsed.
    void settle() noexcept { first_unreleased_ = first_unconsumed_ = next_number; }

    /// The newest task ran in place: the waterlines that stood right before it move over it.
    void ran_in_place(bool owner) noexcept {
        if (first_unreleased_ + 1 != next_number) return;
        first_unreleased_ = next_number;
        if (!owner && first_unconsumed_ + 1 == next_number) first_unconsumed_ = next_number;
    }

    /// Moves last_task_released forward over at most `limit` tasks; returns whether it moved.
    bool advance_released(std::uint64_t limit) noexcept {
        const std::uint64_t start = first_unreleased_;
        while (first_unreleased_ != next_number && first_unreleased_ - start < limit) {
            // release-1 acquire: with the store in Lifecycle::release, the task has done with its slot,
            // payload and edges.
            const TaskState state = entry(first_unreleased_).state.load(std::memory_order_acquire);
            if (state != TaskState::released && state != TaskState::consumed) break;
            ++first_unreleased_;
        }
        if (first_unreleased_ == start) return false;
        if (first_unreleased_ == next_number) {
            payload.free_all();
            deps.free_all();
        } else if (!is_released(first_unreleased_)) {
            const TaskSlot& oldest = slot(first_unreleased_);
            payload.free_until_low(oldest.payload_begin);
            deps.free_until_low(oldest.deps_begin);
        }
        return true;
    }

    /// Moves last_task_consumed forward, never past last_task_released. `on_owner(entry)` is called for every
    /// owner whose memory becomes free.
    template <class OnOwner>
    bool advance_consumed(OnOwner&& on_owner) noexcept {
        const std::uint64_t start = first_unconsumed_;
        while (first_unconsumed_ != first_unreleased_) {
            TaskEntry& oldest = entry(first_unconsumed_);
            // release-2 acquire: with the store in Lifecycle::drop_reference, every keeper has finished with
            // the memory.
            if (oldest.state.load(std::memory_order_acquire) != TaskState::consumed) break;
            if (oldest.is_owner != 0) on_owner(oldest);
            ++first_unconsumed_;
        }
        assert(first_unconsumed_ <= first_unreleased_);
        if (first_unconsumed_ == start) return false;
        if (first_unconsumed_ == next_number)
            heap.free_all();
        else
            heap.free_until(entry(first_unconsumed_).heap_begin);
        return true;
    }

    std::uint64_t next_number = 1;  ///< of the next task; counted up by the inlined submit too
    HeapRing heap;
    PayloadRing payload;
    EntryRing<DepEntry> deps;

private:
    /// The entry that stopped the waterline may have been written by a task in place only if it is released.
    [[nodiscard]] bool is_released(std::uint64_t number) const noexcept {
        // Relaxed: only asks whether the walk above stopped at its limit; the value was acquired or is
        // rechecked there.
        const TaskState state = entry(number).state.load(std::memory_order_relaxed);
        return state == TaskState::released || state == TaskState::consumed;
    }

    int index_ = 0;
    TaskEntry* entries_ = nullptr;
    TaskSlot* slots_ = nullptr;
    std::uint64_t consumed_window_ = 0;
    std::uint64_t task_window_ = 0;
    std::uint64_t first_unreleased_ = 1;
    std::uint64_t first_unconsumed_ = 1;
};

}  // namespace weir
