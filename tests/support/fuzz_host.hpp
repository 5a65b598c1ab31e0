// SPDX-License-Identifier: Apache-2.0
/// Runs fuzz programs on one Weir runtime that lives as long as the host.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <weir/weir.hpp>

#include "fuzz_program.hpp"

namespace weir::fuzz {

/// What the kernels of a host write to. One slot per statement of the running program.
struct KernelLog {
    std::vector<Word> reads;
    bool with_order = false;  ///< costs an atomic operation that orders tasks, so only the oracle asks for it
    std::atomic<std::uint64_t> clock{0};
    std::vector<std::uint64_t> started, ended;
};

/// Waits without sleeping, for as long as the pace says for the given task.
void spend_time(Pace pace, Word salt);

class FuzzHost {
public:
    FuzzHost(int threads, const RuntimeEnv& sizes, std::uint64_t first_task_number = 1);

    /// Runs the program, which must be normalised. Throws what the run throws.
    Observed run(const FuzzProgram& program);

    [[nodiscard]] Runtime& runtime() noexcept { return runtime_; }
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
        AnyKernel untyped;
    };
    friend class Execution;

    template <class T>
    void register_typed(TypedKernels<T>& kernels, Pace pace);
    void register_kernels(Pace pace);

    std::unique_ptr<KernelLog> log_;
    Runtime runtime_;
    std::array<PaceKernels, kPaces> kernels_;
    RunResult result_;
};

}  // namespace weir::fuzz
