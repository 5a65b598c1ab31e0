// SPDX-License-Identifier: Apache-2.0
/// The early record: what a task has besides where tasks may be staged on cores before they are ready
/// (platform/chip/early_dispatch.hpp, which says who writes what). It lies behind the launch record, which
/// every such task has, and goes with the payload. The runtime's own tasks have none.
#pragma once

#include <cstdint>

#include "model/gate.hpp"

namespace weir {

struct TaskSlot;

struct EarlyRecord {
    explicit EarlyRecord(std::uint32_t calls) noexcept : until_running(calls + 1) {}

    TaskSlot* previous = nullptr;  ///< among the tasks that may be staged
    TaskSlot* next = nullptr;
    std::uint32_t waits = 0;      ///< producers that neither run nor have completed
    std::uint32_t until_running;  ///< calls that have not been dispatched, and one until the task is ready
    bool wired = false;           ///< its producers have been counted
    bool listed = false;          ///< it is among the tasks that may be staged
    Gate gate;                    ///< opened when the task is ready: calls that are staged may start
};

}  // namespace weir
