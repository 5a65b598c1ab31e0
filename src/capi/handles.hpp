// SPDX-License-Identifier: Apache-2.0
/// What the opaque handles of weir.h point at. A weir_kernel is the runtime's own KernelRecord.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <source_location>

#include <weir/weir.h>
#include <weir/orchestrator.hpp>
#include <weir/runtime.hpp>

namespace weir::capi {}  // namespace weir::capi

/// One for each runtime, since a runtime runs one program at a time. It outlives the run, so that a late call
/// gets an error.
struct weir_orchestrator {
public:
    weir_orchestrator() = default;
    weir_orchestrator(const weir_orchestrator&) = delete;
    weir_orchestrator& operator=(const weir_orchestrator&) = delete;

    /// Calls the program with this handle; throws what its status says.
    void run(weir::Orchestrator& orchestrator, weir_program_function program, void* user);

    /// The C++ orchestrator. Throws wrong_thread when no program runs, or one that runs on another thread.
    weir::Orchestrator& get(std::source_location site) const;

    std::uint64_t open_scope(weir::ScopeMode mode, std::source_location site);
    void close_scope(std::uint64_t scope, std::source_location site);

private:
    struct OpenScope {
        std::uint64_t name = 0;
        std::source_location site;
        std::optional<weir::Scope> scope;
        bool end_asked = false;  ///< a weir_scope_end named it, in vain when it is still here
    };

    /// Throws scope_misuse when the program has left a scope open.
    void check_all_ended() const;
    void close_all_scopes() noexcept;

    weir::Orchestrator* orchestrator_ = nullptr;
    /// Thread that the program runs on; 0 while none does. Other members belong to that thread.
    std::atomic<std::uintptr_t> thread_{0};
    int open_count_ = 0;
    std::uint64_t last_scope_name_ = 0;
    OpenScope open_[weir::detail::kMaxScopes];
};

struct weir_runtime {
    weir_runtime(const weir::RuntimeConfig& config, std::source_location site) : runtime(config, site) {}

    weir_orchestrator orchestrator;
    /// Last, and so destroyed first: queued programs use the orchestrator above.
    weir::Runtime runtime;
};

struct weir_run {
    weir::RunHandle handle;
};

struct weir_task_view {
    const weir::TaskView& view;
};
