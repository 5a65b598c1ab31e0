// SPDX-License-Identifier: Apache-2.0
/// Runs fuzz programs on one Weir runtime that lives as long as the host.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <weir/weir.hpp>

#include "fuzz_program.hpp"

namespace weir::fuzz {

/// Where in its kernel a task fails, and how.
struct KernelFault {
    enum class Moment { none, at_start, after_reading, at_end };
    enum class Kind { exception, no_exception_class, status };  ///< a typed kernel throws instead of a status
    Moment moment = Moment::none;
    Kind kind = Kind::exception;
};

/// What goes wrong in one run on purpose.
struct Faults {
    std::vector<KernelFault> kernels{};  ///< per statement; empty: none
    /// The program throws ProgramFault before this statement.
    std::optional<std::size_t> program_throws_at{};
    std::optional<std::chrono::nanoseconds> deadline{};
    /// The run is queued, and cancelled by its waiter after this time.
    std::optional<std::chrono::nanoseconds> cancel_after{};
    /// The run is queued, and cancelled by the kernel of this statement.
    std::optional<std::size_t> cancel_in_kernel{};

    [[nodiscard]] bool cancels() const noexcept { return cancel_after || cancel_in_kernel; }
};

/// What a program runs in.
struct Setting {
    RuntimeEnv sizes{};                                    ///< of this run
    std::function<void(Orchestrator&)> before{}, after{};  ///< what is submitted around the program
    SizePolicy size_policy = SizePolicy::automatic;
};

/// What a program throws on purpose.
struct ProgramFault : std::runtime_error {
    ProgramFault() : std::runtime_error("the program gives up") {}
};

/// What the kernels of a host write to. One slot per statement of the running program.
struct KernelLog {
    std::vector<Word> reads;  ///< 0 as long as the task has not read; no hash is 0 in practice
    std::vector<KernelFault> faults;
    std::optional<std::size_t> cancel_slot;
    std::mutex handle_mutex;
    std::optional<RunHandle> handle;  ///< of the queued run that a kernel may cancel
    bool with_order = false;  ///< costs an atomic operation that orders tasks, so only the oracle asks for it
    std::atomic<std::uint64_t> clock{0};
    std::vector<std::uint64_t> started, ended;
};

/// Waits without sleeping, for as long as the pace says for the given task.
void spend_time(Pace pace, Word salt);

class FuzzHost {
public:
    FuzzHost(int threads, const RuntimeEnv& sizes, std::uint64_t first_task_number = 1);
    explicit FuzzHost(const RuntimeConfig& config);

    /// Runs the program, which must be normalised. Throws what the run throws.
    Observed run(const FuzzProgram& program) { return run(program, {}); }
    /// The same with faults. After a throw `log().reads` tells what was read up to then.
    Observed run(const FuzzProgram& program, const Faults& faults, const Setting& setting = {});
    /// The sizes that the program needs, without running more of it than the options say.
    Plan plan(const FuzzProgram& program, const Setting& setting = {}, const PlanOptions& options = {});
    /// What tasks and `get` calls read in the last plan, per statement; 0: nothing.
    [[nodiscard]] const std::vector<Word>& planned_reads() const noexcept { return planned_reads_; }

    [[nodiscard]] Runtime& runtime() noexcept { return runtime_; }
    [[nodiscard]] const Runtime& runtime() const noexcept { return runtime_; }
    /// Set `with_order` before a run; `started` and `ended` of each statement afterwards.
    [[nodiscard]] KernelLog& log() noexcept { return *log_; }
    [[nodiscard]] const RunResult& last_result() const noexcept { return result_; }
    [[nodiscard]] std::string description() const;

private:
    template <class T>
    using TypedKernels = std::tuple<
        Kernel<In<T>, Word, std::uint32_t>, Kernel<Out<T>, Word, std::uint32_t>,
        Kernel<InOut<T>, Word, std::uint32_t>, Kernel<In<T>, Out<T>, Word, std::uint32_t>,
        Kernel<In<T>, InOut<T>, Word, std::uint32_t>, Kernel<In<T>, In<T>, Out<T>, Word, std::uint32_t>,
        Kernel<In<T>, In<T>, InOut<T>, Word, std::uint32_t>,
        Kernel<In<T>, Out<T>, Out<T>, Word, std::uint32_t>, Kernel<InOut<T>, InOut<T>, Word, std::uint32_t>,
        Kernel<In<T>, In<T>, In<T>, Out<T>, Word, std::uint32_t>>;
    struct PaceKernels {
        TypedKernels<std::int64_t> of_signed;
        TypedKernels<std::uint64_t> of_unsigned;
        AnyKernel untyped, untyped_aic, untyped_aiv;
    };
    friend class Execution;

    template <class T>
    void register_typed(TypedKernels<T>& kernels, Pace pace);
    void register_kernels(Pace pace);

    std::unique_ptr<KernelLog> log_;
    std::string platform_;
    Runtime runtime_;
    std::array<PaceKernels, kPaces> kernels_;
    RunResult result_;
    std::vector<Word> planned_reads_;
};

}  // namespace weir::fuzz
