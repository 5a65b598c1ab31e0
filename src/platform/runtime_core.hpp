// SPDX-License-Identifier: Apache-2.0
/// A runtime's parts in the order in which they need each other, its kernels, and the line of runs that wait
/// for it.
///
/// Runs are served in the order of the calls: each draws a ticket and starts when it is called. `run`
/// executes on its caller's thread; `submit` hands the program to the driver, a thread of the runtime that is
/// started for the first one.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include <weir/runtime.hpp>

#include "config/sizes.hpp"
#include "memory/arena.hpp"
#include "model/sync.hpp"
#include "orchestrator/orchestrator_core.hpp"
#include "platform/cpu/worker_threads.hpp"
#include "scheduler/scheduler.hpp"

namespace weir::detail {

/// A run that was submitted, shared by its handles and the driver.
struct RunState {
    Program program;
    CallConfig config;
    RuntimeCore* core = nullptr;  ///< null once the run has ended
    sync::Mutex mutex;
    sync::ConditionVariable ended_changed;
    bool started = false;
    bool cancelled = false;
    bool ended = false;
    RunResult result;
    std::optional<Error> failure;  ///< thrown anew by every wait, so that no two threads share one exception
    std::exception_ptr foreign_error;  ///< what the program threw, when that is no weir::Error
    std::uint64_t ticket = 0;
};

class RuntimeCore {
public:
    explicit RuntimeCore(const RuntimeConfig& config);
    RuntimeCore(const RuntimeCore&) = delete;
    RuntimeCore& operator=(const RuntimeCore&) = delete;
    ~RuntimeCore();

    KernelRecord* add_kernel(KernelRecord&& record, const KernelOptions& options);
    RunResult run(const Program& program, const CallConfig& config);
    std::shared_ptr<RunState> submit(Program program, const CallConfig& config);
    /// No further task of the current run starts.
    void cancel();
    [[nodiscard]] std::string report();

    [[nodiscard]] int threads() const noexcept { return scheduler_.threads(); }
    [[nodiscard]] const RuntimeEnv& env() const noexcept { return env_; }
    [[nodiscard]] std::uint64_t reserved_bytes() const noexcept { return arena_.bytes(); }

private:
    RunResult execute(const Program& program);
    void refuse_nested(const char* call);
    std::uint64_t draw_ticket();
    void wait_for_turn(std::uint64_t ticket);
    void next_turn();
    void drive();
    void drive_one(RunState& state);
    std::string name_of_kernel(std::uint32_t id);

    Sizes sizes_;
    RuntimeEnv env_;
    std::uint64_t serial_;
    ArenaLayout layout_;
    Arena arena_;
    RunControl control_;
    Scheduler scheduler_;
    OrchestratorCore orchestrator_;
    sync::Mutex kernels_mutex_;
    std::deque<KernelRecord> kernels_;  ///< stable addresses; ids are index + kFirstKernelId
    cpu::WorkerThreads workers_;

    sync::Mutex runs_mutex_;
    sync::ConditionVariable turn_changed_;
    std::uint64_t tickets_ = 0;
    std::uint64_t serving_ = 0;
    sync::ConditionVariable queue_changed_;
    std::deque<std::shared_ptr<RunState>> queue_;
    bool ending_ = false;
    sync::Thread driver_;
};

}  // namespace weir::detail
