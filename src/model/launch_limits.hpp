// SPDX-License-Identifier: Apache-2.0
/// How much a platform can start together: what a task with sync_start is checked against at submit.
#pragma once

#include <array>
#include <cstdint>

#include <weir/launch.hpp>

#include "model/resource_shape.hpp"

namespace weir {

struct LaunchLimits {
    const char* platform;  ///< name, for messages
    /// Most blocks of one sync_start task, by shape.
    std::array<std::uint32_t, kResourceShapes> blocks_together;
    /// Most calls of one task that starts together: blocks x subtasks. At least kSubtaskSlots.
    std::uint32_t calls_together;
};

}  // namespace weir
