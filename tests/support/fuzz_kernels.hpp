// SPDX-License-Identifier: Apache-2.0
/// What the kernels of fuzz programs do: read all that their task reads, meet the other calls of the task,
/// and write their share of what it writes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>

#include "fuzz_host.hpp"

namespace weir::fuzz {

/// Calls `visit(word)` for each element in row-major order.
template <class A, class Visit>
void for_each_element(const A& tensor, const Visit& visit) {
    std::array<std::int64_t, kMaxAxes> index{};
    const int axes = tensor.ndim();
    for (;;) {
        std::int64_t at = 0;
        for (int axis = 0; axis < axes; ++axis)
            at += index[static_cast<std::size_t>(axis)] * tensor.stride(axis);
        visit(tensor.data()[at]);
        int axis = axes - 1;
        while (axis >= 0 && ++index[static_cast<std::size_t>(axis)] == tensor.extent(axis))
            index[static_cast<std::size_t>(axis--)] = 0;
        if (axis < 0) return;
    }
}

template <class A>
void read_words(const A& tensor, Word& hash) {
    for_each_element(tensor, [&](const auto& word) { hash = mix(hash, static_cast<Word>(word)); });
}

/// Which part of its task's work a kernel call does, from the scalar that names the statement.
class Share {
public:
    static std::uint32_t pack(const Statement& statement, std::uint32_t slot) {
        return slot | statement.subtasks << 16U | (statement.meets() ? 1U << 19U : 0U);
    }
    Share(std::uint32_t packed, const TaskInfo& task)
        : slot(packed & 0xffffU), task_(task), meets_((packed & 1U << 19U) != 0) {
        const std::uint32_t slots = packed >> 16U & 7U;
        const auto before = (1U << static_cast<unsigned>(task.subtask_slot())) - 1;
        const int subtasks = std::max(1, std::popcount(slots));
        calls_ = static_cast<Word>(task.block_count() * subtasks);
        call_ = static_cast<Word>(task.block_index() * subtasks + std::popcount(slots & before));
    }
    [[nodiscard]] bool is_first() const { return call_ == 0; }
    [[nodiscard]] bool holds(Word element) const { return element % calls_ == call_; }
    /// All calls have read before any writes.
    void meet() const {
        if (meets_) task_.barrier();
    }

    const std::uint32_t slot;

private:
    const TaskInfo& task_;
    bool meets_;
    Word calls_;
    Word call_;
};

template <class A>
void write_words(const A& tensor, Word hash, std::size_t argument, const Share& share) {
    const Word first = argument << 32U;
    Word number = 0;
    for_each_element(tensor, [&](auto& word) {
        if (share.holds(number))
            word = static_cast<std::remove_reference_t<decltype(word)>>(mix(hash, first + number));
        ++number;
    });
}

/// What every kernel does before it reads, between reading and writing, and after it has written.
class Recording {
public:
    Recording(KernelLog& log, const Share& share, Pace pace, Word salt)
        : log_(log), share_(share), slot_(share.slot), pace_(pace) {
        if (log_.with_order) log_.started[slot_] = ++log_.clock;
        if (log_.cancel_slot == slot_) cancel();
        throw_if_chosen(KernelFault::Moment::at_start);
        spend_time(pace, salt);
    }
    void have_read(Word hash) {
        if (share_.is_first()) log_.reads[slot_] = hash;
        throw_if_chosen(KernelFault::Moment::after_reading);
        spend_time(pace_, hash);
        share_.meet();
    }
    /// What the kernel returns, when its signature has a status.
    int end() {
        const KernelFault fault = chosen();
        if (fault.moment == KernelFault::Moment::at_end && fault.kind == KernelFault::Kind::status) return 7;
        throw_if_chosen(KernelFault::Moment::at_end);
        return 0;
    }
    ~Recording() {
        if (log_.with_order) log_.ended[slot_] = ++log_.clock;
    }
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

private:
    [[nodiscard]] KernelFault chosen() const {
        return log_.faults.empty() ? KernelFault{} : log_.faults[slot_];
    }
    void throw_if_chosen(KernelFault::Moment moment) const {
        const KernelFault fault = chosen();
        if (fault.moment != moment) return;
        if (fault.kind == KernelFault::Kind::no_exception_class) throw static_cast<int>(slot_);
        throw std::runtime_error("the task of statement " + std::to_string(slot_) + " gives up");
    }
    void cancel() const {
        const std::lock_guard lock(log_.handle_mutex);
        if (log_.handle) log_.handle->cancel();
    }

    KernelLog& log_;
    const Share& share_;
    std::uint32_t slot_;
    Pace pace_;
};

template <class... P>
struct TypedBody {
    KernelLog* log;
    Pace pace;

    void operator()(P... tensors, Word salt, std::uint32_t packed, const TaskInfo& task) const {
        const Share share(packed, task);
        Recording recording(*log, share, pace, salt);
        Word hash = mix(salt);
        const auto read = [&]<class Q>(const Q& tensor) {
            if constexpr (Q::kAccess != Access::out) read_words(tensor, hash);
        };
        (read(tensors), ...);
        recording.have_read(hash);
        std::size_t argument = 0;
        const auto write = [&]<class Q>(const Q& tensor) {
            if constexpr (Q::kAccess != Access::in) write_words(tensor, hash, argument, share);
            ++argument;
        };
        (write(tensors), ...);
        static_cast<void>(recording.end());
    }
};

/// Scalars of an untyped task: salt, slot, then two bits of access for each tensor.
inline int untyped_body(KernelLog& log, Pace pace, const TaskView& task) {
    const auto salt = task.scalar<Word>(0);
    const auto accesses = task.scalar<Word>(2);
    const auto count = task.scalar<std::uint32_t>(3);
    const Share share(task.scalar<std::uint32_t>(1), task.info());
    Recording recording(log, share, pace, salt);
    Word hash = mix(salt);
    const auto access_of = [&](std::size_t i) { return static_cast<Access>(accesses >> (2 * i) & 3U); };
    for (std::size_t i = 0; i < count; ++i)
        if (access_of(i) != Access::out) read_words(task.tensor<Word>(i), hash);
    recording.have_read(hash);
    for (std::size_t i = 0; i < count; ++i)
        if (access_of(i) != Access::in) write_words(task.tensor<Word>(i), hash, i, share);
    return recording.end();
}

}  // namespace weir::fuzz
