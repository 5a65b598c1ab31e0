// SPDX-License-Identifier: Apache-2.0
/// The worker threads of the cpu platform: each takes a ready task, runs it, completes it and takes the next;
/// with nothing to do it spins for microseconds and then parks.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/scheduler.hpp"

namespace weir::cpu {

/// How long a thread without work looks around before it parks. A wake-up costs the waker a microsecond or
/// two and the sleeper 12 to 45; who finds nothing for this long is unlikely to find something soon.
inline constexpr std::uint64_t kSpinNs = 20'000;

struct WorkerOptions {
    bool pin = false;  ///< each thread to a core of its own
    /// There are more threads than cores: a thread that looks around for work gives its core to others
    /// between two looks. One that parked at once would have to be woken for every task of a chain, one that
    /// kept its core would keep it from a thread that has work.
    bool crowded = false;
    std::uint64_t spin_ns = kSpinNs;
};

class WorkerThreads {
public:
    /// Starts threads 1 .. scheduler.threads()-1; thread 0 is whoever runs the program. Throws system when
    /// the operating system refuses one, after ending those already started.
    WorkerThreads(Scheduler& scheduler, const WorkerOptions& options);
    WorkerThreads(const WorkerThreads&) = delete;
    WorkerThreads& operator=(const WorkerThreads&) = delete;
    /// The rings must be drained.
    ~WorkerThreads();

private:
    void work(int index) noexcept;
    void stop() noexcept;
    [[nodiscard]] bool something_to_do() const noexcept;
    [[nodiscard]] bool finds_something_by_spinning() const noexcept;

    Scheduler& scheduler_;
    bool pin_;
    bool crowded_;
    std::uint64_t spin_ticks_;
    sync::Atomic<bool> stopping_{false};
    std::vector<sync::Thread> threads_;
};

}  // namespace weir::cpu
