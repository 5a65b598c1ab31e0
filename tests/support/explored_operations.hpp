// SPDX-License-Identifier: Apache-2.0
/// What the instrumented types of explored_sync.hpp ask of the execution that is being explored. Values are
/// words; `current` is the newest value of the variable in modification order.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <source_location>

namespace weir::explored {

/// Threads of one execution, those that have ended included.
inline constexpr int kMaxThreads = 6;

enum class Operation : std::uint8_t {
    load,
    store,
    exchange,
    fetch_add,
    fetch_sub,
    fetch_or,
    fetch_and,
    compare_exchange_strong,
    compare_exchange_weak,
    lock,
    unlock,
    park,
    unpark,
    pause,
    light_fence,
    heavy_fence,
    read_plain,
    write_plain,
    start_thread,
    join_thread,
    wait,
    notify_all,
    read_clock,
    pass_time,
};

/// Whether the caller is a thread of an execution that is being explored.
bool active() noexcept;

/// A scheduling point: other threads may run before the operation is performed.
void reach(Operation operation, const void* place, std::source_location site) noexcept;

std::uint64_t load(const void* place, std::uint64_t current, std::memory_order order) noexcept;
void store(const void* place, std::uint64_t current, std::uint64_t value, std::memory_order order) noexcept;
void modify(const void* place, std::uint64_t current, std::uint64_t value, std::memory_order order) noexcept;

struct ExchangeRequest {
    const void* place;
    std::uint64_t current;
    std::uint64_t expected;
    std::uint64_t desired;
    std::memory_order success;
    std::memory_order failure;
    bool weak;
};
struct Exchange {
    bool succeeded;
    std::uint64_t seen;
};
Exchange compare_exchange(const ExchangeRequest& request) noexcept;

void lock(const void* place, std::source_location site) noexcept;
void unlock(const void* place, std::source_location site) noexcept;
/// Whether a token was taken; false only with a timeout.
bool park(const void* place, bool with_timeout, std::source_location site) noexcept;
void unpark(const void* place, std::source_location site) noexcept;
/// Condition variable: gives the mutex away, sleeps until notified, takes the mutex again. False when a
/// timeout ended it.
bool wait(const void* condition, const void* mutex, bool with_timeout, std::source_location site) noexcept;
void notify_all(const void* condition, std::source_location site) noexcept;
/// Starts a thread of the execution; returns its number.
int start_thread(std::function<void()> body, std::source_location site);
void join_thread(int number, std::source_location site) noexcept;
void name_this_thread(const char* name) noexcept;
/// Number of the running thread of this execution; -1 outside any. `execution_serial` tells executions apart.
int this_thread() noexcept;
std::uint64_t execution_serial() noexcept;
/// Virtual nanoseconds since the execution began: they pass only by `pass_time`.
std::int64_t read_clock(std::source_location site) noexcept;
void pass_time(std::int64_t ns, std::source_location site = std::source_location::current()) noexcept;
void light_fence(std::source_location site) noexcept;
void heavy_fence(std::source_location site) noexcept;
/// This thread looks at something again and again: it goes on when another has changed something, or when all
/// do so.
void pause(std::source_location site) noexcept;

/// A read or write of a plain variable: two that nothing orders, one of them a write, are a data race.
void touch_plain(const void* place, bool write, std::source_location site) noexcept;

/// The same for an access that the compiler has instrumented, to memory that Schedule::watch named.
void touch_watched(const void* place, std::size_t bytes, bool write) noexcept;

/// The variable begins or ends its life.
void forget(const void* place) noexcept;

}  // namespace weir::explored
