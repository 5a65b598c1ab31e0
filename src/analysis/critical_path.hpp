// SPDX-License-Identifier: Apache-2.0
/// The chain of executions that makes up the makespan, and what the makespan would be if things were
/// different.
///
/// An execution starts after three things: its task's producers have ended, what ran before it on its core
/// has ended, and the program had submitted it. The latest of the three is what it waited for; the time from
/// there to its start is scheduling. What goes on behind a barrier waited for the execution of its task that
/// ended last before. Of producers and cores only those count that ended before the start.
/// A task whose producers ended before its submit began, or was last held back, was submitted when it was
/// recorded as ready; so was one of which no producer is known. Any other was submitted when its submit
/// began, or was last held back: what it waited for then is a producer.
///
/// The chain begins at the execution that ends last and goes back from what each waited for. Where it comes
/// to the program's submit the rest, from the run's start, is the program's thread: kernels it ran are
/// compute, being held back without running one is waiting for memory, everything else is scheduling. The
/// time from the last end to the makespan is scheduling too. So the three add up to the makespan.
///
/// What would be: all executions are gone through in the order of their starts, each starts when the latest
/// of its three things would have been, plus the scheduling time that it had. Which core runs what, in which
/// order, and how long submits were held back stay as recorded unless the change is about them. Without a
/// change the recorded makespan comes out.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/program_thread.hpp"
#include "analysis/recording.hpp"
#include "analysis/task_table.hpp"

namespace weir::analysis {

struct CriticalPath {
    /// What a link of the chain waited for.
    enum class Cause : std::uint8_t { submit, producer, core, barrier };
    struct Link {
        std::uint32_t execution;
        Cause cause;
        Time compute;
        Time scheduling;  ///< from what it waited for to its start
    };
    Time makespan = 0;
    Time compute = 0;
    Time memory = 0;
    Time scheduling = 0;                          ///< with the two below in it
    Time submit = 0;                              ///< the program's thread, neither in kernels nor held back
    Time behind = 0;                              ///< from the last end to the makespan
    std::uint64_t kernels_on_program_thread = 0;  ///< at the beginning of the chain
    std::vector<Link> links;                      ///< first to last
};

class Schedule {
public:
    /// `run` may be null.
    Schedule(const TaskTable& table, const RecordedRun* run);

    [[nodiscard]] CriticalPath critical_path() const;
    /// In picoseconds.
    [[nodiscard]] double makespan_if(const WhatIf& change) const;

private:
    /// What an execution waited for; kNone where there is no such thing.
    struct Node {
        std::uint32_t execution;
        std::uint32_t task;
        std::uint32_t core_before = kNone;     // execution
        std::uint32_t before_barrier = kNone;  // execution; of a call that goes on
        Time submitted = 0;
        Time scheduling = 0;
        std::uint32_t waited_for = kNone;  // execution
        CriticalPath::Cause cause = CriticalPath::Cause::submit;
    };
    [[nodiscard]] Time producers_end(std::size_t task) const;
    [[nodiscard]] Time held_back_until(Time submitted, Time before) const;
    /// When the program had submitted each task, 0 where nothing is known of it.
    void find_submits(std::vector<Time>& submits) const;
    void find_causes(Node& node);
    /// The execution of the same task that ended last before this time.
    [[nodiscard]] std::uint32_t last_of_task(std::uint32_t task, Time before);

    const TaskTable& table_;
    ProgramThread program_;
    Time makespan_;
    std::vector<Node> nodes_;            // by start
    std::vector<std::uint32_t> places_;  // of executions among the nodes
    /// Of tasks with calls that go on: ends of executions, and these, in order.
    std::unordered_map<std::uint32_t, std::vector<std::pair<Time, std::uint32_t>>> ends_;
};

}  // namespace weir::analysis
