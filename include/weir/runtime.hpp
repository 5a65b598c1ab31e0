// SPDX-License-Identifier: Apache-2.0
/// A runtime: threads, rings and kernels. One process can have several; each runs one program at a time, in
/// the order of the calls.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <weir/config.hpp>
#include <weir/kernel.hpp>
#include <weir/orchestrator.hpp>
#include <weir/plan.hpp>

namespace weir {

/// A program: submits tasks to the orchestrator that it is given.
using Program = std::function<void(Orchestrator&)>;

namespace detail {
class RuntimeCore;
struct RunState;
}  // namespace detail

/// A run that `Runtime::submit` has queued. Copies name the same run. All members can be called from any
/// thread.
class WEIR_API RunHandle {
public:
    /// Blocks until the run has ended; throws its error.
    RunResult wait();
    /// What the run told, also when it failed: how far it got, its peaks and what held it back. Nothing but
    /// zeros before it has ended, and of one that ended before it began.
    [[nodiscard]] RunResult result() const;
    /// Blocks at most that long: true when the run has ended (call `wait` for its result). When it has not
    /// although its deadline has passed or it was cancelled, `report` names the kernels that do not return.
    bool wait_for(std::chrono::nanoseconds timeout);
    [[nodiscard]] bool done() const;
    /// No further task of the run starts; it ends with ErrorCode::cancelled. No effect on a run that has
    /// ended.
    void cancel();
    /// What the run is doing now: the tasks that are running, with kernel and source line. Empty when it has
    /// ended.
    [[nodiscard]] std::string report() const;

private:
    friend class Runtime;
    friend class detail::RuntimeCore;
    explicit RunHandle(std::shared_ptr<detail::RunState> state) : state_(std::move(state)) {}
    std::shared_ptr<detail::RunState> state_;
};

class WEIR_API Runtime {
public:
    /// Reserves memory and starts threads. Reads the environment variables that set sizes, once. Errors:
    /// configuration, out_of_memory, system.
    explicit Runtime(const RuntimeConfig& config = {},
                     std::source_location site = std::source_location::current());
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;
    /// Waits for queued runs and for running kernels.
    ~Runtime();

    /// Registers a kernel; its parameters are In<T>, Out<T>, InOut<T>, scalars, and optionally a trailing
    /// `const TaskInfo&`. Any thread, also while a run goes on. The callable is copied and must be callable
    /// as const from several threads at once.
    template <class F>
    auto kernel(std::string name, F function, const KernelOptions& options = {}) {
        using Callable = std::decay_t<F>;
        using Description = detail::Signature<Callable>;
        using Of = detail::KernelOf<typename Description::parameters>;
        detail::KernelRecord record;
        Of::template describe<Callable, Description::kTakesInfo>(record);
        auto holder = std::make_shared<const Callable>(std::move(function));
        record.object = holder.get();
        record.holder = std::move(holder);
        record.name = std::move(name);
        return typename Of::type(add_kernel(std::move(record), options));
    }
    /// Registers a kernel without a C++ signature. `any_arguments`: takes whatever it is given.
    AnyKernel kernel(std::string name, std::vector<TensorParameter> tensors, std::size_t scalars,
                     std::function<int(const TaskView&)> function, const KernelOptions& options = {});
    AnyKernel kernel_any(std::string name, std::function<int(const TaskView&)> function,
                         const KernelOptions& options = {});

    /// Runs a program on the calling thread, which is one of the runtime's threads for the time, and returns
    /// when all its tasks have completed. Throws what the program throws, or the run's first Error; before
    /// anything has begun, `configuration` for sizes that cannot be, and `out_of_memory`.
    RunResult run(const Program& program, const CallConfig& config = {});
    /// The same; `result` is filled before anything is thrown, so a run that fails tells its figures too.
    void run(const Program& program, const CallConfig& config, RunResult& result);
    /// Queues a program; it runs on a thread of the runtime after those queued before it. Throws
    /// `configuration` for sizes that cannot be.
    RunHandle submit(Program program, const CallConfig& config = {});

    /// Which sizes the program needs. Calls the program on the calling thread, in its turn among the runs,
    /// but no kernel: its submits are counted, its `set` calls take effect, and the first `get` of data that
    /// a task would have written ends it (Plan::exact), or with PlanOptions::with_data has the tasks run that
    /// it needs. Takes memory for what the program has in use at once, not for every task, unless an option
    /// says so. Of the configuration only the deadline counts, for the program and not for simulations.
    /// Throws what the program throws, the errors of its calls, and `configuration` for options that cannot
    /// be.
    [[nodiscard]] Plan plan(const Program& program, const CallConfig& config = {},
                            const PlanOptions& options = {});

    /// Threads that run kernels, the submitting one included.
    [[nodiscard]] int threads() const noexcept;
    /// The sizes of a run that sets none of its own: every value filled in.
    [[nodiscard]] const RuntimeEnv& sizes() const noexcept;
    /// The sizes that a run with this configuration has, each with its source. Throws configuration when it
    /// would be refused.
    [[nodiscard]] SizesInForce sizes_in_force(const CallConfig& config = {}) const;
    /// Bytes of address space that the runtime has reserved for its rings. They grow when a run needs larger
    /// sizes than those before it, and never shrink.
    [[nodiscard]] std::uint64_t reserved_bytes() const noexcept;
    /// How much of that has become memory: bytes of pages that were touched, each counted once, as the system
    /// says. Runs leave them touched until one has other sizes or has grown. Waits for the runs before it;
    /// throws system when the system does not tell.
    [[nodiscard]] std::uint64_t touched_bytes() const;

    /// From here on `weir top` can attach to this process, and dump_on_signal tells of this runtime: a thread
    /// of its own looks at it ten times a second and writes a page that only this user can read
    /// (docs/watching.md). A task pays nothing for it. Waits for the runs before it; the second call does
    /// nothing. Throws system when the page cannot be made or the thread not be started; the runtime goes on
    /// unwatched.
    void watch();

private:
    detail::KernelRecord* add_kernel(detail::KernelRecord&& record, const KernelOptions& options);
    std::unique_ptr<detail::RuntimeCore> core_;
};

/// Handles a signal, such as SIGUSR1, in the whole process: within a second every runtime that is watched
/// writes to standard error what each of its threads is doing, and the oldest unfinished tasks of each ring
/// with what they wait for. The handler itself only counts. Throws invalid_argument for a signal that cannot
/// be handled.
WEIR_API void dump_on_signal(int signal);

}  // namespace weir
