// SPDX-License-Identifier: Apache-2.0
/// Instrumented twins of weir::sync. With WEIR_SYNC_EXPLORED the sources of the runtime are compiled against
/// these, and under explore() (explored.hpp) every operation is a scheduling point of a controlled scheduler,
/// and every load may return any value that the C++ memory model permits. Outside explore(), they are plain
/// single-threaded variables.
///
/// An Atomic has the size of its value and may live in zeroed memory without being constructed, as the real
/// one does: what is known about it is kept in a table by address.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mutex>
#include <source_location>
#include <system_error>
#include <type_traits>
#include <utility>

#include "explored_operations.hpp"

namespace weir::sync {

// The newest value of an atomic is a plain member here; its accesses are no plain accesses of the code under
// test.
#define WEIR_EXPLORED_INTERNAL __attribute__((no_sanitize("thread")))

template <class T>
class Atomic {
    static constexpr std::size_t kBytes = sizeof(T);  // NOLINT(bugprone-sizeof-expression): of a pointer, too
    static_assert(kBytes <= sizeof(std::uint64_t) && std::is_trivially_copyable_v<T>);
    using Order = std::memory_order;
    using Site = std::source_location;
    using Operation = explored::Operation;

public:
    Atomic() noexcept : Atomic(T{}) {}
    WEIR_EXPLORED_INTERNAL Atomic(T value) noexcept : value_(value) {
        explored::forget(this);
    }  // NOLINT(google-explicit-constructor)
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;
    ~Atomic() { explored::forget(this); }

    // The default order of every operation is that of std::atomic.
    [[nodiscard]] WEIR_EXPLORED_INTERNAL T load(Order order = Order::seq_cst,
                                                Site site = Site::current()) const noexcept {
        if (!explored::active()) return value_;
        explored::reach(Operation::load, this, site);
        return from_bits(explored::load(this, bits(value_), order));
    }
    WEIR_EXPLORED_INTERNAL void store(T value, Order order = Order::seq_cst,
                                      Site site = Site::current()) noexcept {
        if (explored::active()) {
            explored::reach(Operation::store, this, site);
            explored::store(this, bits(value_), bits(value), order);
        }
        value_ = value;
    }
    T exchange(T value, Order order = Order::seq_cst, Site site = Site::current()) noexcept {
        return modify(Operation::exchange, order, site, [value](T) { return value; });
    }
    T fetch_add(T operand, Order order = Order::seq_cst, Site site = Site::current()) noexcept {
        return modify(Operation::fetch_add, order, site,
                      [operand](T old) { return static_cast<T>(old + operand); });
    }
    T fetch_sub(T operand, Order order = Order::seq_cst, Site site = Site::current()) noexcept {
        return modify(Operation::fetch_sub, order, site,
                      [operand](T old) { return static_cast<T>(old - operand); });
    }
    T fetch_or(T operand, Order order = Order::seq_cst, Site site = Site::current()) noexcept {
        return modify(Operation::fetch_or, order, site,
                      [operand](T old) { return static_cast<T>(old | operand); });
    }
    T fetch_and(T operand, Order order = Order::seq_cst, Site site = Site::current()) noexcept {
        return modify(Operation::fetch_and, order, site,
                      [operand](T old) { return static_cast<T>(old & operand); });
    }

    bool compare_exchange_strong(T& expected, T desired, Order success, Order failure,
                                 Site site = Site::current()) noexcept {
        return compare_exchange(expected, desired, success, failure, false, site);
    }
    bool compare_exchange_strong(T& expected, T desired, Order order = Order::seq_cst,
                                 Site site = Site::current()) noexcept {
        return compare_exchange(expected, desired, order, without_release(order), false, site);
    }
    /// May fail although the value is the expected one.
    bool compare_exchange_weak(T& expected, T desired, Order success, Order failure,
                               Site site = Site::current()) noexcept {
        return compare_exchange(expected, desired, success, failure, true, site);
    }
    bool compare_exchange_weak(T& expected, T desired, Order order = Order::seq_cst,
                               Site site = Site::current()) noexcept {
        return compare_exchange(expected, desired, order, without_release(order), true, site);
    }

private:
    WEIR_EXPLORED_INTERNAL static std::uint64_t bits(T value) noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, &value, kBytes);
        return word;
    }
    WEIR_EXPLORED_INTERNAL static T from_bits(std::uint64_t word) noexcept {
        T value;
        std::memcpy(&value, &word, kBytes);
        return value;
    }
    /// The order of a failed exchange, as std::atomic derives it.
    static constexpr Order without_release(Order order) noexcept {
        if (order == Order::acq_rel) return Order::acquire;
        return order == Order::release ? Order::relaxed : order;
    }

    template <class Change>
    WEIR_EXPLORED_INTERNAL T modify(Operation operation, Order order, Site site, Change change) noexcept {
        if (explored::active()) explored::reach(operation, this, site);
        const T old = value_;
        const T next = change(old);
        if (explored::active()) explored::modify(this, bits(old), bits(next), order);
        value_ = next;
        return old;
    }
    WEIR_EXPLORED_INTERNAL bool compare_exchange(T& expected, T desired, Order success, Order failure,
                                                 bool weak, Site site) noexcept {
        if (explored::active()) {
            explored::reach(weak ? Operation::compare_exchange_weak : Operation::compare_exchange_strong,
                            this, site);
            const explored::Exchange outcome = explored::compare_exchange(
                {this, bits(value_), bits(expected), bits(desired), success, failure, weak});
            if (outcome.succeeded)
                value_ = desired;
            else
                expected = from_bits(outcome.seen);
            return outcome.succeeded;
        }
        if (bits(value_) != bits(expected)) {
            expected = value_;
            return false;
        }
        value_ = desired;
        return true;
    }

    T value_;  ///< the newest in modification order
};

/// Works with std::lock_guard and std::unique_lock.
class Mutex {
public:
    Mutex() noexcept { explored::forget(this); }
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    ~Mutex() { explored::forget(this); }

    void lock(std::source_location site = std::source_location::current()) noexcept {
        if (explored::active()) explored::lock(this, site);
    }
    void unlock(std::source_location site = std::source_location::current()) noexcept {
        if (explored::active()) explored::unlock(this, site);
    }
};

class Parker {
public:
    Parker() noexcept { explored::forget(this); }
    Parker(const Parker&) = delete;
    Parker& operator=(const Parker&) = delete;
    ~Parker() { explored::forget(this); }

    bool park(std::int64_t timeout_ns = -1,
              std::source_location site = std::source_location::current()) noexcept {
        return explored::active() && explored::park(this, timeout_ns >= 0, site);
    }
    void unpark(std::source_location site = std::source_location::current()) noexcept {
        if (explored::active()) explored::unpark(this, site);
    }
};

/// As std::condition_variable, as far as the runtime uses it. There are no spurious wake-ups.
class ConditionVariable {
    using Site = std::source_location;

public:
    ConditionVariable() noexcept { explored::forget(this); }
    ConditionVariable(const ConditionVariable&) = delete;
    ConditionVariable& operator=(const ConditionVariable&) = delete;
    ~ConditionVariable() { explored::forget(this); }

    template <class Predicate>
    void wait(std::unique_lock<Mutex>& lock, Predicate holds, Site site = Site::current()) {
        while (!holds()) explored::wait(this, lock.mutex(), false, site);
    }
    template <class Predicate>
    bool wait_for(std::unique_lock<Mutex>& lock, std::chrono::nanoseconds, Predicate holds,
                  Site site = Site::current()) {
        while (!holds())
            if (!explored::wait(this, lock.mutex(), true, site)) return holds();
        return true;
    }
    void notify_all(Site site = Site::current()) noexcept {
        if (explored::active()) explored::notify_all(this, site);
    }
};

/// A thread of the execution, which can be started from one of its threads only.
class Thread {
    using Site = std::source_location;

public:
    Thread() = default;
    template <class Body>
    explicit Thread(Body body, Site site = Site::current()) {
        if (!explored::active())
            throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                                    "a thread is started outside an explored execution");
        number_ = explored::start_thread(std::move(body), site);
    }
    Thread(Thread&& other) noexcept : number_(std::exchange(other.number_, kNone)) {}
    Thread& operator=(Thread&& other) noexcept {
        if (joinable()) std::terminate();
        number_ = std::exchange(other.number_, kNone);
        return *this;
    }
    ~Thread() {
        if (joinable()) std::terminate();
    }

    [[nodiscard]] bool joinable() const noexcept { return number_ != kNone; }
    void join(Site site = Site::current()) { explored::join_thread(std::exchange(number_, kNone), site); }

private:
    static constexpr int kNone = -1;
    int number_ = kNone;
};

/// A clock that stands still but for explored::pass_time.
struct Clock {
    using duration = std::chrono::steady_clock::duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr bool is_steady = true;

    [[nodiscard]] static time_point now(
        std::source_location site = std::source_location::current()) noexcept {
        return time_point(std::chrono::nanoseconds(explored::active() ? explored::read_clock(site) : 0));
    }
};

/// One T for each thread of an execution, and one for all that is outside.
template <class T>
class PerThread {
public:
    [[nodiscard]] WEIR_EXPLORED_INTERNAL static T& value() noexcept {
        struct Value {
            std::uint64_t execution = 0;
            T value{};
        };
        static std::array<Value, explored::kMaxThreads + 1> values;
        Value& own = values[static_cast<std::size_t>(explored::this_thread()) + 1];
        if (own.execution != explored::execution_serial()) own = {explored::execution_serial(), T{}};
        return own.value;
    }
};

#undef WEIR_EXPLORED_INTERNAL

inline void name_this_thread(const char* name) noexcept {
    if (explored::active()) explored::name_this_thread(name);
}

/// What is loaded through it is the newest value.
template <class T>
const std::atomic<T>* as_standard(const Atomic<T>& word) noexcept {
    static_assert(sizeof(std::atomic<T>) == sizeof(Atomic<T>));
    return reinterpret_cast<const std::atomic<T>*>(&word);
}

// The two halves of model/asymmetric_fence.hpp.
inline void light_fence(std::source_location site = std::source_location::current()) noexcept {
    if (explored::active()) explored::light_fence(site);
}
inline void heavy_fence(std::source_location site = std::source_location::current()) noexcept {
    if (explored::active()) explored::heavy_fence(site);
}

inline void yield(std::source_location site = std::source_location::current()) noexcept {
    if (explored::active()) explored::pause(site);
}
inline void pause(int = 1, std::source_location site = std::source_location::current()) noexcept {
    if (explored::active()) explored::pause(site);
}

}  // namespace weir::sync
