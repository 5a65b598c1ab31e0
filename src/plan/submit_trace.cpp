// SPDX-License-Identifier: Apache-2.0
#include "plan/submit_trace.hpp"

#include <algorithm>
#include <limits>

namespace weir {

SubmitTrace::SubmitTrace(std::uint64_t most_tasks) : most_tasks_(std::min(most_tasks, kMostTraceTasks)) {}

void SubmitTrace::add_edge(std::uint32_t task, bool waits, bool keeps) {
    if (!full()) pending_.emplace_back(task, waits, keeps);
}

void SubmitTrace::submit(TraceTask task) {
    if (full()) return;
    // An edge is found by 32 bits.
    if (edges_.size() + pending_.size() > std::numeric_limits<std::uint32_t>::max()) {
        most_tasks_ = tasks_.size();
        return;
    }
    Sums& sums = sums_[task.ring];
    task.number = static_cast<std::uint32_t>(++sums.tasks);
    task.first_edge = static_cast<std::uint32_t>(edges_.size());
    sums.edges += pending_.size();
    sums.heap_bytes += task.heap_bytes;
    sums.payload_bytes += task.payload_bytes;
    sums.largest_payload = std::max<std::uint64_t>(sums.largest_payload, task.payload_bytes);
    tensormap_entries_ += task.tensormap_entries;
    most_tensormap_entries_ = std::max<std::uint64_t>(most_tensormap_entries_, task.tensormap_entries);
    edges_.insert(edges_.end(), pending_.begin(), pending_.end());
    pending_.clear();
    tasks_.push_back(task);
    steps_.push_back(Step::submit);
}

void SubmitTrace::wait() {
    if (full() || pending_.empty()) return;
    wait_edges_.insert(wait_edges_.end(), pending_.begin(), pending_.end());
    pending_.clear();
    wait_ends_.push_back(static_cast<std::uint32_t>(wait_edges_.size()));
    steps_.push_back(Step::wait);
}

std::span<const TraceEdge> SubmitTrace::edges_of_task(std::size_t task) const noexcept {
    const std::size_t begin = tasks_[task].first_edge;
    const std::size_t end = task + 1 < tasks_.size() ? tasks_[task + 1].first_edge : edges_.size();
    return std::span(edges_).subspan(begin, end - begin);
}

std::span<const TraceEdge> SubmitTrace::edges_of_wait(std::size_t wait) const noexcept {
    const std::size_t begin = wait == 0 ? 0 : wait_ends_[wait - 1];
    return std::span(wait_edges_).subspan(begin, wait_ends_[wait] - begin);
}

}  // namespace weir
