// SPDX-License-Identifier: Apache-2.0
/// Rows of tasks that make calls: one for each stretch of a call on a core.
#include <algorithm>
#include <tuple>

#include "recording/run_tables.hpp"

namespace weir::recording {

const LaunchRow* RunTables::launch_of(std::uint64_t task) const noexcept {
    const auto found =
        std::lower_bound(launches_.begin(), launches_.end(), task,
                         [](const LaunchRow& row, std::uint64_t sought) { return row.task < sought; });
    return found != launches_.end() && found->task == task ? &*found : nullptr;
}

std::uint32_t RunTables::kernel_of(const TaskRow& row) const noexcept {
    if (row.slot >= kSlots) return row.kernel;
    const LaunchRow* const launch = launch_of(row.task);
    return launch != nullptr ? launch->kernels[row.slot] : kNone;
}

void RunTables::take_subtask(Head head, Words words) {
    if (head.b >= kSlots) return;
    if (launches_.empty() || launches_.back().task != words[0]) launches_.emplace_back().task = words[0];
    launches_.back().kernels[head.b] = kernels_.index_of(head.a);
}

void RunTables::take_call(std::uint32_t thread, Head head, Words words) {
    const std::uint32_t index = row_of(words[0]);
    if (index == kNone || words[1] < origin_ || head.b >> kSlotShift >= kSlots) return;
    TaskRow* row = &tasks_[index];
    if (row->start != 0) {
        const TaskRow first = *row;
        row = &calls_.emplace_back(first);
    }
    row->thread = thread;
    row->core = head.a;
    row->block = head.b & ((1U << kSlotShift) - 1);
    row->slot = static_cast<std::uint8_t>(head.b >> kSlotShift);
    row->dispatched = words[1];
    row->start = words[2];
    row->end = words[3];
    row->observed = words[4];
    note(std::max(words[3], words[4]));
}

void RunTables::take_last_call(std::uint32_t thread, Head head, Words words) {
    if ((head.flags & kSkipped) != 0) {
        TaskRow& row = tasks_[row_of(words[0])];
        row.thread = thread;
        row.dispatched = row.start = row.end = words[3];
        row.observed = words[4];
        return;
    }
    LaunchRow* const launch = launch_of(words[0]);
    if (launch == nullptr) return;
    launch->thread = thread;
    launch->observed = words[4];
}

/// A thread tells of what a task has made ready before it tells of the task.
void RunTables::take_ready_by_calls(std::uint32_t thread, Head head, Words words) {
    if (thread >= made_ready_.size()) return;
    std::vector<std::uint32_t>& rows = made_ready_[thread];
    if ((head.flags & kOfCalls) != 0)
        for (const std::uint32_t row : rows) ready_by_calls_.push_back({row, words[0]});
    rows.clear();
}

/// The call that was seen last need not be the one that ended last: what waited for the task was ready then.
void RunTables::finish_ready() {
    for (const TaskRow& call : calls_)
        if (LaunchRow* const launch = launch_of(call.task); launch != nullptr)
            launch->end = std::max({launch->end, tasks_[row_of(call.task)].end, call.end});
    for (const auto& [row, producer] : ready_by_calls_)
        if (const LaunchRow* const launch = launch_of(producer); launch != nullptr)
            tasks_[row].ready = std::max(tasks_[row].ready, launch->end);
}

/// What the task's calls have in common; and who saw its last one end saw the task complete.
void RunTables::finish_calls() {
    for (TaskRow& call : calls_) {
        const TaskRow& first = tasks_[row_of(call.task)];
        call.ready = first.ready;
        call.released = first.released;
        call.consumed = first.consumed;
        order_stamps(call);
    }
    const auto observe = [this](TaskRow& row) {
        if (row.slot == kNoSlot || row.observed != 0) return;
        const LaunchRow* const launch = launch_of(row.task);
        if (launch != nullptr && row.thread == launch->thread && row.end >= launch->end)
            row.observed = launch->observed;
    };
    for (TaskRow& row : tasks_) observe(row);
    for (TaskRow& call : calls_) observe(call);
    const auto order = [this](const TaskRow& one, const TaskRow& other) {
        return std::tuple(row_of(one.task), one.block, one.slot, one.start) <
               std::tuple(row_of(other.task), other.block, other.slot, other.start);
    };
    std::sort(calls_.begin(), calls_.end(), order);
}

}  // namespace weir::recording
