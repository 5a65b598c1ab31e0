// SPDX-License-Identifier: Apache-2.0
/// The life of a task. Only scheduler/lifecycle.hpp moves a task from one state to the next.
///
///     PENDING -> READY -> RUNNING -> COMPLETED -> RELEASED -> CONSUMED
///
/// COMPLETED is not a value of the state word: it is the moment in which the fanout list is closed (see
/// memory/task_entry.hpp), since from there on no consumer can be added.
#pragma once

#include <cstdint>

namespace weir {

enum class TaskState : std::uint32_t {
    pending = 0,   ///< submitted, waits for producers
    ready = 1,     ///< in a ready queue
    running = 2,   ///< its kernel runs
    released = 4,  ///< its consumers know, its own keeper references are dropped; descriptor, payload, edges
                   ///< are dead
    consumed = 5,  ///< released; and, if it owns memory, its scope has closed and every keeper is released
};

/// Whether a task that the orchestrator waits for has come as far as it needs: RELEASED, or CONSUMED.
inline bool reached(TaskState state, TaskState wanted) noexcept {
    return state == TaskState::consumed || (state == TaskState::released && wanted == TaskState::released);
}

}  // namespace weir
