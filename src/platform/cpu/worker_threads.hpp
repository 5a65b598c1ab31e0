// SPDX-License-Identifier: Apache-2.0
/// The worker threads of the cpu platform: each takes a ready task, runs it, completes it and takes the next;
/// with nothing to do it spins for microseconds and then parks.
#pragma once

#include <thread>
#include <vector>

#include "scheduler/scheduler.hpp"

namespace weir::cpu {

class WorkerThreads {
public:
    /// Starts threads 1 .. scheduler.threads()-1; thread 0 is whoever runs the program. Throws system when
    /// the operating system refuses one, after ending those already started.
    WorkerThreads(Scheduler& scheduler, bool pin);
    WorkerThreads(const WorkerThreads&) = delete;
    WorkerThreads& operator=(const WorkerThreads&) = delete;
    /// The rings must be drained.
    ~WorkerThreads();

private:
    void work(int index) noexcept;
    void stop() noexcept;

    Scheduler& scheduler_;
    bool pin_;
    std::uint64_t spin_ticks_;
    sync::Atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace weir::cpu
