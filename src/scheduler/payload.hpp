// SPDX-License-Identifier: Apache-2.0
/// A task's payload, taken apart: launch record, early record and name if it has them, scalars, tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "memory/task_entry.hpp"

namespace weir {

struct Payload {
    const char* name = nullptr;
    const std::uint64_t* scalars = nullptr;
    const detail::TensorRecord* tensors[kMaxTensors];

    /// `place`: where the scalars begin.
    Payload(const TaskSlot& task, const std::byte* place, const char* task_name) noexcept : name(task_name) {
        scalars = reinterpret_cast<const std::uint64_t*>(place);
        place += task.scalar_count * sizeof(std::uint64_t);
        for (std::size_t i = 0; i < task.tensor_count; ++i) {
            tensors[i] = reinterpret_cast<const detail::TensorRecord*>(place);
            place += tensors[i]->bytes();
        }
    }
    /// Of any task.
    explicit Payload(const TaskSlot& task) noexcept : Payload(task, arguments_of(task), name_of_task(task)) {}

private:
    static const std::byte* name_place(const TaskSlot& task) noexcept {
        return task.payload + ((task.flags & kHasLaunch) != 0 ? sizeof(LaunchRecord) : 0) +
               ((task.flags & kHasEarly) != 0 ? sizeof(EarlyRecord) : 0);
    }
    static const std::byte* arguments_of(const TaskSlot& task) noexcept {
        return name_place(task) + ((task.flags & kHasName) != 0 ? sizeof(char*) : 0);
    }
    static const char* name_of_task(const TaskSlot& task) noexcept {
        const char* name = nullptr;
        if ((task.flags & kHasName) != 0) std::memcpy(&name, name_place(task), sizeof name);
        return name;
    }
};

}  // namespace weir
