// SPDX-License-Identifier: Apache-2.0
/// A graph of tasks in program order that grows at its end, and what lies behind a task in it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace weir::analysis {

/// Tasks are added in the order of their rows, each with the earlier tasks that it comes behind.
class Predecessors {
public:
    explicit Predecessors(std::size_t tasks) : noted_(tasks, 0), visited_(tasks, 0) {
        first_.reserve(tasks + 1);
        first_.push_back(0);
    }

    /// Of the task that is being added.
    void add(std::uint32_t predecessor) {
        if (noted_[predecessor] == mark()) return;
        noted_[predecessor] = mark();
        predecessors_.push_back(predecessor);
    }
    [[nodiscard]] bool has(std::uint32_t predecessor) const { return noted_[predecessor] == mark(); }
    /// Those added so far of the task that is being added.
    [[nodiscard]] std::span<const std::uint32_t> current() const {
        return std::span(predecessors_).subspan(first_.back());
    }
    void next() { first_.push_back(predecessors_.size()); }

    /// Which of `sought`, earlier tasks, the task that is being added does not come behind. Looks at no task
    /// before the first of them.
    [[nodiscard]] std::vector<std::uint32_t> unreached(std::vector<std::uint32_t> sought);

private:
    /// Of the task that is being added: its number from 1.
    [[nodiscard]] std::uint32_t mark() const { return static_cast<std::uint32_t>(first_.size()); }

    std::vector<std::size_t> first_;
    std::vector<std::uint32_t> predecessors_;
    std::vector<std::uint32_t> noted_;    // by task: of whom it was noted last
    std::vector<std::uint32_t> visited_;  // by task: in which search
    std::uint32_t searches_ = 0;
};

}  // namespace weir::analysis
