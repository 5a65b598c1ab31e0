// SPDX-License-Identifier: Apache-2.0
/// Exploring what a few threads can do to each other. A test describes one execution; it is carried out again
/// and again, each time with other decisions.
///
///     const Coverage coverage = explore_all({}, [](Schedule& schedule) {
///         weir::sync::Atomic<int> count{0};
///         for (const char* name : {"one", "two"})
///             schedule.thread(name, [&] { count.store(count.load() + 1); });
///         schedule.run();
///         schedule.require(count.load() == 2, "both increments count");
///     });                                                    // coverage.failure prints the interleaving
///     that loses one
///
/// Exhaustively: every interleaving with at most so many preemptions and so many loads that do not see the
/// newest value. Randomly: by priorities with a few change points (which finds a bug that needs d ordered
/// events with a probability that is independent of the length of the execution), and by plain random walks.
/// A failure can be repeated alone: WEIR_EXPLORE_CHOICES=<as printed> on that test.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <source_location>
#include <string>

#include "explored_operations.hpp"
#include "explored_sync.hpp"

namespace weir::explored {

class Execution;

/// One execution, as the test describes it.
class Schedule {
public:
    explicit Schedule(Execution& execution) noexcept : execution_(execution) {}

    /// A thread that starts with `run`. There are at most kMaxThreads, those that the code under test starts
    /// included.
    void thread(std::string name, std::function<void()> body);
    /// Plain fields of an object or array that threads share: two accesses that nothing orders are a failure.
    /// Takes effect in code that is compiled with the instrumentation of explored_instrumentation.cpp.
    template <class T>
    void watch(const char* name, const T* first, std::size_t count = 1) {
        watch_bytes(name, first, count * sizeof(T));
    }
    /// Atomic words, each of which a thread reads and then claims by a successful exchange of another word.
    /// C++ permits a relaxed load to take its value from a store that is executed after it, unless something
    /// orders the two; the explorer shows no such value, but for these words it demands the order: a store
    /// that nothing orders behind the read of who has claimed the word before is a failure.
    template <class T>
    void watch_claimed(const sync::Atomic<T>* first, std::size_t count) {
        watch_claimed_bytes(first, count * sizeof(sync::Atomic<T>));
    }
    /// Runs the threads; returns when all have ended. A failure leaves the test's body by an exception.
    void run();
    /// States what must hold, from a thread or after `run`. A failure ends the execution.
    void require(bool holds, const char* sentence,
                 std::source_location site = std::source_location::current());

private:
    void watch_bytes(const char* name, const void* begin, std::size_t bytes);
    void watch_claimed_bytes(const void* begin, std::size_t bytes);

    Execution& execution_;
};

struct Bounds {
    unsigned preemptions = 2;  ///< switches away from a thread that could go on
    unsigned stale_loads = 1;  ///< loads that see an older value, and exchanges that fail for no reason
    std::uint64_t most_schedules = 2'000'000;
    std::size_t most_operations = 2'000;  ///< of one execution
    /// When it stops although not all is covered.
    std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
};

struct Coverage {
    std::uint64_t schedules = 0;
    bool complete = false;            ///< all within the bounds were covered
    std::size_t most_operations = 0;  ///< of the longest execution
    std::string failure;              ///< empty: none
    std::string how;                  ///< "all with at most 2 preemptions ..."
};

using Body = std::function<void(Schedule&)>;

/// Every execution within the bounds, until one fails.
Coverage explore_all(const Bounds& bounds, const Body& body);
/// `schedules` random executions, until one fails. The sequence is the same every time unless
/// WEIR_EXPLORE_SEED is set.
Coverage explore_randomly(std::uint64_t schedules, const Body& body, std::uint64_t seed = 1);

/// A plain variable of a test that threads share: an access that nothing orders against another thread's is a
/// failure.
template <class T>
class Plain {
public:
    Plain() { forget(this); }
    explicit Plain(T value) : value_(value) { forget(this); }
    Plain(const Plain&) = delete;
    Plain& operator=(const Plain&) = delete;
    ~Plain() { forget(this); }

    [[nodiscard]] T read(std::source_location site = std::source_location::current()) const noexcept {
        touch_plain(this, false, site);
        return value_;
    }
    void write(T value, std::source_location site = std::source_location::current()) noexcept {
        touch_plain(this, true, site);
        value_ = value;
    }

private:
    T value_{};
};

}  // namespace weir::explored
