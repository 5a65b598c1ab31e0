// SPDX-License-Identifier: Apache-2.0
/// One call of a kernel, on the stack of the thread that makes it.
#pragma once

#include <bit>

#include "scheduler/scheduler.hpp"

namespace weir {

inline int Scheduler::call_with(ThreadContext& self, const KernelCall& call, const TaskInfo& info,
                                bool timed) noexcept {
    const detail::KernelRecord& kernel = call.kernel;
    // Relaxed: for reports from outside, which may be a task behind.
    self.running.site.store(std::bit_cast<std::uintptr_t>(call.site), std::memory_order_relaxed);
    self.running.ref.store(call.ref.word(), std::memory_order_relaxed);  // report
    self.running.kernel.store(&kernel, std::memory_order_relaxed);       // report
    const std::uint64_t start = timed ? now_ticks() : 0;
    int status = 0;
    try {
        status = kernel.invoke(kernel.object, call.tensors, call.scalars, info);
        if (status != 0) detail::fail_run(control_, kernel, call.ref, call.name, call.site, status, false);
    } catch (...) {
        status = -1;
        detail::fail_run(control_, kernel, call.ref, call.name, call.site, status, true);
    }
    if (timed) kernel.timing->add(now_ticks() - start);
    self.running.kernel.store(nullptr, std::memory_order_relaxed);  // report
    return status;
}

}  // namespace weir
