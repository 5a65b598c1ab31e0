// SPDX-License-Identifier: Apache-2.0
/// The three records of a task and who writes them.
///
/// TaskEntry, in the consumed ring: small and long-lived, one cache line.
/// TaskSlot, in the main ring: what is needed until the task is RELEASED, one cache line; the payload ring
/// holds its arguments. DepEntry, in the dependency pool: one per producer that the task waits for and per
/// owner that it keeps. It is the consumer's record of its fanin and the node in the producer's fanout list
/// at once.
///
///     producer's TaskEntry                     consumer's entries, contiguous in its dependency pool
///     +---------+      DepEntry                +--------------+--------------+--------------+
///     | fanout  |----> next -> ... -> null     | next         |              |              |
///     | ...     |      consumer ---------------> consumer ----+--> TaskSlot of the consumer (fanin)
///     +---------+      owner                   | owner -------+--> TaskEntry whose memory it keeps, or null
///                                              +--------------+--------------+--------------+
///
/// fanout word: 0 nobody waits yet; kClosed completed; else the first DepEntry of a list.
///
/// | field                        | written by                                                  |
/// | fanout                       | orchestrator pushes; the completing thread closes it once   |
/// | state                        | lifecycle transitions                                       |
/// | references                   | orchestrator adds; releasing threads and the orchestrator   |
/// |                              | (scope end) subtract; who reaches 0 makes the task CONSUMED |
/// | fanin                        | orchestrator adds; completing producers subtract; who       |
/// |                              | reaches 0 makes the task READY                              |
/// | everything else              | orchestrator, before the task is published                  |
#pragma once

#include <cstdint>
#include <source_location>

#include <weir/kernel.hpp>

#include "model/early_record.hpp"
#include "model/launch_record.hpp"
#include "model/sync.hpp"
#include "model/task_state.hpp"

namespace weir {

struct TaskEntry;
struct TaskSlot;

/// An edge, a keeper record, or both.
struct DepEntry {
    DepEntry* next;
    TaskSlot* consumer;
    TaskEntry* owner;  ///< null: this edge keeps no memory
};
static_assert(sizeof(DepEntry) == 24, "four edges and a task's records fit in 448 bytes");

inline constexpr std::uintptr_t kFanoutClosed = 1;

struct alignas(64) TaskEntry {
    sync::Atomic<std::uintptr_t> fanout;
    sync::Atomic<TaskState> state;
    sync::Atomic<std::uint32_t> references;
    std::uint32_t kernel_id;
    std::uint32_t regions;     ///< root of the regions of the memory that it owns, in the TensorMap's pool
    std::uint64_t number;      ///< running number
    std::uint64_t heap_begin;  ///< heap head before this task's own blocks
    std::uint64_t previous_owner;  ///< running number of the owner before it in the same scope; 0: none
    std::source_location site;     ///< the submit
    std::uint32_t is_owner;        ///< 1: owns heap memory
    std::uint32_t ring;
};
#ifndef WEIR_SYNC_EXPLORED
static_assert(sizeof(TaskEntry) == 64,
              "an entry is one cache line: it is all that a task costs once it is RELEASED");
#endif

/// Flags of a slot.
inline constexpr std::uint32_t kHasName = 1;    ///< the pointer given as the option `name`
inline constexpr std::uint32_t kHasLaunch = 2;  ///< a LaunchRecord
inline constexpr std::uint32_t kHasEarly = 4;   ///< an EarlyRecord, behind the LaunchRecord

/// Nobody else may know either of them.
inline void copy_entry(const TaskEntry& from, TaskEntry& to) noexcept {
    const auto relaxed = std::memory_order_relaxed;  // see above
    to.fanout.store(from.fanout.load(relaxed), relaxed);
    to.state.store(from.state.load(relaxed), relaxed);
    to.references.store(from.references.load(relaxed), relaxed);
    to.kernel_id = from.kernel_id;
    to.regions = from.regions;
    to.number = from.number;
    to.heap_begin = from.heap_begin;
    to.previous_owner = from.previous_owner;
    to.site = from.site;
    to.is_owner = from.is_owner;
    to.ring = from.ring;
}

struct alignas(64) TaskSlot {
    sync::Atomic<std::uint32_t>
        fanin;  ///< producers still to complete, and one for the orchestrator while it wires
    std::int8_t priority;
    std::uint8_t ring;
    std::uint8_t tensor_count;
    std::uint8_t scalar_count;
    TaskEntry* entry;
    const detail::KernelRecord* kernel;
    std::byte* payload;  ///< launch record and name if it has them, scalars, then tensor records, one behind
                         ///< the other
    DepEntry* deps;      ///< its first entry; the others follow, modulo the pool's capacity
    std::uint32_t dep_count;
    std::uint32_t payload_begin;  ///< payload ring head before this task, lower 32 bits
    std::uint32_t deps_begin;     ///< dependency pool head before this task, lower 32 bits
    std::uint32_t flags;  ///< what the payload begins with: kHasLaunch, kHasEarly, kHasName; usually 0
    TaskSlot* next;       ///< next task of the overflow queue
};
#ifndef WEIR_SYNC_EXPLORED
static_assert(sizeof(TaskSlot) == 64, "a slot is one cache line");
#endif

/// Null for a plain task.
[[nodiscard]] inline LaunchRecord* launch_of(const TaskSlot& slot) noexcept {
    return (slot.flags & kHasLaunch) != 0 ? reinterpret_cast<LaunchRecord*>(slot.payload) : nullptr;
}
/// Null where nothing is staged before it is ready.
[[nodiscard]] inline EarlyRecord* early_of(const TaskSlot& slot) noexcept {
    return (slot.flags & kHasEarly) != 0 ? reinterpret_cast<EarlyRecord*>(slot.payload + sizeof(LaunchRecord))
                                         : nullptr;
}

}  // namespace weir
