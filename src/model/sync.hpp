// SPDX-License-Identifier: Apache-2.0
/// What the concurrent core is made of: atomics, mutex, condition variable, threads, parking, pause, clock.
/// Everything under src/ that is shared between threads takes them from here, so that the interleaving tests
/// can compile the same sources against instrumented ones (WEIR_SYNC_EXPLORED) and drive every operation.
#pragma once

#ifdef WEIR_SYNC_EXPLORED
#include "explored_sync.hpp"
#else

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace weir::sync {

template <class T>
using Atomic = std::atomic<T>;
using Mutex = std::mutex;
using ConditionVariable = std::condition_variable;
using Thread = std::thread;
/// What deadlines are measured with.
using Clock = std::chrono::steady_clock;

/// Sleeping on a word, by the kernel.
struct KernelFutex {
    /// Sleeps while the word is 0, or for `timeout_ns` (negative: for ever): false when that has passed. It
    /// may return for no reason.
    static bool wait(Atomic<std::uint32_t>& word, std::int64_t timeout_ns) noexcept;
    /// Wakes a thread that sleeps there.
    static void wake(Atomic<std::uint32_t>& word) noexcept;
};

template <class Futex>
class FutexParker;
using Parker = FutexParker<KernelFutex>;

/// Tells the core that this is a spinning wait, that many times.
inline void pause(int times = 1) noexcept {
    for (int i = 0; i < times; ++i) __builtin_ia32_pause();
}

/// Gives the core to another thread that could run, if there is one: for a wait that is not worth a core.
inline void yield() noexcept { std::this_thread::yield(); }

/// The name of the calling thread in debuggers and reports; at most 15 characters.
void name_this_thread(const char* name) noexcept;

/// One T for each thread, which begins as T{}.
template <class T>
class PerThread {
public:
    [[nodiscard]] static T& value() noexcept {
        thread_local T value{};
        return value;
    }
};

/// The word as the public headers know it, which include no internal one.
template <class T>
const std::atomic<T>* as_standard(const Atomic<T>& word) noexcept {
    return &word;
}

}  // namespace weir::sync

#endif

namespace weir::sync {

/// Blocks one thread until another one hands it a token. A token given early is kept; several are one.
template <class Futex>
class FutexParker {
public:
    /// Returns after a token was taken, or after `timeout_ns` (negative: never) without one: whether it was
    /// taken.
    bool park(std::int64_t timeout_ns = -1) noexcept {
        // sync-1 acquire: with the release in unpark, what the waker did before is visible to the woken
        // thread.
        while (token_.exchange(0, std::memory_order_acquire) == 0)
            if (!Futex::wait(token_, timeout_ns))
                return token_.exchange(0, std::memory_order_acquire) != 0;  // sync-1
        return true;
    }
    void unpark() noexcept {
        // sync-1 release. An exchange, since who takes the token of two wakers must see what both did: a
        // store would hide the other's.
        token_.exchange(1, std::memory_order_release);
        Futex::wake(token_);
    }

private:
    Atomic<std::uint32_t> token_{0};
};

}  // namespace weir::sync
