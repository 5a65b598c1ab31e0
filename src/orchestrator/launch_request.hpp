// SPDX-License-Identifier: Apache-2.0
/// What a submit asks for that is more than one call of one kernel: from its options, checked and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "model/launch_record.hpp"

namespace weir::detail {

struct LaunchRequest {
    SubtaskKernels kernels{};
    Predicate predicate{};
    std::size_t kernel_arguments = 0;  ///< tensors that the kernels see: without the element of the predicate
    std::uint16_t blocks = 1;
    std::uint8_t subtasks = 1;
    bool sync_start = false;

    [[nodiscard]] std::uint32_t calls() const noexcept { return std::uint32_t{blocks} * subtasks; }
    /// As LaunchRecord::starts_together.
    [[nodiscard]] bool starts_together() const noexcept { return calls() > 1 && (sync_start || blocks == 1); }

    /// Makes the launch record of a task there.
    LaunchRecord& write(std::byte* place) const noexcept {
        LaunchRecord& record = *new (place) LaunchRecord;
        record.kernels = kernels;
        record.predicate = predicate;
        record.cohort = nullptr;
        record.blocks = blocks;
        record.subtasks = subtasks;
        record.shape = shape_of(kernels);
        record.sync_start = sync_start;
        record.one_thread = false;
        record.again();
        return record;
    }
};

}  // namespace weir::detail
