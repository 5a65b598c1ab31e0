// SPDX-License-Identifier: Apache-2.0
/// Options of a submit: `after(a, b)`, `priority(3)`, `name("...")`, `blocks(48)`, `sync_start()`,
/// `predicate(flag, {0}, Comparison::greater, 0)`, chained: `after(a).priority(3)`. And the argument wrapper
/// `no_dep(t)`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <weir/launch.hpp>
#include <weir/task.hpp>
#include <weir/tensor.hpp>

namespace weir {

/// Priorities that `priority(n)` takes; 0 is the default, higher ones run earlier.
inline constexpr int kMinPriority = -8;
inline constexpr int kMaxPriority = 7;

/// What a submit can be given beside its arguments.
class Options {
public:
    /// Tasks named inline by `after`; more go through the span form.
    static constexpr std::size_t kMaxInlineTasks = 16;

    /// Waits for these tasks too. At most 16 in all; for more pass a span.
    template <class... Tasks>
        requires(sizeof...(Tasks) >= 1 && sizeof...(Tasks) <= kMaxInlineTasks)
    Options& after(const Tasks&... tasks) noexcept {
        (add(static_cast<const Task&>(tasks)), ...);
        return *this;
    }
    /// Waits for these tasks too. The span must live until the submit returns.
    Options& after(std::span<const Task> tasks) noexcept {
        task_list_ = tasks;
        return *this;
    }
    /// kMinPriority..kMaxPriority: among ready tasks, higher ones are taken first.
    Options& priority(int value) noexcept {
        priority_ = value;
        return *this;
    }
    /// Shown in error reports beside the kernel's name. A string literal, or one that outlives the run.
    Options& name(const char* value) noexcept {
        name_ = value;
        return *this;
    }
    /// 1..kMaxBlocks: the task calls its kernel that many times, each call a block that knows its index. It
    /// completes once, when all have finished.
    Options& blocks(std::int64_t count) noexcept {
        blocks_ = count;
        return *this;
    }
    /// All subtasks and blocks of the task start together or not yet, and can meet in TaskInfo::barrier.
    Options& sync_start() noexcept {
        sync_start_ = true;
        return *this;
    }
    /// When the task is ready, `tensor[index]` is compared with the constant; unless that holds, no kernel is
    /// called and the task completes at once. The element is one more input: the task waits for who writes
    /// it. Elements of floating types are compared as double; one of an integer type with a constant that the
    /// type can hold.
    template <class T>
        requires std::is_arithmetic_v<T>
    Options& predicate(const AnyTensor& tensor, const Shape& index, Comparison comparison, T constant) {
        predicate_.emplace(tensor, index, detail::PredicateConstant(constant), comparison);
        return *this;
    }

    [[nodiscard]] std::span<const Task> inline_tasks() const noexcept { return {tasks_.data(), task_count_}; }
    [[nodiscard]] std::span<const Task> listed_tasks() const noexcept { return task_list_; }
    [[nodiscard]] bool too_many_tasks() const noexcept { return overflow_; }
    [[nodiscard]] int priority_value() const noexcept { return priority_; }
    [[nodiscard]] const char* name_value() const noexcept { return name_; }
    [[nodiscard]] std::int64_t block_count() const noexcept { return blocks_; }
    [[nodiscard]] bool starts_together() const noexcept { return sync_start_; }
    /// Null: none.
    [[nodiscard]] const detail::PredicateOption* predicate_value() const noexcept {
        return predicate_ ? &*predicate_ : nullptr;
    }

private:
    void add(const Task& task) noexcept {
        if (task_count_ == kMaxInlineTasks)
            overflow_ = true;
        else
            tasks_[task_count_++] = task;
    }

    std::array<Task, kMaxInlineTasks> tasks_;
    std::size_t task_count_ = 0;
    std::span<const Task> task_list_;
    int priority_ = 0;
    bool overflow_ = false;
    bool sync_start_ = false;
    const char* name_ = nullptr;
    std::int64_t blocks_ = 1;
    std::optional<detail::PredicateOption> predicate_;
};

/// Waits for the given tasks, in addition to what the tensors say.
template <class... Tasks>
    requires(sizeof...(Tasks) >= 1 && sizeof...(Tasks) <= Options::kMaxInlineTasks)
Options after(const Tasks&... tasks) noexcept {
    return Options{}.after(tasks...);
}
inline Options after(std::span<const Task> tasks) noexcept { return Options{}.after(tasks); }
inline Options priority(int value) noexcept { return Options{}.priority(value); }
inline Options name(const char* value) noexcept { return Options{}.name(value); }
inline Options blocks(std::int64_t count) noexcept { return Options{}.blocks(count); }
inline Options sync_start() noexcept { return Options{}.sync_start(); }
template <class T>
    requires std::is_arithmetic_v<T>
Options predicate(const AnyTensor& tensor, const Shape& index, Comparison comparison, T constant) {
    return Options{}.predicate(tensor, index, comparison, constant);
}

/// A tensor argument that is kept alive but not waited for.
template <class TensorType>
struct NoDep {
    const TensorType* tensor;
};

/// `o.submit(kernel, no_dep(a), b)`: the task does not wait for earlier users of `a`; later tasks wait for
/// this one.
template <Element T>
NoDep<Tensor<T>> no_dep(const Tensor<T>& tensor) noexcept {
    return {&tensor};
}
inline NoDep<AnyTensor> no_dep(const AnyTensor& tensor) noexcept { return {&tensor}; }

}  // namespace weir
