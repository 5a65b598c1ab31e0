// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/early_dispatch.hpp"

namespace weir::chip {

namespace {

/// Whether each block of it may start on its own, as soon as the producers have completed.
bool can_be_staged(const TaskSlot& task) noexcept {
    const LaunchRecord& launch = *launch_of(task);
    return launch.predicate.element == nullptr && !(launch.sync_start && launch.blocks > 1);
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
    return record.waits == 0 && some_run && list(task);
}

TaskSlot& EarlyDispatch::first_of(const List& list) noexcept {
    return *list.lines[static_cast<std::size_t>(std::bit_width(list.levels)) - 1].first;
}

ClaimedCalls EarlyDispatch::claim(List& list, TaskSlot& task, std::uint32_t calls) noexcept {
    const ClaimedCalls claimed = launch_of(task)->claim(calls);
    list.calls.fetch_sub(claimed.count, std::memory_order_relaxed);  // relaxed: a hint
    if (!claimed.some_left) unlist(task);
    return claimed;
}

bool EarlyDispatch::take(CoreKind kind, Order& order) noexcept {
    const std::lock_guard lock(mutex_);
    List& list = lists_[static_cast<std::size_t>(kind)];
    if (list.levels == 0) return false;
    TaskSlot& task = first_of(list);
    order = {&task, claim(list, task, 1).first, &early_of(task)->gate};
    return true;
}

std::uint32_t EarlyDispatch::take_block(Needs needs, std::span<Order, kClusterCores> orders) noexcept {
    const std::lock_guard lock(mutex_);
    List& list = list_of(ResourceShape::mix);
    if (list.levels == 0 || !(this->needs() == needs)) return 0;
    TaskSlot& task = first_of(list);
    const ClaimedCalls block = claim(list, task, launch_of(task)->subtasks);
    for (std::uint32_t i = 0; i < block.count; ++i)
        orders[i] = {&task, block.first + i, &early_of(task)->gate};
    return block.count;
}

bool EarlyDispatch::dispatched(TaskSlot& task) noexcept {
    EarlyRecord* const record = early_of(task);
    if (record == nullptr) return false;
    const std::lock_guard lock(mutex_);
    return --record->until_running == 0 && tell_consumers(task);
}

/// They wait no more for this one to run. True when some are listed because of that.
bool EarlyDispatch::tell_consumers(TaskSlot& task) noexcept {
    bool listed = false;
    // deps-2 acquire: the fields of each edge. None is taken away while the task has not completed.
    const std::uintptr_t first = task.entry->fanout.load(std::memory_order_acquire);
    for (auto* edge = reinterpret_cast<const DepEntry*>(first); edge != nullptr; edge = edge->next) {
        EarlyRecord* const record = early_of(*edge->consumer);
        if (record != nullptr && record->wired && --record->waits == 0) listed |= list(*edge->consumer);
    }
    return listed;
}

EarlyDispatch::List& EarlyDispatch::list_of(const TaskSlot& task) noexcept {
    return list_of(launch_of(task)->shape);
}

/// Tells control threads which cores the next block of a mixed task takes.
void EarlyDispatch::publish_needs() noexcept {
    const List& list = list_of(ResourceShape::mix);
    const std::uint32_t word = list.levels == 0 ? 0 : Needs::of(launch_of(first_of(list))->kernels).word();
    needs_.store(word, std::memory_order_relaxed);  // relaxed: a hint; under the lock it is exact
}

bool EarlyDispatch::list(TaskSlot& task) noexcept {
    if (!can_be_staged(task)) return false;
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
    publish_needs();
    return true;
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
    publish_needs();
}

}  // namespace weir::chip
