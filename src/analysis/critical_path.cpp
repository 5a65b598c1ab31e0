// SPDX-License-Identifier: Apache-2.0
#include "analysis/critical_path.hpp"

#include <algorithm>
#include <unordered_map>

#include "analysis/scheduling_overhead.hpp"

namespace weir::analysis {

using Cause = CriticalPath::Cause;

Schedule::Schedule(const TaskTable& table, const RecordedRun* run)
    : table_(table), program_(table.lane(), run), makespan_(makespan_of(table.lane(), run)) {
    const std::vector<Execution>& rows = table.lane().executions;
    std::vector<Time> submits;
    find_submits(submits);
    for (std::size_t i = 0; i < table.tasks().size(); ++i) {
        const TaskSpan& task = table.tasks()[i];
        for (std::uint32_t row = task.first; row < task.first + task.count; ++row) {
            if (!rows[row].ran()) continue;
            Node node;
            node.execution = row;
            node.task = static_cast<std::uint32_t>(i);
            node.submitted = submits[i];
            nodes_.push_back(node);
        }
    }
    // Submits come in the order of rows, so producers stand before consumers that start at the same time.
    std::stable_sort(nodes_.begin(), nodes_.end(), [&](const Node& one, const Node& other) {
        return rows[one.execution].start < rows[other.execution].start;
    });
    places_.assign(rows.size(), kNone);
    std::unordered_map<std::uint32_t, std::uint32_t> last_on_core;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        Node& node = nodes_[i];
        places_[node.execution] = static_cast<std::uint32_t>(i);
        if (const std::uint32_t core = rows[node.execution].core; core != kNone) {
            const auto [place, first] = last_on_core.try_emplace(core, kNone);
            node.core_before = place->second;
            place->second = node.execution;
        }
        find_causes(node);
    }
}

/// The latest end among the producers of a task; unknown when it has none, or they are not known.
Time Schedule::producers_end(std::size_t task) const {
    if (table_.producers_missing(task)) return kUnknownTime;
    Time latest = kUnknownTime;
    for (const std::uint32_t producer : table_.producers(task)) {
        const Time end = table_.tasks()[producer].end;
        if (!known(end)) return kUnknownTime;
        latest = known(latest) ? std::max(latest, end) : end;
    }
    return latest;
}

/// The end of the last stretch of being held back that began in [submitted, before); else `submitted`.
Time Schedule::held_back_until(Time submitted, Time before) const {
    const auto& spans = program_.spans();
    auto span = std::lower_bound(spans.begin(), spans.end(), before,
                                 [](const ProgramThread::Span& one, Time time) { return one.begin < time; });
    for (; span != spans.begin() && (span - 1)->begin >= submitted; --span)
        if ((span - 1)->held_back) return std::min((span - 1)->end, before);
    return submitted;
}

void Schedule::find_submits(std::vector<Time>& submits) const {
    const std::vector<TaskSpan>& tasks = table_.tasks();
    submits.assign(tasks.size(), 0);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        const Execution& row = table_.lane().executions[tasks[i].first];
        Time time = known(row.ready) ? row.ready : row.submitted;
        if (const Time end = producers_end(i); known(end) && known(row.submitted)) {
            const Time submitted =
                known(row.ready) ? held_back_until(row.submitted, row.ready) : row.submitted;
            if (end >= submitted) time = submitted;
        }
        if (known(time)) submits[i] = std::max<Time>(time, 0);
    }
}

std::uint32_t Schedule::last_of_task(std::uint32_t task, Time before) {
    const auto [place, is_new] = ends_.try_emplace(task);
    auto& ends = place->second;
    if (is_new) {
        const TaskSpan& span = table_.tasks()[task];
        for (std::uint32_t row = span.first; row < span.first + span.count; ++row)
            if (table_.lane().executions[row].ran())
                ends.emplace_back(table_.lane().executions[row].end, row);
        std::sort(ends.begin(), ends.end());
    }
    auto next = std::upper_bound(ends.begin(), ends.end(), std::pair(before, kNone));
    // What took no time may begin where it ends; only what began earlier was there to be waited for.
    while (next != ends.begin())
        if (--next; table_.lane().executions[next->second].start < before) return next->second;
    return kNone;
}

void Schedule::find_causes(Node& node) {
    const std::vector<Execution>& rows = table_.lane().executions;
    const Time start = rows[node.execution].start;
    node.submitted = std::min(node.submitted, std::max<Time>(start, 0));
    Time latest = node.submitted;
    if (node.core_before != kNone) {
        const Time end = rows[node.core_before].end;
        if (end > start)
            node.core_before = kNone;  // the two overlap, so neither waited
        else if (end >= latest) {
            latest = end;
            node.waited_for = node.core_before;
            node.cause = Cause::core;
        }
    }
    for (const std::uint32_t producer : table_.producers(node.task)) {
        const TaskSpan& task = table_.tasks()[producer];
        for (std::uint32_t row = task.first; row < task.first + task.count; ++row) {
            if (!rows[row].ran() || rows[row].end > start || rows[row].end < latest) continue;
            latest = rows[row].end;
            node.waited_for = row;
            node.cause = Cause::producer;
        }
    }
    if (rows[node.execution].resumed) node.before_barrier = last_of_task(node.task, start);
    if (node.before_barrier != kNone && rows[node.before_barrier].end >= latest) {
        latest = rows[node.before_barrier].end;
        node.waited_for = node.before_barrier;
        node.cause = Cause::barrier;
    }
    node.scheduling = std::max<Time>(start - latest, 0);
}

CriticalPath Schedule::critical_path() const {
    const std::vector<Execution>& rows = table_.lane().executions;
    CriticalPath path;
    path.makespan = makespan_;
    std::uint32_t at = kNone;
    for (const Node& node : nodes_)
        if (at == kNone || rows[node.execution].end > rows[at].end) at = node.execution;
    const Time last_end = at == kNone ? 0 : std::max<Time>(rows[at].end, 0);
    path.behind = std::max<Time>(makespan_ - last_end, 0);
    Time reached = 0;  // of the program's thread
    while (at != kNone) {
        const Node& node = nodes_[places_[at]];
        const Time compute = rows[at].end - rows[at].start;
        path.links.push_back({at, node.cause, compute, node.scheduling});
        path.compute += compute;
        path.scheduling += node.scheduling;
        reached = node.submitted;
        at = node.cause == Cause::submit ? kNone : node.waited_for;
    }
    std::reverse(path.links.begin(), path.links.end());
    const ProgramThread::Split split = program_.up_to(reached);
    path.compute += split.compute;
    path.memory = split.memory;
    path.submit = split.submit;
    path.kernels_on_program_thread = split.kernels;
    path.scheduling += path.submit + path.behind;
    return path;
}

double Schedule::makespan_if(const WhatIf& change) const {
    const std::vector<Execution>& rows = table_.lane().executions;
    const ChangedClock clock(program_, change);
    std::vector<double> ends(rows.size());
    double last = 0;
    Time recorded_last = 0;
    for (const Node& node : nodes_) {
        const Execution& row = rows[node.execution];
        double start = clock(node.submitted);
        if (node.core_before != kNone) start = std::max(start, ends[node.core_before]);
        if (node.before_barrier != kNone) start = std::max(start, ends[node.before_barrier]);
        for (const std::uint32_t producer : table_.producers(node.task)) {
            const TaskSpan& task = table_.tasks()[producer];
            for (std::uint32_t i = task.first; i < task.first + task.count; ++i)
                if (rows[i].ran() && rows[i].end <= row.start) start = std::max(start, ends[i]);
        }
        if (!change.scheduling_free) start += static_cast<double>(node.scheduling);
        const bool faster = change.kernel != kNone && row.kernel == change.kernel;
        ends[node.execution] =
            start + static_cast<double>(row.end - row.start) * (faster ? change.factor : 1);
        last = std::max(last, ends[node.execution]);
        recorded_last = std::max(recorded_last, row.end);
    }
    // The program goes on to its end on its own thread, and after the last execution in either case.
    const Time behind = std::max<Time>(makespan_ - recorded_last, 0);
    if (change.scheduling_free) return last;
    return last + static_cast<double>(behind);
}

}  // namespace weir::analysis
