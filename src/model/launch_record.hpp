// SPDX-License-Identifier: Apache-2.0
/// The launch record: what a task has that is more than one call of one kernel. It lies in front of the
/// task's payload, is built once, at submit, and goes with the payload. A plain task (one kernel, one block,
/// no predicate) has none; the flag in its slot says so, and nothing else of it is different.
///
/// A task with a launch record makes blocks x subtasks calls. They are numbered: call i is subtask
/// i % subtasks of block i / subtasks, subtasks counted over the slots that have a kernel.
///
///     task READY --> whoever takes it holds the record: it alone claims calls
///                      |  claim(n): the next n calls are this thread's to make. If some are left, the task
///                      |  goes back to where others can take it, and with it the right to claim
///                      v
///                    calls are made, here and there --> finish(n) --> who finishes the last one completes
///                                                                     the task, once
///
/// | field                         | written by                                                             |
/// | unclaimed                     | who holds the task: it is in one queue, or in one thread's hands       |
/// | unfinished                    | orchestrator; then every thread that has finished calls                |
/// | cohort                        | who holds the task; who finished the last call of a phase              |
/// | everything else               | orchestrator, before the task is published                             |
///
/// launch-1 release/acquire on unfinished (every decrement - the last one): what each call wrote is visible
///          to who completes the task. What one holder wrote is visible to the next by the queue that the
///          task goes through (ring-1, or the overflow queue's lock).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <weir/dtype.hpp>
#include <weir/launch.hpp>

#include "model/resource_shape.hpp"
#include "model/sync.hpp"

namespace weir {

/// Compares an element with a constant of its class: double for floating types, std::int64_t for signed
/// integers, std::uint64_t for unsigned ones and bool.
struct Predicate {
    const std::byte* element;  ///< null: the task has no predicate
    std::uint64_t constant;    ///< the bits of that double or integer
    DType dtype;
    Comparison comparison;

    /// Whether the work is to be done. For a task that is ready: its producers have written the element.
    [[nodiscard]] bool holds() const noexcept;
};

/// Calls first .. first + count - 1 of a task.
struct ClaimedCalls {
    std::uint32_t first;
    std::uint32_t count;
    bool some_left;  ///< the task must go to where others can take it
};

struct CohortStack;

struct LaunchRecord {
    detail::SubtaskKernels kernels;
    Predicate predicate;
    std::uint32_t unclaimed;  ///< calls
    sync::Atomic<std::uint32_t> unfinished;
    CohortStack* cohort;    ///< the stacks of its calls, in order; null while it has none
    std::uint16_t blocks;   ///< 1..kMaxBlocks
    std::uint8_t subtasks;  ///< of a block: 1..kSubtaskSlots
    ResourceShape shape;
    bool sync_start;
    bool one_thread;  ///< who takes the task makes all calls
    bool called;      ///< on a virtual clock, where the host makes calls that start together at once: it has

    [[nodiscard]] std::uint32_t calls() const noexcept {
        return static_cast<std::uint32_t>(blocks) * subtasks;
    }
    /// Whether its calls start together, and so can meet in a barrier: all of them have a place to wait. One
    /// call alone has nobody to meet.
    [[nodiscard]] bool starts_together() const noexcept { return calls() > 1 && (sync_start || blocks == 1); }
    [[nodiscard]] int block_of(std::uint32_t call) const noexcept {
        return static_cast<int>(call / subtasks);
    }
    [[nodiscard]] SubtaskSlot slot_of(std::uint32_t call) const noexcept {
        std::uint32_t left = call % subtasks;
        std::size_t slot = 0;
        while (kernels[slot] == nullptr || left-- != 0) ++slot;
        return static_cast<SubtaskSlot>(slot);
    }
    [[nodiscard]] const detail::KernelRecord& kernel_of(std::uint32_t call) const noexcept {
        return *kernels[static_cast<std::size_t>(slot_of(call))];
    }

    /// By the orchestrator, for a task that it is filling in; and by who has finished the last call, if they
    /// all go on.
    void again() noexcept {
        called = false;
        unclaimed = calls();
        // Relaxed: published with the task, by deps-3, ring-1 or the overflow queue's lock.
        unfinished.store(calls(), std::memory_order_relaxed);
    }
    /// By who holds the task: the next `most` calls at most, at least one. Not when none is unclaimed.
    [[nodiscard]] ClaimedCalls claim(std::uint32_t most) noexcept {
        const std::uint32_t count = std::min(std::max(most, 1U), unclaimed);
        const ClaimedCalls claimed{calls() - unclaimed, count, unclaimed != count};
        unclaimed -= count;
        return claimed;
    }
    /// So many calls have returned; true for the last of all, after which nobody else touches the record.
    [[nodiscard]] bool finish(std::uint32_t count) noexcept {
        return unfinished.fetch_sub(count, std::memory_order_acq_rel) == count;  // launch-1
    }
};
static_assert(sizeof(LaunchRecord) == 72, "what docs/sizes.md says; scalars and tensors lie behind it");

}  // namespace weir
