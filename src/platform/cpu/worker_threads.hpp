// SPDX-License-Identifier: Apache-2.0
/// The worker threads of the cpu platform: each takes a ready task, runs it, completes it and takes the next;
/// with nothing to do it spins for microseconds and then parks.
#pragma once

#include <vector>

#include "scheduler/scheduler.hpp"

namespace weir::cpu {

struct WorkerOptions {
    bool pin = false;   ///< each thread to a core of its own
    bool spin = false;  ///< a thread without work looks around for microseconds before it parks
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
    std::uint64_t spin_ticks_;
    sync::Atomic<bool> stopping_{false};
    std::vector<sync::Thread> threads_;
};

}  // namespace weir::cpu
