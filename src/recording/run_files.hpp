// SPDX-License-Identifier: Apache-2.0
/// The JSON files of a recorded run (docs/formats.md), written piece by piece.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "recording/run_tables.hpp"

namespace weir::recording {

/// Takes text in order.
using Sink = std::function<void(std::string_view)>;

/// What a run that got to its end tells besides its recording. JSON texts; times in microseconds.
struct RunFacts {
    bool fatal = false;
    std::string error;  ///< empty: none
    double makespan_us = 0;
    std::uint64_t tasks = 0;
    std::uint64_t tasks_in_place = 0;
    std::uint64_t tasks_helped = 0;
    std::uint64_t times_held_back = 0;
    double held_back_us = 0;
    std::string held_back_by_us;
    std::string held_back_longest;
    std::string held_back_sites;  ///< array, longest first
    std::string peaks;
    std::uint64_t recorded = 0;
    std::uint64_t dropped = 0;
};

/// `facts`: null for a run that did not get to its end.
void write_run_json(const RunTables& tables, const RunFacts* facts, const Sink& sink);
void write_swimlane_json(const RunTables& tables, bool partial, const Sink& sink);
void write_deps_json(const RunTables& tables, bool partial, const Sink& sink);

}  // namespace weir::recording
