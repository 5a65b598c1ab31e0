// SPDX-License-Identifier: Apache-2.0
#include "platform/cpu/worker_threads.hpp"

#include <system_error>

#include <weir/error.hpp>

#include "model/clock.hpp"
#include "platform/cpu/cpus.hpp"
#include "platform/thread_role.hpp"
#include "scheduler/placement.hpp"

namespace weir::cpu {

namespace {

/// Pauses between two looks: the lines that are looked at belong to others.
constexpr int kPausesPerLook = 8;

}  // namespace

WorkerThreads::WorkerThreads(Scheduler& scheduler, const WorkerOptions& options)
    : scheduler_(scheduler),
      pin_(options.pin),
      crowded_(options.crowded),
      spin_ticks_(ticks_of_ns(options.spin_ns)) {
    threads_.reserve(static_cast<std::size_t>(scheduler.threads()));
    try {
        for (int index = 1; index < scheduler.threads(); ++index)
            threads_.emplace_back([this, index] { work(index); });
    } catch (const std::system_error& error) {
        stop();
        throw Error(ErrorCode::system, std::string("starting a worker thread failed: ") + error.what() +
                                           "; ask for fewer threads or raise the process's limits");
    }
}

WorkerThreads::~WorkerThreads() { stop(); }

void WorkerThreads::stop() noexcept {
    stopping_.store(true, std::memory_order_relaxed);  // relaxed: before the look at who is parked by idle-1
    scheduler_.idle().wake_all();
    for (sync::Thread& thread : threads_) thread.join();
    threads_.clear();
}

bool WorkerThreads::something_to_do() const noexcept {
    // Relaxed: for a thread about to park ordered by idle-1, else the next look will do.
    return stopping_.load(std::memory_order_relaxed) || scheduler_.any_ready();
}

bool WorkerThreads::finds_something_by_spinning() const noexcept {
    if (spin_ticks_ == 0) return false;
    const std::uint64_t end = now_ticks() + spin_ticks_;
    do {
        if (crowded_)
            sync::yield();
        else
            sync::pause(kPausesPerLook);
        if (something_to_do()) return true;
    } while (now_ticks() < end);
    return false;
}

void WorkerThreads::work(int index) noexcept {
    sync::name_this_thread("weir-worker");
    if (pin_) pin_this_thread(index);
    ThreadRole::enter_worker();
    ThreadContext& self = scheduler_.thread(index);
    // Relaxed: seen at the next look; parking looks again.
    while (!stopping_.load(std::memory_order_relaxed)) {
        if (scheduler_.run_one(self) != 0) continue;
        const bool found = finds_something_by_spinning();
        // Relaxed: see ThreadContext::recorder. A run that ends meanwhile does not end its recorder.
        if (ThreadRecorder* const recorder = self.recorder.load(std::memory_order_relaxed);
            recorder != nullptr)
            recorder->missed(1);
        if (found) continue;
        scheduler_.idle().enter(index);
        if (something_to_do()) {
            scheduler_.idle().leave(index);
            continue;
        }
        ThreadRecorder* const recorder = self.recorder.load(std::memory_order_relaxed);  // relaxed: as above
        const std::uint64_t begin = recorder != nullptr ? recorder->now() : 0;
        scheduler_.idle().park(index);
        if (recorder != nullptr) recorder->slept(begin);
    }
}

}  // namespace weir::cpu
