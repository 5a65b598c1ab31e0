// SPDX-License-Identifier: Apache-2.0
/// A recording as the tables of a report page.
#pragma once

#include "analysis/recording.hpp"
#include "analysis/report_encoding.hpp"

namespace weir::analysis {

/// Which row of the table of tasks a task has. The table holds the executions, in their order, and behind
/// them the tasks that were recorded with their dependencies only.
class TaskRows {
public:
    TaskRows(const Swimlane& swimlane, const Deps& deps);

    [[nodiscard]] std::size_t rows() const noexcept { return executions_ + only_deps_.size(); }
    /// Of a task of `deps`: its first row.
    [[nodiscard]] std::uint32_t of_task(std::uint32_t task) const { return rows_[task]; }
    /// Tasks of `deps` that have no execution.
    [[nodiscard]] const std::vector<std::uint32_t>& only_deps() const noexcept { return only_deps_; }

private:
    std::size_t executions_;
    std::vector<std::uint32_t> rows_;
    std::vector<std::uint32_t> only_deps_;
};

/// Names of kernels, and source sites, of both files of a recording as one list.
class JoinedNames {
public:
    JoinedNames(const Swimlane& swimlane, const Deps& deps);

    /// Of an index into the lists of `deps`; kNone stays.
    [[nodiscard]] std::uint32_t kernel_of_deps(std::uint32_t kernel) const;
    [[nodiscard]] std::uint32_t site_of_deps(std::uint32_t site) const;
    [[nodiscard]] const std::vector<KernelName>& kernels() const noexcept { return kernels_; }
    [[nodiscard]] const std::vector<std::string>& sites() const noexcept { return sites_; }

private:
    std::vector<KernelName> kernels_;
    std::vector<std::string> sites_;
    std::vector<std::uint32_t> kernel_of_deps_;
    std::vector<std::uint32_t> site_of_deps_;
};

/// Resources that instants name, each once.
std::vector<std::string> resources_of(const Swimlane& swimlane);

/// All tables, with times in units of `tick`.
ReportTables report_tables(const Swimlane& swimlane, const Deps& deps, const TaskRows& rows,
                           const JoinedNames& names, const std::vector<std::string>& resources, Time tick);

}  // namespace weir::analysis
