// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/early_dispatch.hpp"

namespace weir::chip {

namespace {

/// Whether each call of it takes one core and may start on its own, as soon as the producers have completed.
bool can_be_staged(const TaskSlot& task) noexcept {
    const LaunchRecord& launch = *launch_of(task);
    return launch.shape != ResourceShape::mix && launch.predicate.element == nullptr &&
           !(launch.sync_start && launch.calls() > 1);
}

std::size_t level_of(const TaskSlot& task) noexcept {
    return static_cast<std::size_t>(task.priority - kMinPriority);
}

}  // namespace

bool EarlyDispatch::wired(TaskSlot& task, UnfinishedProducers& producers) noexcept {
    EarlyRecord& record = *early_of(task);
    const std::lock_guard lock(mutex_);
    bool some_run = false;
    while (const TaskSlot* const producer = producers.next()) {
        if (runs(*producer))
            some_run = true;
        else
            ++record.waits;
    }
    record.wired = true;
    // With no producer left it is about to become ready.
    if (record.waits != 0 || !some_run) return false;
    list(task);
    return record.listed;
}

bool EarlyDispatch::take(CoreKind kind, Order& order) noexcept {
    const std::lock_guard lock(mutex_);
    List& list = lists_[static_cast<std::size_t>(kind)];
    if (list.levels == 0) return false;
    TaskSlot& task = *list.lines[static_cast<std::size_t>(std::bit_width(list.levels)) - 1].first;
    const ClaimedCalls claimed = launch_of(task)->claim(1);
    list.calls.fetch_sub(1, std::memory_order_relaxed);  // relaxed: a hint
    if (!claimed.some_left) unlist(task);
    order = {&task, claimed.first, &early_of(task)->open};
    return true;
}

void EarlyDispatch::dispatched(TaskSlot& task) noexcept {
    EarlyRecord* const record = early_of(task);
    if (record == nullptr) return;
    const std::lock_guard lock(mutex_);
    if (--record->until_running == 0) tell_consumers(task);
}

/// They wait no more for this one to run.
void EarlyDispatch::tell_consumers(TaskSlot& task) noexcept {
    // deps-2 acquire: the fields of each edge. None is taken away while the task has not completed.
    const std::uintptr_t first = task.entry->fanout.load(std::memory_order_acquire);
    for (auto* edge = reinterpret_cast<const DepEntry*>(first); edge != nullptr; edge = edge->next) {
        EarlyRecord* const record = early_of(*edge->consumer);
        if (record != nullptr && record->wired && --record->waits == 0) list(*edge->consumer);
    }
}

EarlyDispatch::List& EarlyDispatch::list_of(const TaskSlot& task) noexcept {
    return lists_[static_cast<std::size_t>(launch_of(task)->shape == ResourceShape::aic ? CoreKind::aic
                                                                                        : CoreKind::aiv)];
}

void EarlyDispatch::list(TaskSlot& task) noexcept {
    if (!can_be_staged(task)) return;
    EarlyRecord& record = *early_of(task);
    List& list = list_of(task);
    Line& line = list.lines[level_of(task)];
    record.listed = true;
    record.previous = line.last;
    record.next = nullptr;
    (line.last != nullptr ? early_of(*line.last)->next : line.first) = &task;
    line.last = &task;
    list.levels |= 1U << level_of(task);
    list.calls.fetch_add(launch_of(task)->unclaimed, std::memory_order_relaxed);  // relaxed: a hint
}

void EarlyDispatch::unlist(TaskSlot& task) noexcept {
    EarlyRecord& record = *early_of(task);
    List& list = list_of(task);
    Line& line = list.lines[level_of(task)];
    record.listed = false;
    (record.previous != nullptr ? early_of(*record.previous)->next : line.first) = record.next;
    (record.next != nullptr ? early_of(*record.next)->previous : line.last) = record.previous;
    if (line.first == nullptr) list.levels &= ~(1U << level_of(task));
    list.calls.fetch_sub(launch_of(task)->unclaimed, std::memory_order_relaxed);  // relaxed: a hint
}

}  // namespace weir::chip
