// SPDX-License-Identifier: Apache-2.0
/// What a task needs to start: one core of a type, or a cluster. Ready tasks are kept by shape where cores
/// have types.
#pragma once

#include <array>
#include <cstdint>

#include <weir/kernel.hpp>
#include <weir/launch.hpp>

namespace weir {

enum class ResourceShape : std::uint8_t {
    aic = 0,  ///< one matrix core
    aiv = 1,  ///< one vector core
    mix = 2,  ///< several cores of one cluster, together
};
inline constexpr std::size_t kResourceShapes = 3;

/// "AIC", "AIV", "MIX".
constexpr const char* name_of(ResourceShape shape) noexcept {
    constexpr const char* kNames[] = {"AIC", "AIV", "MIX"};
    return kNames[static_cast<std::size_t>(shape)];
}

namespace detail {

/// The kernels of a task by subtask slot; null: no subtask there.
using SubtaskKernels = std::array<const KernelRecord*, kSubtaskSlots>;

/// The slot of the only kernel of a task.
constexpr SubtaskSlot slot_of(CoreType type) noexcept {
    return type == CoreType::aic ? SubtaskSlot::aic : SubtaskSlot::aiv0;
}

}  // namespace detail

/// Of a task with one kernel. One that fits any core counts as aiv: chips have twice as many of these.
constexpr ResourceShape shape_of(CoreType type) noexcept {
    return type == CoreType::aic ? ResourceShape::aic : ResourceShape::aiv;
}

/// Of a task with these kernels, of which there is at least one: a core for a subtask that is alone, a
/// cluster for several.
constexpr ResourceShape shape_of(const detail::SubtaskKernels& kernels) noexcept {
    int subtasks = 0;
    for (const detail::KernelRecord* kernel : kernels) subtasks += kernel != nullptr ? 1 : 0;
    if (subtasks > 1) return ResourceShape::mix;
    return kernels[static_cast<std::size_t>(SubtaskSlot::aic)] != nullptr ? ResourceShape::aic
                                                                          : ResourceShape::aiv;
}

}  // namespace weir
