// SPDX-License-Identifier: Apache-2.0
/// One execution of a few threads under control. Each thread is a fiber of the calling thread, exactly one
/// runs at a time, and who runs next and what a load returns is asked of a Choices. An execution ends when
/// all threads have; when none of those left can go on, a wake-up was lost.
///
/// A failure abandons the fibers where they stand, because the code under test is noexcept and cannot be
/// unwound.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include <ucontext.h>

#include "explored_memory.hpp"
#include "explored_operations.hpp"

namespace weir::explored {

/// Where decisions come from. Option 0 is always the one that a plain machine would take: stay on the running
/// thread, read the newest value.
class Choices {
public:
    Choices() = default;
    Choices(const Choices&) = delete;
    Choices& operator=(const Choices&) = delete;
    virtual ~Choices() = default;
    /// `continues`: threads[0] runs and could go on, any other choice preempts it.
    virtual std::size_t pick_thread(std::span<const int> threads, bool continues) = 0;
    virtual std::size_t pick_value(std::size_t count) = 0;
};

/// What a thread did, for the report.
struct Event {
    int thread;
    Operation operation;
    int number;  ///< of the variable
    bool succeeded;
    std::uint32_t age;  ///< stores that were newer than the one that was read
    std::uint64_t value;
    std::source_location site;
    const char* watched;  ///< name of the memory of a plain access, then `value` is the place in it
};

/// Thrown into the test's body when an execution has failed.
struct ExecutionFailed {};

class Execution {
public:
    Execution(Choices& choices, Memory& memory, std::size_t step_limit);
    Execution(const Execution&) = delete;
    Execution& operator=(const Execution&) = delete;
    ~Execution();

    void add(std::string name, std::function<void()> body);
    void watch(const char* name, const void* begin, std::size_t bytes);
    void watch_claimed(const void* begin, std::size_t bytes) { claimed_.watch(begin, bytes); }
    /// Runs all threads to their end. Throws ExecutionFailed.
    void run();
    /// The execution is wrong. From one of its threads it does not return, else it throws ExecutionFailed.
    [[noreturn]] void fail(std::string message);

    [[nodiscard]] bool failed() const noexcept { return !message_.empty(); }
    [[nodiscard]] std::size_t steps() const noexcept { return steps_; }
    /// What is wrong and how it came about.
    [[nodiscard]] std::string report() const;
    /// The decisions between several options, as text that ReplayedChoices understands.
    [[nodiscard]] std::string choices_text() const;

    /// The execution one of whose threads is running, or null.
    static Execution* current() noexcept { return current_; }

    // The operations of explored_operations.hpp.
    void reach(Operation operation, const void* place, std::source_location site);
    std::uint64_t load(const void* place, std::uint64_t now, std::memory_order order);
    void store(const void* place, std::uint64_t now, std::uint64_t value, std::memory_order order);
    void modify(const void* place, std::uint64_t now, std::uint64_t value, std::memory_order order);
    Exchange compare_exchange(const ExchangeRequest& request);
    void lock(const void* place, std::source_location site);
    void unlock(const void* place, std::source_location site);
    bool wait(const void* condition, const void* mutex, bool with_timeout, std::source_location site);
    void notify_all(const void* condition, std::source_location site);
    int start_thread(std::function<void()> body, std::source_location site);
    void join_thread(int number, std::source_location site);
    void name_this_thread(const char* name);
    [[nodiscard]] int running() const noexcept { return running_; }
    [[nodiscard]] std::uint64_t serial() const noexcept { return serial_; }
    std::int64_t read_clock(std::source_location site);
    void pass_time(std::int64_t ns, std::source_location site);
    void forget_gate(const void* place) noexcept { gates_.erase(place); }
    bool park(const void* place, bool with_timeout, std::source_location site);
    void unpark(const void* place, std::source_location site);
    void light_fence(std::source_location site);
    void heavy_fence(std::source_location site);
    void pause(std::source_location site);
    void touch_plain(const void* place, bool write, std::source_location site);
    void touch_watched(std::uintptr_t place, std::size_t bytes, bool write);

private:
    enum class State : std::uint8_t {
        can_run,
        waits_for_mutex,
        parked,
        parked_with_timeout,
        waits_for_notify,
        waits_for_notify_with_timeout,
        waits_for_end,
        finished
    };
    struct Thread {
        std::string name;
        std::function<void()> body;
        State state = State::can_run;
        const void* waits_for = nullptr;
        bool notified = false;
        bool paused = false;
        std::uint64_t paused_at = 0;   ///< changes when it paused
        std::size_t paused_since = 0;  ///< step
        VectorClock clock;
        ucontext_t context;
        std::array<void*, 2>
            exceptions{};  ///< what the C++ runtime keeps for a thread that is inside a handler
    };
    /// A mutex, parker or condition variable: held, or with a token; and what is learnt by taking it.
    struct Gate {
        bool closed = false;
        int number = 0;
        VectorClock released;
    };

    static void enter_fiber();
    void switch_to(int thread);
    void leave_to_test();
    void choose_next(bool continues);
    [[nodiscard]] bool is_eligible(int thread) const noexcept;
    [[nodiscard]] int longest_paused() const noexcept;
    void block(State state, const void* place);
    void wake(State state, const void* place) noexcept;
    void finish();
    std::size_t pick_value(std::size_t count);
    void note(Operation operation, int number, std::source_location site);
    void count_step();
    Gate& gate(const void* place);
    [[nodiscard]] Thread& self() noexcept { return *threads_[static_cast<std::size_t>(running_)]; }
    [[nodiscard]] std::string state_of_threads() const;

    inline static Execution* current_ = nullptr;

    Choices& choices_;
    Memory& memory_;
    std::size_t step_limit_;
    std::size_t steps_ = 0;
    int running_ = 0;
    std::uint64_t serial_;
    std::int64_t time_ns_ = 0;
    int gates_used_ = 0;
    std::uint64_t changes_ = 0;  ///< operations that another thread may have waited for
    std::vector<std::unique_ptr<Thread>> threads_;
    std::unordered_map<const void*, Gate> gates_;
    std::vector<WatchedMemory> watched_;
    ClaimedWords claimed_;
    ucontext_t test_context_{};
    std::vector<Event> events_;
    std::vector<std::uint32_t> picked_;
    std::string message_;
};

}  // namespace weir::explored
