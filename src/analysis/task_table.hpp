// SPDX-License-Identifier: Apache-2.0
/// Executions put together to tasks, and the tasks that each waited for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/recording.hpp"

namespace weir::analysis {

/// A task: neighbouring executions of one running number.
struct TaskSpan {
    std::uint32_t first = 0;  ///< execution
    std::uint32_t count = 0;
    Time submitted = kUnknownTime;
    Time start = kUnknownTime;     ///< earliest of its executions
    Time end = kUnknownTime;       ///< latest; unknown when one of them is
    Time observed = kUnknownTime;  ///< latest
};

/// Lists of numbers, one for each of 0, 1, ...: flat, in the order in which they were added.
class Adjacency {
public:
    /// `pairs`: (of whom, number).
    struct Pair {
        std::uint32_t of;
        std::uint32_t number;
    };
    Adjacency() = default;
    Adjacency(std::size_t lists, std::span<const Pair> pairs);

    [[nodiscard]] std::span<const std::uint32_t> of(std::size_t list) const {
        return std::span(numbers_).subspan(first_[list], first_[list + 1] - first_[list]);
    }

private:
    std::vector<std::size_t> first_;
    std::vector<std::uint32_t> numbers_;
};

class TaskTable {
public:
    /// `deps`: null when who waited for whom was not recorded. Edges of tasks that are not in `lane` are left
    /// out, and so are those that only keep memory. Without `deps` a task that became ready behind its submit
    /// has one producer at most: the task submitted last before it that ended at just that time, since being
    /// ready is recorded with the very time stamp of that end (docs/formats.md).
    TaskTable(const Swimlane& lane, const Deps* deps);

    [[nodiscard]] const std::vector<TaskSpan>& tasks() const noexcept { return tasks_; }
    [[nodiscard]] std::span<const Execution> executions(const TaskSpan& task) const {
        return std::span(lane_.executions).subspan(task.first, task.count);
    }
    [[nodiscard]] std::span<const std::uint32_t> producers(std::size_t task) const {
        return producers_.of(task);
    }
    /// Some producer of the task is not in the record, so when it became ready cannot be told from them.
    [[nodiscard]] bool producers_missing(std::size_t task) const { return missing_[task]; }
    [[nodiscard]] const Swimlane& lane() const noexcept { return lane_; }

private:
    void gather();
    void connect(const Deps& deps);
    void connect_by_times();

    const Swimlane& lane_;
    std::vector<TaskSpan> tasks_;
    Adjacency producers_;
    std::vector<bool> missing_;
};

}  // namespace weir::analysis
