// SPDX-License-Identifier: Apache-2.0
/// What the calling thread is to the runtimes of this process: needed to refuse a run that is started from
/// inside a kernel, or from inside a program of the same runtime, instead of waiting for ever.
#pragma once

#include "model/sync.hpp"

namespace weir {

namespace detail {
class OrchestratorCore;
}

class ThreadRole {
public:
    static void enter_worker() noexcept { of_this_thread().is_worker = true; }
    [[nodiscard]] static bool is_worker() noexcept { return of_this_thread().is_worker; }
    /// The orchestrator whose program this thread runs, innermost; null: none.
    [[nodiscard]] static const detail::OrchestratorCore* program() noexcept {
        return of_this_thread().program;
    }

    /// Marks the thread for the time of a run.
    class Running {
    public:
        explicit Running(const detail::OrchestratorCore& core) noexcept : outer_(of_this_thread().program) {
            of_this_thread().program = &core;
        }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
        ~Running() { of_this_thread().program = outer_; }
        [[nodiscard]] const detail::OrchestratorCore* outer() const noexcept { return outer_; }

    private:
        const detail::OrchestratorCore* outer_;
    };

private:
    struct Role {
        bool is_worker = false;
        const detail::OrchestratorCore* program = nullptr;
    };
    static Role& of_this_thread() noexcept { return sync::PerThread<Role>::value(); }
};

}  // namespace weir
