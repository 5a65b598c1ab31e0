// SPDX-License-Identifier: Apache-2.0
/// Who runs which task when in a simulated run: Scheduler::take, execute and run_some with events instead of
/// kernels.
#include <algorithm>
#include <utility>

#include "plan/simulated_memory.hpp"
#include "plan/simulated_run.hpp"

namespace weir {

const TraceTask& SimulatedRun::task_of(const TaskSlot& slot) const noexcept {
    return trace_.tasks()[slot.entry->kernel_id];
}

TaskEntry& SimulatedRun::entry_of(std::uint32_t task) noexcept {
    const TraceTask& found = trace_.tasks()[task];
    return ring(found.ring).entry(found.number);
}

bool SimulatedRun::completed(std::uint32_t task) noexcept {
    const TraceTask& found = trace_.tasks()[task];
    return ring(found.ring).completed(found.number);
}

void SimulatedRun::push(int thread, TaskSlot& task, std::uint64_t now) {
    if (task.priority != 0 || !threads_[static_cast<std::size_t>(thread)].ready.push(task))
        overflow_->push(task);
    ++ready_;
    if (workless_.empty()) return;
    const int idle = workless_.back();
    workless_.pop_back();
    start(idle, *take(idle), now);
}

TaskSlot* SimulatedRun::take(int thread) {
    if (ready_ == 0) return nullptr;
    --ready_;
    if (TaskSlot* urgent = overflow_->take(1)) return urgent;
    for (int i = 0; i < thread_count_; ++i) {
        const int victim = (thread + i) % thread_count_;
        if (TaskSlot* task = threads_[static_cast<std::size_t>(victim)].ready.take()) return task;
    }
    return overflow_->take(kMinPriority);
}

void SimulatedRun::start(int thread, TaskSlot& task, std::uint64_t now) {
    Lifecycle::start(task);
    threads_[static_cast<std::size_t>(thread)].running = &task;
    events_.emplace(now + task_of(task).duration_ns, thread);
}

TaskSlot* SimulatedRun::finish(int thread, TaskSlot& task, std::uint64_t now) {
    --in_flight_;
    tensormap_in_flight_ -= task_of(task).tensormap_entries;
    TaskSlot* successor = nullptr;
    Lifecycle::complete(task, [&](TaskSlot& ready) {
        if (successor == nullptr)
            successor = &ready;
        else if (ready.priority > successor->priority)
            push(thread, *std::exchange(successor, &ready), now);
        else
            push(thread, ready, now);
    });
    lifecycle_.release(task);
    if (successor != nullptr && successor->priority < kMaxPriority)
        if (TaskSlot* urgent = overflow_->take(successor->priority + 1)) {
            --ready_;
            push(thread, *std::exchange(successor, urgent), now);
        }
    return successor;
}

void SimulatedRun::handle_event() {
    const auto [time, thread] = events_.top();
    events_.pop();
    TaskSlot* const done = std::exchange(threads_[static_cast<std::size_t>(thread)].running, nullptr);
    TaskSlot* next = finish(thread, *done, time);
    if (next == nullptr) next = take(thread);
    if (next != nullptr)
        start(thread, *next, time);
    else
        workless_.push_back(thread);
}

void SimulatedRun::spend(std::uint64_t ns) {
    now_ += ns;
    while (!events_.empty() && events_.top().first <= now_) handle_event();
}

TaskSlot* SimulatedRun::run_here(TaskSlot& task) {
    Lifecycle::start(task);
    spend(task_of(task).duration_ns);
    return finish(0, task, now_);
}

void SimulatedRun::wait_or_help() {
    if (TaskSlot* task = take(0)) {
        while (task != nullptr && !over()) task = run_here(*task);
        return;
    }
    stuck_ = events_.empty();
    if (stuck_) return;
    now_ = events_.top().first;
    if (!over()) spend(0);
}

}  // namespace weir
