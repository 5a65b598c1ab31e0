// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/kernel_durations.hpp"

#include <array>
#include <cmath>

#include "model/kernel_ids.hpp"
#include "model/kernel_timing.hpp"
#include "scheduler/payload.hpp"

namespace weir::chip {

KernelDurations::KernelDurations(const Chip& chip, const ChipOptions& options)
    : chip_(chip),
      times_(KernelTimes::read(options.kernel_times_file, options.kernel_medians)),
      host_time_factor_(options.host_time_factor) {}

void KernelDurations::check(const detail::KernelRecord& kernel, const detail::SubmitRequest& request) const {
    if (!times_ || kernel.id < kFirstKernelId || !times_->decide(kernel.name)) return;
    std::array<detail::TensorRecord, kMaxTensors + 1> allocated;
    std::array<const detail::TensorRecord*, kMaxTensors + 1> tensors{};
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const detail::ArgumentRef& argument = request.arguments[i];
        if (argument.tensor == nullptr)
            allocated[i] = detail::row_major_record(nullptr, argument.dtype, *argument.shape, request.site);
        tensors[i] = argument.tensor != nullptr ? &argument.tensor->record() : &allocated[i];
    }
    static_cast<void>(nanoseconds(*times_, kernel.name, {tensors.data(), request.argument_count},
                                  {request.scalars, request.scalar_count}, request.site));
}

Time KernelDurations::of(const TaskSlot& task, const detail::KernelRecord& kernel, CoreKind kind,
                         Time host) const noexcept {
    if (times_ && times_->decide(kernel.name)) {
        const Payload payload(task);
        return nanoseconds(*times_, kernel.name, {payload.tensors, task.tensor_count},
                           {payload.scalars, task.scalar_count}, task.entry->site);
    }
    if (measured()) return static_cast<Time>(std::llround(static_cast<double>(host) * host_time_factor_));
    const std::uint64_t declared = kernel.timing->declared_ns;
    return declared != 0 ? declared : chip_.kernel_ns(kind);
}

}  // namespace weir::chip
