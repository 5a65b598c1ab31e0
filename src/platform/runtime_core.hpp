// SPDX-License-Identifier: Apache-2.0
/// A runtime's parts in the order in which they need each other, its kernels, and the line of runs that wait
/// for it.
///
/// Runs are served in the order of the calls: each draws a ticket and starts when it is called. `run`
/// executes on its caller's thread; `submit` hands the program to the driver, a thread of the runtime that is
/// started for the first one.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include <weir/runtime.hpp>

#include "config/runtime_sizes.hpp"
#include "memory/ring_memory.hpp"
#include "model/sync.hpp"
#include "observe/run_recording.hpp"
#include "orchestrator/orchestrator_core.hpp"
#include "platform/chip/platform.hpp"
#include "platform/cpu/worker_threads.hpp"
#include "platform/watch.hpp"
#include "scheduler/scheduler.hpp"

namespace weir {
class Planner;
}

namespace weir::detail {

/// A run that was submitted, shared by its handles and the driver.
struct RunState {
    Program program;
    CallConfig config;
    SizesInForce sizes;
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
    /// `result` is filled before anything is thrown.
    void run(const Program& program, const CallConfig& config, RunResult& result);
    Plan plan(const Program& program, const CallConfig& config, const PlanOptions& options);
    std::shared_ptr<RunState> submit(Program program, const CallConfig& config);
    /// See Runtime::watch.
    void watch();
    /// No further task of the current run starts.
    void cancel();
    [[nodiscard]] std::string report();

    [[nodiscard]] int threads() const noexcept { return threads_; }
    [[nodiscard]] const RuntimeEnv& env() const noexcept { return env_; }
    /// Throws configuration when they cannot be. Any thread.
    [[nodiscard]] SizesInForce sizes_in_force(const CallConfig& config) const;
    [[nodiscard]] std::uint64_t touched_bytes();
    [[nodiscard]] std::uint64_t reserved_bytes() const noexcept {
        return reserved_bytes_.load(std::memory_order_relaxed);  // relaxed: a number on its own
    }

private:
    struct alignas(64) CacheLine {
        std::byte bytes[64];
    };
    static_assert(kReadyRingSlots * sizeof(void*) % sizeof(CacheLine) == 0);

    /// The runtime is this caller's from its turn on, until it goes.
    class Turn {
    public:
        explicit Turn(RuntimeCore& core) : core_(core) { core.wait_for_turn(core.draw_ticket()); }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() { core_.next_turn(); }

    private:
        RuntimeCore& core_;
    };
    /// What a run starts with, and what becomes of it.
    struct RunSizes {
        SizesInForce sizes;
        GrowthRules growth;
    };
    [[nodiscard]] static RunControl::Clock::time_point deadline_of(const CallConfig& config);
    /// Calls the program once more to plan when there is a limit. In its turn.
    RunSizes sizes_of_run(const Program& program, const CallConfig& config, const SizesInForce& asked,
                          RunControl::Clock::time_point deadline);
    void plan_now(const Program& program, RunControl::Clock::time_point deadline, Planner& planner);

    // runtime_simulate.cpp
    class ProgramRuns;
    /// Fills in the plan's schedule, if there can be one.
    void simulate(const Program& program, const CallConfig& config, const PlanOptions& options,
                  const Planner& planner, Plan& plan);

    /// Refuses what cannot be simulated here; fills in what is left open.
    void check_model(ScheduleModel& model);
    void execute(const Program& program, const CallConfig& config, const RunSizes& run, RunResult& result);
    /// Calls the program and waits until nothing of it is left. Returns what it threw. Both recorders may be
    /// null.
    std::exception_ptr call(const Program& program, RunResult& result, ScopeRecorder* scopes,
                            RunRecorder* events);
    /// The recorder of runs, made for the first run that needs it.
    RunRecorder& run_recorder();
    [[nodiscard]] RecordedMachine recorded_machine() const;
    /// The error that the run ends with, as text; empty: it has not failed.
    std::string failure_text(const std::exception_ptr& thrown);
    /// Throws what the program threw, or the run's error, with what went wrong besides behind it.
    [[noreturn]] void end_in_error(const std::exception_ptr& thrown, const std::string& besides);
    /// Throws configuration for what cannot be recorded.
    /// Lays the rings out for a run that has other sizes than the one before it, and logs them. `limited`: no
    /// larger than that, whatever runs had before.
    void use(const SizesInForce& sizes, bool limited);
    void lay_out_rings(const Sizes& sizes, bool limited);
    [[nodiscard]] static SizesInForce with_reserved_bytes(SizesInForce sizes);
    void refuse_nested(const char* call);
    /// "" when no kernel of this runtime lies there.
    std::string kernel_at(std::uintptr_t address);
    std::uint64_t draw_ticket();
    void wait_for_turn(std::uint64_t ticket);
    void next_turn();
    void drive();
    void drive_one(RunState& state);
    std::string name_of_kernel(std::uint32_t id);

    RuntimeSizes sizes_;
    RuntimeEnv env_;  ///< of a run that sets nothing
    std::uint64_t serial_;
    int threads_;  ///< that run kernels; the program's is the first of them
    std::string platform_name_;
    SizesInForce in_force_;  ///< belongs to the run whose turn it is, as what follows does
    bool noted_ = false;     ///< in_force_ has been logged
    RingMemory memory_;
    sync::Atomic<std::uint64_t> reserved_bytes_;
    /// Ready rings stay where they are when the arena grows: a worker that looks for tasks may read a place
    /// in one at any time. Each begins with a cache line of its own.
    std::unique_ptr<CacheLine[]> ready_rings_;
    RunControl control_;
    std::unique_ptr<chip::Platform> platform_;  ///< null: worker threads run the tasks
    /// Before the scheduler, whose threads may touch it as long as they live.
    std::unique_ptr<RunRecorder> run_recorder_;
    Scheduler scheduler_;
    OrchestratorCore orchestrator_;
    sync::Mutex kernels_mutex_;
    std::deque<KernelRecord> kernels_;  ///< stable addresses; ids are index + kFirstKernelId
    std::optional<cpu::WorkerThreads> workers_;

    sync::Mutex runs_mutex_;
    sync::ConditionVariable turn_changed_;
    std::uint64_t tickets_ = 0;
    std::uint64_t serving_ = 0;
    sync::ConditionVariable queue_changed_;
    std::deque<std::shared_ptr<RunState>> queue_;
    bool ending_ = false;
    sync::Thread driver_;
    std::unique_ptr<Watch> watch_;  ///< belongs to the run whose turn it is; null: nobody watches
};

}  // namespace weir::detail
