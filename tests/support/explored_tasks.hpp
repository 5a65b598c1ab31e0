// SPDX-License-Identifier: Apache-2.0
/// Tiny rings of tasks for interleaving tests: the runtime's records, rings and lifecycle, with kernels that
/// a test can check. A kernel writes the task's result and reads those of its producers; an owner's result is
/// its memory, which is written again when the owner's entry is reclaimed. The results are plain variables,
/// so whatever nothing orders is found as a data race.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "explored.hpp"
#include "memory/task_ring.hpp"
#include "scheduler/idle_threads.hpp"
#include "scheduler/lifecycle.hpp"
#include "scheduler/ready_ring.hpp"

namespace weir::explored {

inline constexpr std::size_t kMostTinyTasks = 16;
/// Running numbers begin here: the third task's lower 32 bits are 0.
inline constexpr std::uint64_t kFirstTinyNumber = (std::uint64_t{1} << 32U) - 2;

struct TinySizes {
    std::uint64_t task_window = 2;
    std::uint64_t consumed_window = 4;
    std::uint64_t dep_pool = 4;
};

/// What a submitted task needs of an earlier one.
struct TinyEdge {
    int producer;  ///< index of the task
    bool waits = true;
    bool keeps = false;
};

class TinyTasks {
public:
    static constexpr std::uint64_t kPayloadBytes = 64;
    static constexpr std::size_t kRingsUsed = 2;

    TinyTasks(Schedule& schedule, const TinySizes& sizes) : schedule_(schedule) {
        for (std::size_t r = 0; r < kRingsUsed; ++r) {
            Ring& ring = rings_[r];
            ring.entries = std::vector<TaskEntry>(sizes.consumed_window);
            ring.slots = std::vector<TaskSlot>(sizes.task_window);
            ring.pool = std::vector<DepEntry>(sizes.dep_pool);
            ring.payload = std::vector<std::byte>(kPayloadBytes);
            ring.ring.attach(static_cast<int>(r), ring.entries.data(), sizes.consumed_window,
                             ring.slots.data(), sizes.task_window, kFirstTinyNumber);
            ring.ring.deps.attach(ring.pool.data(), sizes.dep_pool);
            ring.ring.payload.attach(ring.payload.data(), kPayloadBytes);
            lifecycle.attach_pool(static_cast<int>(r), ring.pool.data(), sizes.dep_pool);
            schedule.watch("entries", ring.entries.data(), ring.entries.size());
            schedule.watch("slots", ring.slots.data(), ring.slots.size());
            schedule.watch("dependency pool", ring.pool.data(), ring.pool.size());
        }
    }

    /// Orchestrator: whether the next task of a ring can be submitted.
    [[nodiscard]] bool has_room(int ring_index, std::size_t edges) const {
        const TaskRing& ring = rings_[static_cast<std::size_t>(ring_index)].ring;
        return ring.slot_free() && ring.entry_free() && ring.deps.fits(edges) && ring.payload.fits(8);
    }
    /// Orchestrator: what OrchestratorCore::ship does with these records. Returns the task's slot when it is
    /// READY.
    TaskSlot* submit(int ring_index, bool owner, const std::vector<TinyEdge>& edges) {
        TaskRing& ring = rings_[static_cast<std::size_t>(ring_index)].ring;
        schedule_.require(has_room(ring_index, edges.size()), "a task is submitted only when there is room");
        const int index = count_++;
        const std::uint64_t number = ring.next_number;
        TaskEntry& entry = ring.entry(number);
        TaskSlot& slot = ring.slot(number);
        tasks_[static_cast<std::size_t>(index)].edges = edges;
        tasks_[static_cast<std::size_t>(index)].entry = &entry;
        entry.kernel_id = static_cast<std::uint32_t>(index);
        entry.number = number;
        entry.ring = static_cast<std::uint32_t>(ring_index);
        entry.heap_begin = ring.heap.head();
        Lifecycle::submit(entry, slot, owner);
        ++ring.next_number;
        slot.entry = &entry;
        slot.ring = static_cast<std::uint8_t>(ring_index);
        slot.payload = ring.payload.take(8);
        slot.payload_begin = static_cast<std::uint32_t>(ring.payload.head() - 8);
        slot.deps_begin = static_cast<std::uint32_t>(ring.deps.head());
        slot.deps = ring.deps.position();
        slot.dep_count = static_cast<std::uint32_t>(edges.size());
        for (const TinyEdge& wanted : edges) {
            TaskEntry& producer = *tasks_[static_cast<std::size_t>(wanted.producer)].entry;
            DepEntry& edge = *ring.deps.take();
            edge.consumer = &slot;
            edge.owner = wanted.keeps ? &producer : nullptr;
            if (wanted.keeps) Lifecycle::keep(producer);
            if (wanted.waits) Lifecycle::wire(producer, edge);
        }
        return Lifecycle::publish(slot) ? &slot : nullptr;
    }
    /// Orchestrator: the scope of an owner closes.
    void close_scope_of(int index) {
        lifecycle.drop_reference(*tasks_[static_cast<std::size_t>(index)].entry);
    }
    /// Orchestrator: moves both waterlines. Memory that becomes free is written at once, as its next user
    /// would.
    void advance() {
        for (Ring& ring : rings_) {
            ring.ring.advance_released(~std::uint64_t{0});
            ring.ring.advance_consumed([this](TaskEntry& owner) {
                Task& task = tasks_[owner.kernel_id];
                schedule_.require(task.runs == 1, "an owner is reclaimed after it has run");
                schedule_.require(++task.reclaimed == 1, "an owner is reclaimed once");
                task.result.write(-1);
            });
            schedule_.require(ring.ring.first_unconsumed() <= ring.ring.first_unreleased(),
                              "the consumed waterline is never ahead of the released one");
        }
    }

    /// Any thread: runs a READY task; `ready(TaskSlot&)` for each task that this makes READY.
    template <class OnReady>
    void run(TaskSlot& slot, OnReady&& ready) {
        Lifecycle::start(slot);
        Task& task = tasks_[slot.entry->kernel_id];
        schedule_.require(++task.runs == 1, "no task runs twice");
        for (const TinyEdge& edge : task.edges)
            if (edge.waits || edge.keeps) {
                const int result = tasks_[static_cast<std::size_t>(edge.producer)].result.read();
                schedule_.require(
                    result == edge.producer + 1,
                    "a task runs after its producers, and while the memory that it keeps is there");
            }
        task.result.write(static_cast<int>(slot.entry->kernel_id) + 1);
        Lifecycle::complete(slot, [&](TaskSlot& consumer) {
            schedule_.require(++tasks_[consumer.entry->kernel_id].made_ready == 1,
                              "no task becomes ready twice");
            ready(consumer);
        });
        lifecycle.release(slot);
    }

    /// After the threads: every task ran, and everything is free again once the scopes are closed.
    void finish() {
        advance();
        for (int i = 0; i < count_; ++i)
            schedule_.require(tasks_[static_cast<std::size_t>(i)].runs == 1, "every task has run");
        for (Ring& ring : rings_) schedule_.require(ring.ring.empty(), "everything is reclaimed at the end");
    }

    [[nodiscard]] TaskRing& ring(int index) { return rings_[static_cast<std::size_t>(index)].ring; }
    [[nodiscard]] TaskEntry& entry(int index) { return *tasks_[static_cast<std::size_t>(index)].entry; }
    [[nodiscard]] int runs(int index) const { return tasks_[static_cast<std::size_t>(index)].runs; }
    [[nodiscard]] int count() const { return count_; }

    IdleThreads idle{2};
    Lifecycle lifecycle{idle};

private:
    struct Ring {
        TaskRing ring;
        std::vector<TaskEntry> entries;
        std::vector<TaskSlot> slots;
        std::vector<DepEntry> pool;
        std::vector<std::byte> payload;
    };
    struct Task {
        std::vector<TinyEdge> edges;
        TaskEntry* entry = nullptr;
        Plain<int> result;
        int runs = 0;
        int made_ready = 0;
        int reclaimed = 0;
    };

    Schedule& schedule_;
    std::array<Ring, kRingsUsed> rings_;
    std::array<Task, kMostTinyTasks> tasks_;
    int count_ = 0;
};

/// A task handed from one thread to another, which waits for it.
class HandOver {
public:
    void give(TaskSlot& task) {
        task_ = &task;
        parker_.unpark();
    }
    TaskSlot& take() {
        parker_.park();
        return *task_;
    }

private:
    TaskSlot* task_ = nullptr;
    sync::Parker parker_;
};

}  // namespace weir::explored
