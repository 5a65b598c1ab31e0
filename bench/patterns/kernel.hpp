// SPDX-License-Identifier: Apache-2.0
//
// What a task of a pattern does, the same for every runtime. `execute<mode>(access, index, pointers...)` is
// the body of the task; the pointers are those of the data in the order of `Access`.
//
//   empty  nothing; the operands are materialized as for a real kernel, so that a runtime has to deliver them
//   check  mixes the values read, in order, with the task's index into those written: any task that is lost,
//          run twice or run out of order changes the final data. A delay between reading and writing that
//          differs from task to task makes a missing dependency show. A task without data adds its mixed
//          index to one sum.
//   work   the compute-bound kernel of Task Bench for `work_iterations` iterations; the result goes to what
//          is written
//
// The data hold the initial values of `reset_data` before a checked run.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "patterns/pattern.hpp"

namespace weir::patterns {

enum class Mode { kEmpty, kCheck, kWork };

template <Mode mode>
struct ModeConstant {
    static constexpr Mode kMode = mode;
};

/// Calls `function(ModeConstant<mode>{})`, so that the mode is a constant inside kernels.
template <class Function>
decltype(auto) with_mode(Mode mode, Function&& function) {
    if (mode == Mode::kCheck) return function(ModeConstant<Mode::kCheck>{});
    if (mode == Mode::kWork) return function(ModeConstant<Mode::kWork>{});
    return function(ModeConstant<Mode::kEmpty>{});
}

/// One datum of a pattern: alone in its cache line, so that tasks share lines only where the pattern says so.
struct alignas(64) Datum {
    std::uint64_t value = 0;
};
static_assert(sizeof(Datum) == 64, "a datum fills exactly one cache line");

/// Iterations of one `work` task. Set before the first task is submitted, constant while tasks run.
inline std::uint64_t work_iterations = 0;

/// Sum over the tasks without data of a checked run. Relaxed additions: the end of the run orders them before
/// its read.
inline std::atomic<std::uint64_t> free_task_sum{0};

/// `iterations` passes of a multiply-add over 64 doubles in local memory. Compiled once, by one compiler, for
/// all runtimes (peers/compute_bound.cpp): efficiency compares the runtimes, not what compilers make of the
/// loop.
double compute_bound(std::uint64_t iterations);

/// A bijection of 64-bit words in which each input bit affects each output bit (the finalizer of SplitMix64).
constexpr std::uint64_t mix(std::uint64_t word) {
    word += 0x9e3779b97f4a7c15U;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9U;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebU;
    return word ^ (word >> 31);
}

inline void reset_data(std::span<Datum> data) {
    for (std::size_t i = 0; i < data.size(); ++i) data[i].value = mix(i);
    free_task_sum.store(0, std::memory_order_relaxed);  // relaxed: the start of the run orders it
}

inline std::uint64_t checksum(std::span<const Datum> data) {
    std::uint64_t sum = free_task_sum.load(std::memory_order_relaxed);  // relaxed: read after the run's end
    for (const Datum& datum : data) sum = mix(sum ^ datum.value);
    return sum;
}

namespace detail {

/// Makes the compiler have the operand in a register at this place.
template <class Operand>
inline void materialize(Operand operand) {
    asm volatile("" : : "r"(operand));
}

template <int kReads, int kWrites, int kUpdates, class... Pointers>
void execute_check(Access<kReads, kWrites, kUpdates>, std::uint64_t index, Pointers... pointers) {
    constexpr int kAccesses = kReads + kWrites + kUpdates;
    std::uint64_t word = mix(index);
    if constexpr (kAccesses == 0) {
        free_task_sum.fetch_add(word, std::memory_order_relaxed);  // relaxed: see free_task_sum
    } else {
        std::uint64_t* const operands[kAccesses] = {const_cast<std::uint64_t*>(pointers)...};
        for (int i = 0; i < kReads; ++i) word = mix(word ^ *operands[i]);
        for (int i = kReads + kWrites; i < kAccesses; ++i) word = mix(word ^ *operands[i]);
        std::uint64_t delay = word;
        for (std::uint64_t i = mix(index) % 128; i > 0; --i) delay = mix(delay);
        asm volatile("" : "+r"(delay) : : "memory");
        for (int i = kReads; i < kAccesses; ++i) *operands[i] = word + static_cast<std::uint64_t>(i);
    }
}

template <int kReads, int kWrites, int kUpdates, class... Pointers>
void execute_work(Access<kReads, kWrites, kUpdates>, Pointers... pointers) {
    constexpr int kAccesses = kReads + kWrites + kUpdates;
    const auto result = std::bit_cast<std::uint64_t>(compute_bound(work_iterations));
    if constexpr (kAccesses > 0) {
        std::uint64_t* const operands[kAccesses] = {const_cast<std::uint64_t*>(pointers)...};
        for (int i = kReads; i < kAccesses; ++i) *operands[i] = result;
    }
}

}  // namespace detail

/// The body of one task. Operands that are only read may be pointers to const.
template <Mode mode, class AccessType, class... Pointers>
inline void execute(AccessType access, std::uint64_t index, Pointers... pointers) {
    static_assert(
        sizeof...(Pointers) == AccessType::kReadCount + AccessType::kWriteCount + AccessType::kUpdateCount,
        "one pointer per access");
    if constexpr (mode == Mode::kCheck) {
        detail::execute_check(access, index, pointers...);
    } else if constexpr (mode == Mode::kWork) {
        detail::execute_work(access, pointers...);
    } else {
        detail::materialize(index);
        (detail::materialize(pointers), ...);
    }
}

}  // namespace weir::patterns
