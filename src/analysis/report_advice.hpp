// SPDX-License-Identifier: Apache-2.0
/// The three changes of kernels, program or sizes that would shorten a recorded run most, by what the run
/// would have taken without what each is about (critical_path.hpp).
#pragma once

#include <string>
#include <vector>

#include "analysis/core_time.hpp"
#include "analysis/critical_path.hpp"
#include "analysis/kernel_statistics.hpp"
#include "analysis/recording.hpp"

namespace weir::analysis {

struct Advice {
    std::string title;
    std::string text;          ///< why, with the numbers
    Time gain = kUnknownTime;  ///< how much shorter the run would be, on the recorded schedule
    std::string paste;         ///< options to try; empty: none
    std::string section;       ///< of the page, that shows it
    std::string search;        ///< to find there; empty: nothing
};

inline constexpr std::size_t kMostAdvices = 3;
/// A smaller share of the makespan is not worth a change.
inline constexpr double kLeastGain = 0.001;
/// Idle cores are worth a word from this share of their time on.
inline constexpr double kLeastIdle = 0.1;

struct AdviceInput {
    const RecordedRun* run;  ///< may be null
    const Swimlane& lane;
    const Schedule& schedule;
    const std::vector<KernelStatistics>& kernels;
    const std::vector<CoreTime>& core_times;
};

/// The largest gain first; what has none that could be told comes last.
std::vector<Advice> advise(const AdviceInput& input);

}  // namespace weir::analysis
