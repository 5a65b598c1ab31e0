// SPDX-License-Identifier: Apache-2.0
/// Threads that have nothing to do, and how they are woken.
///
/// Parking, told as a story. A worker finds no task. It enters itself here (the count goes up), passes a
/// heavy fence, and only then looks once more whether anything is ready, and sleeps if not. A thread that
/// makes a task ready publishes it, passes a light fence and then looks at the count. The fences (idle-1) let
/// at least one of the two see the other: either the worker sees the task or the publisher sees the worker.
/// Without them both can miss, the worker sleeps, and with nobody else to run the task the program hangs. Who
/// takes a thread out of the list owes it a token, and who is taken out waits for that token, so a token is
/// never left behind.
///
/// A held-back orchestrator is entered as thread 0, and says in `awaited` which task's transition it needs
/// besides; the same pair of fences (idle-2) stands between its word and its last look at the state, and
/// between a transition and the look at `awaited`.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "memory/task_entry.hpp"
#include "model/asymmetric_fence.hpp"
#include "model/sync.hpp"

namespace weir {

class IdleThreads {
public:
    explicit IdleThreads(int threads)
        : parkers_(std::make_unique<sync::Parker[]>(static_cast<std::size_t>(threads))) {
        list_.reserve(static_cast<std::size_t>(threads));
    }

    /// The thread is about to park; it must now look for work once more, and then call `park` or `leave`.
    void enter(int thread) noexcept {
        {
            const std::lock_guard lock(mutex_);
            list_.push_back(thread);
            publish_count();
        }
        sync::heavy_fence();  // idle-1, idle-2
    }
    /// The thread has found work after all. When somebody has woken it meanwhile, takes the token and hands
    /// the waking on, since the task that it was for may be another one than the thread has found.
    void leave(int thread) noexcept {
        if (remove(thread)) return;
        parkers_[static_cast<std::size_t>(thread)].park();
        wake_one();
    }
    /// Sleeps until woken, or for `timeout_ns` (negative: for ever).
    void park(int thread, std::int64_t timeout_ns = -1) noexcept {
        if (parkers_[static_cast<std::size_t>(thread)].park(timeout_ns)) return;
        if (!remove(thread)) parkers_[static_cast<std::size_t>(thread)].park();
    }

    /// Wakes the thread that parked last, if any is parked. To be called after a task was published.
    void wake_one() noexcept {
        sync::light_fence();                                       // idle-1
        if (parked_.load(std::memory_order_relaxed) == 0) return;  // relaxed: ordered by the fence
        int thread = -1;
        {
            const std::lock_guard lock(mutex_);
            if (list_.empty()) return;
            thread = list_.back();
            list_.pop_back();
            publish_count();
        }
        parkers_[static_cast<std::size_t>(thread)].unpark();
    }
    void wake(int thread) noexcept {
        if (remove(thread)) parkers_[static_cast<std::size_t>(thread)].unpark();
    }
    /// The same after something was published for that thread alone.
    void wake_if_parked(int thread) noexcept {
        sync::light_fence();  // idle-1, for one thread
        // Relaxed: ordered by the fence.
        if (parked_.load(std::memory_order_relaxed) != 0) wake(thread);
    }
    void wake_all() noexcept {
        sync::light_fence();  // idle-1: threads that enter later see what made the caller wake all
        while (parked_.load(std::memory_order_relaxed) != 0) wake_one();  // relaxed: ordered by the fence
    }

    /// Calls `visit(thread)` for each thread that is parked, or about to be.
    template <class Visit>
    void for_each_parked(Visit&& visit) noexcept {
        const std::lock_guard lock(mutex_);
        for (const int thread : list_) visit(thread);
    }

    /// Orchestrator: the task whose RELEASED or CONSUMED it waits for; null: none. To be set before `enter`,
    /// whose fence orders it before the last look at the state.
    void await(const TaskEntry* entry) noexcept {
        awaited_.store(entry, std::memory_order_relaxed);  // relaxed: ordered by idle-2
    }
    /// Any thread, after it has made `entry` RELEASED or CONSUMED.
    void transitioned(const TaskEntry& entry) noexcept {
        sync::light_fence();  // idle-2
        // Relaxed: ordered by the fence.
        if (awaited_.load(std::memory_order_relaxed) == &entry) wake(0);
    }

private:
    bool remove(int thread) noexcept {
        const std::lock_guard lock(mutex_);
        for (auto place = list_.begin(); place != list_.end(); ++place) {
            if (*place != thread) continue;
            list_.erase(place);
            publish_count();
            return true;
        }
        return false;
    }
    void publish_count() noexcept {
        // Relaxed: a count that is too high costs a look under the lock.
        parked_.store(static_cast<std::uint32_t>(list_.size()), std::memory_order_relaxed);
    }

    alignas(64) sync::Atomic<std::uint32_t> parked_{0};
    sync::Atomic<const TaskEntry*> awaited_{nullptr};
    alignas(64) sync::Mutex mutex_;
    std::vector<int> list_;  ///< under the lock; its capacity is that of all threads, so it never grows
    std::unique_ptr<sync::Parker[]> parkers_;
};

}  // namespace weir
