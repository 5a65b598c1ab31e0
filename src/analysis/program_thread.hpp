// SPDX-License-Identifier: Apache-2.0
/// What the thread that runs the program did from the run's start up to a time: wait for memory, run kernels,
/// or anything else, which is submitting and the program's own work.
///
///     kernels on that thread    ======  ==
///     held back              ####          ####       what lies in both counts as kernels: the thread works
///     the rest           ----         --  -    ---
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/recording.hpp"

namespace weir::analysis {

/// A change to a run that did not happen; one of them at a time.
struct WhatIf {
    bool scheduling_free = false;  ///< what is ready starts, and submitting takes no time
    bool rings_unbounded = false;  ///< no submit is held back
    std::uint32_t kernel = kNone;  ///< this kernel takes
    double factor = 1;             ///< so much of its time
};

class ProgramThread {
public:
    /// A stretch of time in which the thread did one thing.
    struct Span {
        Time begin;
        Time end;
        bool held_back;
        std::uint32_t kernel;
    };
    /// `run` may be null: then thread 0 is the program's. Held back are the instants "held_back" with their
    /// durations; where there are none, the phases of that name.
    ProgramThread(const Swimlane& lane, const RecordedRun* run);

    struct Split {
        Time compute = 0;
        Time memory = 0;
        Time submit = 0;            ///< the rest
        std::uint64_t kernels = 0;  ///< stretches of kernels that ended in it
    };
    /// The stretch [0, until].
    [[nodiscard]] Split up_to(Time until) const;
    /// Apart from each other, in order.
    [[nodiscard]] const std::vector<Span>& spans() const noexcept { return spans_; }

private:
    void add_kernels(const Swimlane& lane, const RecordedRun* run);
    void add_held_back(const Swimlane& lane);

    std::uint32_t thread_ = 0;
    std::vector<Span> spans_;
};

/// When the thread would be where it was at a time.
class ChangedClock {
public:
    ChangedClock(const ProgramThread& thread, const WhatIf& change);
    [[nodiscard]] double operator()(Time time) const;

private:
    [[nodiscard]] double part(const ProgramThread::Span& span, Time length) const;

    const std::vector<ProgramThread::Span>& spans_;
    WhatIf change_;
    std::vector<double> at_end_;  // of each span
};

}  // namespace weir::analysis
