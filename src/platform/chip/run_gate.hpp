// SPDX-License-Identifier: Apache-2.0
/// When the host threads of the wall clock are in a run. The program's thread opens and closes the gate;
/// what a run begins with is set up while nobody is behind it.
///
///     program's thread                                any other host thread
///     ----------------                                ---------------------
///     open:  close; set up; let everybody in  ------> enter: waits for a run that it has not been in
///                                                     serves, until over()
///     close: the run is over; wake who is parked ---> leave
///            wait until all have left         <------
///     stop:  close; let nobody in any more    ------> enter says so: the thread ends
///
/// `open` closes first, whoever called what before: a run begins only behind the wait in which the last
/// host thread of the one before has left. Each opening lets every host thread in once: it counts as in
/// the run from the opening on, so one that comes late is waited for, too.
///
/// The lock orders what a run begins with before `enter`, and what a host thread did before what comes
/// behind `close`. Between runs no host thread touches anything but the gate. `over` alone is read without
/// the lock: written before the waker looks at who is parked (idle-1), and before the lock of `open`.
#pragma once

#include <cstdint>
#include <mutex>

#include "model/sync.hpp"

namespace weir::chip {

class RunGate {
public:
    /// Program's thread: nobody is in a run; `set_up()`; then so many threads are. `wake()`: as in `close`.
    template <class Wake, class SetUp>
    void open(int threads, const Wake& wake, const SetUp& set_up) {
        close(wake);
        set_up();
        over_.store(false, std::memory_order_relaxed);  // relaxed: read behind the lock
        const std::lock_guard lock(mutex_);
        ++runs_;
        in_run_ = threads;
        changed_.notify_all();
    }
    /// Program's thread: the run is over; `wake()` wakes every host thread that is parked; nobody is in it
    /// any more.
    template <class Wake>
    void close(const Wake& wake) noexcept {
        // Relaxed: before the look at who is parked by idle-1.
        over_.store(true, std::memory_order_relaxed);
        wake();
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return in_run_ == 0; });
    }
    /// Program's thread, after `close`: host threads end.
    void stop() noexcept {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }

    /// Host thread: waits for the next run; false: there is none. `seen`: its own, 0 at first.
    [[nodiscard]] bool enter(std::uint64_t& seen) noexcept {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || runs_ != seen; });
        seen = runs_;
        return !stopping_;
    }
    /// Host thread: has seen that the run is over, and touches nothing of it any more.
    void leave() noexcept {
        const std::lock_guard lock(mutex_);
        --in_run_;
        changed_.notify_all();
    }
    [[nodiscard]] bool over() const noexcept {
        return over_.load(std::memory_order_relaxed);  // relaxed: seen at the next pass; parking looks again
    }

private:
    sync::Atomic<bool> over_{true};
    sync::Mutex mutex_;
    sync::ConditionVariable changed_;
    std::uint64_t runs_ = 0;  ///< under the lock, like the rest
    int in_run_ = 0;          ///< host threads
    bool stopping_ = false;
};

}  // namespace weir::chip
