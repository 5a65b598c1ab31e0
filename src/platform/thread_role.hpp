// SPDX-License-Identifier: Apache-2.0
/// What the calling thread is to the runtimes of this process: needed to refuse a run that is started from
/// inside a kernel, or from inside a program of the same runtime, instead of waiting for ever.
#pragma once

namespace weir {

namespace detail {
class OrchestratorCore;
}

class ThreadRole {
public:
    static void enter_worker() noexcept { is_worker_ = true; }
    [[nodiscard]] static bool is_worker() noexcept { return is_worker_; }
    /// The orchestrator whose program this thread runs, innermost; null: none.
    [[nodiscard]] static const detail::OrchestratorCore* program() noexcept { return program_; }

    /// Marks the thread for the time of a run.
    class Running {
    public:
        explicit Running(const detail::OrchestratorCore& core) noexcept : outer_(program_) {
            program_ = &core;
        }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
        ~Running() { program_ = outer_; }
        [[nodiscard]] const detail::OrchestratorCore* outer() const noexcept { return outer_; }

    private:
        const detail::OrchestratorCore* outer_;
    };

private:
    inline static thread_local bool is_worker_ = false;
    inline static thread_local const detail::OrchestratorCore* program_ = nullptr;
};

}  // namespace weir
