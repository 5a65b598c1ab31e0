// SPDX-License-Identifier: Apache-2.0
/// Every transition of a task's state, each one function. Nobody else writes a state, a fanin, a fanout or a
/// reference count.
///
///     who                      function            transition
///     orchestrator             submit              -> PENDING
///     orchestrator             submit_in_place     -> RELEASED (owner) or CONSUMED, without a slot
///     orchestrator             wire                (adds an edge to a producer, or finds it COMPLETED)
///     orchestrator             publish             PENDING -> READY if no producer is left
///     completing thread        complete            RUNNING -> COMPLETED; consumers PENDING -> READY
///     executing thread         start               READY -> RUNNING
///     completing thread        release             COMPLETED -> RELEASED, and CONSUMED for a task that owns
///     nothing releasing thread,        drop_reference      RELEASED -> CONSUMED for an owner, by whoever
///     drops the last
///       orchestrator                               reference: itself, its scope, or a keeper
///     orchestrator             hold_again          CONSUMED -> RELEASED, for an owner whose scope is open
///                                                  and which it had dropped to grow a ring
///
/// A consumer that is wired while its producer completes is counted once: its fanin is raised before the edge
/// is pushed, and the edge is either in the list that the closing exchange returns, or its push fails and the
/// orchestrator takes the count back. The orchestrator's own count of one keeps the fanin above 0 until it
/// has wired everything.
///
/// The completing thread walks the list that it got. It reads `next` before it lowers the consumer's fanin:
/// after that, the consumer may run, be released, and its entries be used for another task. The rest of the
/// list stays, because each consumer in it still lacks this decrement.
///
/// A task keeps one reference to itself until it is RELEASED, so that no keeper or scope can make it CONSUMED
/// while it is still being released.
///
/// deps-1 release/acquire on fanout (exchange in `complete` - look at the word by the orchestrator): what the
/// producer's
///        kernel wrote is visible to a task that did not have to wait.
/// deps-2 release/acquire on fanout (push - exchange): the edge's fields are visible to the completing
/// thread. deps-3 release/acquire on fanin (decrement - last decrement): what each producer wrote, and what
/// the orchestrator
///        wrote into the slot, is visible to who makes the task READY; the ready queue carries it on to who
///        runs it.
/// keep-1 release/acquire on references: what each keeper did with the memory comes before the memory is
/// reused. release-1, release-2 release/acquire on state: see TaskRing::advance_released, advance_consumed.
#pragma once

#include <array>
#include <cassert>
#include <cstdint>

#include "memory/task_ring.hpp"
#include "observe/thread_recorder.hpp"
#include "scheduler/idle_threads.hpp"

namespace weir {

class Lifecycle {
public:
    explicit Lifecycle(IdleThreads& idle) : idle_(idle) {}

    /// Where the dependency pool of a ring lies: entries of a task run on at its beginning.
    void attach_pool(int ring, DepEntry* begin, std::uint64_t entries) noexcept {
        pools_[static_cast<std::size_t>(ring)] = {begin, begin + entries};
    }

    /// -> PENDING. `owner`: it owns heap memory and stays until its scope has closed.
    static void submit(TaskEntry& entry, TaskSlot& slot, bool owner) noexcept {
        // Relaxed: nobody else knows the task yet; the push of its first edge (deps-2) or its readiness
        // (deps-3, ring-1) publishes these.
        entry.fanout.store(0, std::memory_order_relaxed);
        entry.state.store(TaskState::pending, std::memory_order_relaxed);
        entry.references.store(owner ? 2 : 1, std::memory_order_relaxed);
        entry.is_owner = owner ? 1 : 0;
        slot.fanin.store(1, std::memory_order_relaxed);  // as above
    }

    /// The task has run before it was entered anywhere: it leaves an entry, and memory if it owns some.
    static void submit_in_place(TaskEntry& entry, bool owner) noexcept {
        // Relaxed: the orchestrator's thread alone looks at entries that no slot, edge or keeper knows.
        entry.fanout.store(kFanoutClosed, std::memory_order_relaxed);
        entry.references.store(owner ? 1 : 0, std::memory_order_relaxed);
        entry.is_owner = owner ? 1 : 0;
        entry.state.store(owner ? TaskState::released : TaskState::consumed,
                          std::memory_order_relaxed);  // as above
    }

    /// Makes the task wait for a producer; false when that has completed. `edge` must be filled but for
    /// `next`.
    static bool wire(TaskEntry& producer, DepEntry& edge) noexcept {
        std::uintptr_t first = producer.fanout.load(std::memory_order_acquire);  // deps-1
        if (first == kFanoutClosed) return false;
        // Relaxed: raised before the push, whose release (deps-2) orders it before any decrement.
        edge.consumer->fanin.fetch_add(1, std::memory_order_relaxed);
        do {
            edge.next = reinterpret_cast<DepEntry*>(first);
            // deps-2 release on success, deps-1 acquire on failure, when it may have completed.
            if (producer.fanout.compare_exchange_weak(first, reinterpret_cast<std::uintptr_t>(&edge),
                                                      std::memory_order_release, std::memory_order_acquire))
                return true;
        } while (first != kFanoutClosed);
        // Relaxed: the orchestrator's own count is still in, so this cannot be the last.
        edge.consumer->fanin.fetch_sub(1, std::memory_order_relaxed);
        return false;
    }

    /// The orchestrator keeps an owner's memory for the task that it submits. The owner's scope is open, so
    /// its count is not 0.
    static void keep(TaskEntry& owner) noexcept {
        // Relaxed: the matching drop happens in the kept task's release, which its publication orders behind
        // this.
        owner.references.fetch_add(1, std::memory_order_relaxed);
    }

    /// The orchestrator has wired everything: true when the task is READY.
    static bool publish(TaskSlot& slot) noexcept {
        // deps-3
        if (slot.fanin.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;
        // Relaxed: for those who watch; the ready queue orders it for who runs the task.
        slot.entry->state.store(TaskState::ready, std::memory_order_relaxed);
        return true;
    }

    static void start(TaskSlot& slot) noexcept {
        slot.entry->state.store(TaskState::running,
                                std::memory_order_relaxed);  // relaxed: for those who watch
    }

    /// Asks for the lines that `complete` and `release` will walk, while the kernel runs.
    static void prefetch_completion(const TaskSlot& slot) noexcept {
        // Relaxed: the edge is not looked at.
        const std::uintptr_t first = slot.entry->fanout.load(std::memory_order_relaxed);
        __builtin_prefetch(reinterpret_cast<const DepEntry*>(first));
        __builtin_prefetch(slot.deps);
    }

    /// The kernel is done (or skipped): tells the consumers and calls `ready(TaskSlot&)` for each that became
    /// READY. The task is still RUNNING for its waterline; `release` must follow. Returns how many consumers
    /// there were.
    template <class OnReady>
    static std::uint64_t complete(TaskSlot& slot, OnReady&& ready) noexcept {
        // deps-1 release, deps-2 acquire. From here on the task is COMPLETED.
        const std::uintptr_t first = slot.entry->fanout.exchange(kFanoutClosed, std::memory_order_acq_rel);
        auto* edge = reinterpret_cast<DepEntry*>(first);
        std::uint64_t consumers = 0;
        while (edge != nullptr) {
            DepEntry* const next = edge->next;
            TaskSlot& consumer = *edge->consumer;
            if (publish(consumer)) ready(consumer);
            edge = next;
            ++consumers;
        }
        return consumers;
    }

    /// COMPLETED -> RELEASED (-> CONSUMED when it owns nothing). Nothing of the slot may be touched
    /// afterwards. `recording.consumed(TaskRef)` is called for each owner that becomes CONSUMED by it, unless
    /// the recording is the empty one.
    template <class Recording>
    void release(TaskSlot& slot, Recording recording) noexcept {
        TaskEntry& entry = *slot.entry;
        const Pool& pool = pools_[slot.ring];
        DepEntry* edge = slot.deps;
        for (std::uint32_t left = slot.dep_count; left != 0; --left) {
            if (edge->owner != nullptr) drop_reference(*edge->owner, recording);
            if (++edge == pool.end) edge = pool.begin;
        }
        if (entry.is_owner == 0) {
            move(entry, TaskState::consumed);  // release-1, release-2
        } else {
            move(entry, TaskState::released);  // release-1
            drop_reference(entry, recording);
        }
    }

    void release(TaskSlot& slot) noexcept { release(slot, NoTaskRecording()); }

    /// The orchestrator holds an owner again whose scope is open and whose reference it had dropped: after
    /// CONSUMED, which says that nobody else knows the entry (memory/growth.hpp).
    static void hold_again(TaskEntry& owner) noexcept {
        owner.references.store(1, std::memory_order_relaxed);               // relaxed: known here only
        owner.state.store(TaskState::released, std::memory_order_relaxed);  // as above
    }

    /// A keeper, the closing scope, or the owner itself has done with the owner's memory.
    void drop_reference(TaskEntry& owner) noexcept { drop_reference(owner, NoTaskRecording()); }
    template <class Recording>
    void drop_reference(TaskEntry& owner, Recording recording) noexcept {
        // Read first: once it is CONSUMED the entry may be used for another task.
        [[maybe_unused]] const detail::TaskRef task =
            Recording::kOn ? detail::TaskRef(static_cast<int>(owner.ring), owner.number) : detail::TaskRef();
        // keep-1
        if (owner.references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            move(owner, TaskState::consumed);  // release-2
            recording.consumed(task);
        }
    }

private:
    struct Pool {
        DepEntry* begin;
        DepEntry* end;
    };

    void move(TaskEntry& entry, TaskState state) noexcept {
        entry.state.store(state, std::memory_order_release);  // release-1, release-2
        idle_.transitioned(entry);
    }

    std::array<Pool, kRings> pools_{};
    IdleThreads& idle_;
};

}  // namespace weir
