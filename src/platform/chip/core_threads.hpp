// SPDX-License-Identifier: Apache-2.0
/// The host threads that are the cores of a chip on the wall clock. Each looks at every core, serves those
/// that have something to do, and parks after some microseconds of nothing; who dispatches wakes one. There
/// are as many as the machine has cores, or as was asked for, whatever the chip has.
#pragma once

#include <cstdint>
#include <vector>

#include "model/sync.hpp"
#include "platform/chip/control_idle.hpp"
#include "platform/chip/cores.hpp"
#include "scheduler/idle_threads.hpp"
#include "scheduler/scheduler.hpp"

namespace weir::chip {

/// How long a thread without work gives its core to others before it parks, as on the cpu platform.
inline constexpr std::uint64_t kSpinNs = 20'000;

class CoreThreads {
public:
    /// Starts threads 1 .. threads of the scheduler. `compute`: kernels are called. Throws system when the
    /// operating system refuses one, after ending those already started.
    CoreThreads(Cores& cores, Scheduler& scheduler, ControlIdle& control_idle, int threads, bool compute);
    CoreThreads(const CoreThreads&) = delete;
    CoreThreads& operator=(const CoreThreads&) = delete;
    /// No order is under way.
    ~CoreThreads();

    /// After an order was dispatched, or a core may go on.
    void wake_one() noexcept { idle_.wake_one(); }

private:
    class Calls;

    void serve(int host) noexcept;
    /// Serves every core once, from the `first` on: whether anything was done.
    [[nodiscard]] bool serve_all(Calls& calls, int first) noexcept;
    [[nodiscard]] bool something_to_do() noexcept;
    [[nodiscard]] bool finds_something_by_waiting() noexcept;
    void stop() noexcept;

    Cores& cores_;
    Scheduler& scheduler_;
    ControlIdle& control_idle_;
    bool compute_;
    IdleThreads idle_;
    sync::Atomic<bool> stopping_{false};
    std::vector<sync::Thread> threads_;
};

}  // namespace weir::chip
