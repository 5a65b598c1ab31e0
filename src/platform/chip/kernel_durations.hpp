// SPDX-License-Identifier: Apache-2.0
/// How long a kernel takes on the virtual clock. From the first that says so: the kernel-times file, the
/// recorded medians, the time that the host took for it when that was asked for, the cost that the kernel was
/// registered with, the chip table.
#pragma once

#include <optional>

#include <weir/chip.hpp>
#include <weir/orchestrator.hpp>

#include "config/kernel_times.hpp"
#include "memory/task_entry.hpp"
#include "model/chip.hpp"
#include "platform/chip/event_queue.hpp"

namespace weir::chip {

class KernelDurations {
public:
    /// Reads the file; throws configuration.
    KernelDurations(const Chip& chip, const ChipOptions& options);

    /// Throws configuration for a submit of which the file does not say how long it takes.
    void check(const detail::KernelRecord& kernel, const detail::SubmitRequest& request) const;
    /// Of a task that was checked. `host`: what the host took for it.
    [[nodiscard]] Time of(const TaskSlot& task, const detail::KernelRecord& kernel, CoreKind kind,
                          Time host) const noexcept;
    /// Whether `host` counts.
    [[nodiscard]] bool measured() const noexcept { return host_time_factor_ != 0; }
    [[nodiscard]] double host_time_factor() const noexcept { return host_time_factor_; }

private:
    const Chip& chip_;
    std::optional<KernelTimes> times_;
    double host_time_factor_;
};

}  // namespace weir::chip
