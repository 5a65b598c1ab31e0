// SPDX-License-Identifier: Apache-2.0
#include "analysis/task_table.hpp"

#include <algorithm>
#include <unordered_map>

namespace weir::analysis {

namespace {

Time later(Time one, Time other) { return !known(one) ? other : !known(other) ? one : std::max(one, other); }
Time earlier(Time one, Time other) {
    return !known(one) ? other : !known(other) ? one : std::min(one, other);
}

/// Ring and running number, which has at most 61 bits, in one word.
std::uint64_t key_of(std::uint32_t ring, std::uint64_t id) { return id * kRings + ring; }

}  // namespace

Adjacency::Adjacency(std::size_t lists, std::span<const Pair> pairs) : first_(lists + 1) {
    for (const Pair& pair : pairs) ++first_[pair.of + 1];
    for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
    numbers_.resize(pairs.size());
    std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
    for (const Pair& pair : pairs) numbers_[next[pair.of]++] = pair.number;
}

TaskTable::TaskTable(const Swimlane& lane, const Deps* deps) : lane_(lane) {
    gather();
    missing_.resize(tasks_.size());
    if (deps != nullptr)
        connect(*deps);
    else
        connect_by_times();
}

void TaskTable::gather() {
    const std::vector<Execution>& rows = lane_.executions;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Execution& row = rows[i];
        if (i == 0 || !row.same_task(rows[i - 1])) {
            tasks_.push_back(
                {static_cast<std::uint32_t>(i), 1, row.submitted, row.start, row.end, row.observed});
            continue;
        }
        TaskSpan& task = tasks_.back();
        ++task.count;
        task.submitted = earlier(task.submitted, row.submitted);
        task.start = earlier(task.start, row.start);
        task.end = known(task.end) && known(row.end) ? std::max(task.end, row.end) : kUnknownTime;
        task.observed = later(task.observed, row.observed);
    }
}

void TaskTable::connect(const Deps& deps) {
    std::unordered_map<std::uint64_t, std::uint32_t> by_id;
    by_id.reserve(tasks_.size());
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
        const Execution& row = lane_.executions[tasks_[i].first];
        by_id.emplace(key_of(row.ring, row.id), static_cast<std::uint32_t>(i));
    }
    std::vector<std::uint32_t> task_of(deps.tasks.size(), kNone);
    for (std::size_t i = 0; i < deps.tasks.size(); ++i) {
        const auto found = by_id.find(key_of(deps.tasks[i].ring, deps.tasks[i].id));
        if (found != by_id.end()) task_of[i] = found->second;
    }
    std::vector<Adjacency::Pair> pairs;
    pairs.reserve(deps.edges.size());
    for (const Edge& edge : deps.edges) {
        const std::uint32_t consumer = task_of[edge.consumer];
        const std::uint32_t producer = task_of[edge.producer];
        if (consumer == kNone || edge.kind == EdgeKind::scope) continue;
        if (producer == kNone)
            missing_[consumer] = true;
        else if (producer < consumer)  // else the two files are not of one run, or rows are out of order
            pairs.push_back({consumer, producer});
    }
    producers_ = Adjacency(tasks_.size(), pairs);
}

void TaskTable::connect_by_times() {
    std::vector<std::pair<Time, std::uint32_t>> ends;
    for (std::size_t i = 0; i < tasks_.size(); ++i)
        if (known(tasks_[i].end)) ends.emplace_back(tasks_[i].end, static_cast<std::uint32_t>(i));
    std::sort(ends.begin(), ends.end());
    std::vector<Adjacency::Pair> pairs;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
        const Execution& row = lane_.executions[tasks_[i].first];
        if (!known(row.ready) || !known(row.submitted) || row.ready <= row.submitted) continue;
        const auto consumer = static_cast<std::uint32_t>(i);
        const auto next = std::lower_bound(ends.begin(), ends.end(), std::pair(row.ready, consumer));
        if (next != ends.begin() && (next - 1)->first == row.ready)
            pairs.push_back({consumer, (next - 1)->second});
    }
    producers_ = Adjacency(tasks_.size(), pairs);
}

}  // namespace weir::analysis
