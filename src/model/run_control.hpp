// SPDX-License-Identifier: Apache-2.0
/// Whether the current run goes on: its first error, its deadline, and the one word that every task start
/// looks at.
#pragma once

#include <cstdint>
#include <exception>
#include <mutex>
#include <source_location>
#include <string>

#include <weir/error.hpp>

#include "model/sync.hpp"

namespace weir::detail {

struct RunControl {
    using Clock = sync::Clock;

    static constexpr std::uint32_t kStop = 1;      ///< no further task starts
    static constexpr std::uint32_t kDeadline = 2;  ///< there is a deadline to look at
    static constexpr std::uint32_t kWatch = 4;     ///< every submit takes the long way
    static constexpr std::uint32_t kAsked = 8;     ///< the program's thread is to tell of its run

    /// 0 as long as nothing is out of the ordinary.
    sync::Atomic<std::uint32_t> attention{0};

    /// Before a run.
    void reset(Clock::time_point deadline_or_max) {
        const std::lock_guard lock(mutex);
        failed = false;
        code = ErrorCode::ok;
        message.clear();
        site = {};
        deadline = deadline_or_max;
        // Relaxed: no other thread works for this run yet; tasks reach them through the ready queues.
        attention.store(deadline == Clock::time_point::max() ? 0 : kDeadline, std::memory_order_relaxed);
    }
    /// After `reset`, before a run: the orchestrator is to see every submit.
    void watch() noexcept {
        attention.fetch_or(kWatch, std::memory_order_relaxed);  // relaxed: read by the program's thread
    }
    /// Any thread: the program's thread is to tell of its run when it can (observe/run_account.hpp). It is
    /// woken by Scheduler::ask_to_tell.
    void ask() noexcept {
        attention.fetch_or(kAsked, std::memory_order_relaxed);  // relaxed: seen at the next submit is as good
    }
    [[nodiscard]] bool asked() const noexcept {
        return (attention.load(std::memory_order_relaxed) & kAsked) != 0;  // relaxed: as above
    }
    /// The first error of a run stays; returns whether this one is it.
    bool fail(ErrorCode error, std::string text, std::source_location where) {
        const std::lock_guard lock(mutex);
        // Relaxed: threads that miss it start one more task; the error itself is read under the lock.
        attention.fetch_or(kStop, std::memory_order_relaxed);
        if (failed) return false;
        failed = true;
        code = error;
        message = std::move(text);
        site = where;
        return true;
    }
    /// Whether further tasks must not start; looks at the clock when there is a deadline, and records that it
    /// passed.
    bool stopped() {
        const std::uint32_t word = attention.load(std::memory_order_relaxed);  // relaxed: see fail
        if (word == 0) return false;
        if ((word & kStop) != 0) return true;
        if ((word & kDeadline) == 0 || Clock::now() < deadline) return false;
        fail(ErrorCode::deadline, "the run passed its deadline; tasks that had not started did not run", {});
        return true;
    }
    [[nodiscard]] bool stop_requested() const noexcept {
        const std::uint32_t word = attention.load(std::memory_order_relaxed);  // relaxed: see fail
        return (word & kStop) != 0 || ((word & kDeadline) != 0 && Clock::now() >= deadline);
    }
    /// Throws the run's error if it has one.
    void rethrow() {
        const std::lock_guard lock(mutex);
        if (failed) throw Error(code, message, site);
    }

    sync::Mutex mutex;
    bool failed = false;
    ErrorCode code = ErrorCode::ok;
    std::string message;
    std::source_location site;
    Clock::time_point deadline = Clock::time_point::max();
};

}  // namespace weir::detail
