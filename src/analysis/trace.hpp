// SPDX-License-Identifier: Apache-2.0
/// A recording as tracks of a trace viewer; the two writers turn it into files.
///
///     core 0 (AIC)            ####add####  ###mul###         a slice for each execution, from start to end
///     core 0 (AIC), staged        ====mul==                  from dispatch to start, where they differ
///     thread 1 (scheduler)    complete|dispatch|  ! park     phases, and instants
///     ready tasks             __/^^\__                       counters
///
/// Slices on a track never overlap: what does not fit behind the last one goes to a further track of the same
/// name with a number. Times are whole nanoseconds from the earliest time of the recording, or from the run's
/// start when nothing is before it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/recording.hpp"
#include "analysis/task_table.hpp"

namespace weir::analysis {

struct TraceEvent {
    std::int64_t begin = 0;
    std::int64_t end = 0;             ///< of slices; else as begin
    std::int64_t value = 0;           ///< of counters
    std::uint32_t name = kNone;       ///< of slices and instants, index into Trace::names
    std::uint32_t execution = kNone;  ///< that the slice is the work of
    std::uint32_t instant = kNone;    ///< index into Swimlane::instants
};

struct TraceTrack {
    std::string name;
    bool counts = false;
    std::vector<TraceEvent> events;  ///< begins rise
};

struct Trace {
    std::string title;
    std::vector<std::string> names;
    std::vector<TraceTrack> tracks;
    /// Arrows, by execution: numbers of those that begin and end there. An arrow has the number of its place
    /// here and leads from the execution of a producer that ended last to the first of the consumer.
    Adjacency arrows_out;
    Adjacency arrows_in;
    std::uint32_t arrows = 0;
};

/// `run` and `deps` may be null: then cores and threads are those that appear in `lane`, and there are no
/// arrows.
Trace make_trace(const Swimlane& lane, const RecordedRun* run, const Deps* deps);

}  // namespace weir::analysis
