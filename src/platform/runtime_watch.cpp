// SPDX-License-Identifier: Apache-2.0
/// What a runtime lets others see while a run goes on.
#include <bit>
#include <mutex>

#include <fmt/format.h>

#include "platform/runtime_core.hpp"

namespace weir::detail {

std::string RuntimeCore::kernel_at(std::uintptr_t address) {
    const std::lock_guard lock(kernels_mutex_);
    for (const KernelRecord& kernel : kernels_)
        if (reinterpret_cast<std::uintptr_t>(&kernel) == address) return kernel.name;
    return {};
}

void RuntimeCore::watch() {
    refuse_nested("Runtime::watch");
    const Turn turn(*this);
    if (watch_ != nullptr) return;
    watch_ =
        std::make_unique<Watch>(scheduler_, orchestrator_,
                                Watch::Names{[this](std::uintptr_t address) { return kernel_at(address); },
                                             [this](std::uint32_t id) { return name_of_kernel(id); }},
                                platform_name_);
    orchestrator_.tell_in(&watch_->book());
}

std::string RuntimeCore::report() {
    std::string text;
    for (int i = 0; i < scheduler_.threads(); ++i) {
        const RunningTask& running = scheduler_.thread(i).running;
        // Relaxed: a picture that may be one task old.
        const KernelRecord* kernel = running.kernel.load(std::memory_order_relaxed);
        if (kernel == nullptr) continue;
        const TaskRef ref(running.ref.load(std::memory_order_relaxed));  // as above
        const auto site =
            std::bit_cast<std::source_location>(running.site.load(std::memory_order_relaxed));  // as above
        text += fmt::format("thread {} runs task {}:{}, kernel \"{}\", submitted at {}\n", i, ref.ring(),
                            ref.number(), kernel->name, format_site(site));
    }
    return text;
}

}  // namespace weir::detail
