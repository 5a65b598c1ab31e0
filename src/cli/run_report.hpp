// SPDX-License-Identifier: Apache-2.0
/// What `weir run` prints: rates from a run's figures, the text for people, the JSON for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "session.hpp"

namespace weir::cli {

/// Rates of one run. Nothing where the program has no such figure, or where no time passed.
struct Rates {
    std::optional<double> tasks_per_s;
    std::optional<double> gflop_per_s;
    std::optional<double> gb_per_s;  ///< 1e9 bytes
};
Rates rates_of(const RunResult& result, const ProgramFigures& figures);

/// Index of the run of median time; of the two in the middle, the faster one.
std::size_t median_run(const std::vector<Measurement>& runs);
/// The largest peak of each resource over all runs.
ResourcePeaks largest_peaks(const std::vector<Measurement>& runs);
/// Whether every comparison that was made found no difference.
bool all_checks_ok(const std::vector<Measurement>& runs);

/// "3 times, 1.2 ms: heap 1.1 ms, task window 100 us".
std::string held_back_text(const RunResult& result);
/// "file.cpp:77: 2 times, 1.1 ms, the longest 900 us for heap of ring 1".
std::string held_back_longest_text(const HeldBackPlace& place);
/// Lines with the peak of each resource in the rings that were used, beside its size, or what that grew to.
std::string peaks_text(const ResourcePeaks& peaks, const SizesInForce& sizes,
                       const std::vector<GrownSize>& grown);

/// Name, summary, file, parameters and figures.
nlohmann::ordered_json program_json(const Session& session);
/// "n=4096 tile=256", in the order in which the program declares them.
std::string parameters_text(const Session& session);

std::string report_text(const Session& session, const std::vector<Measurement>& runs);
/// Of the session's run that began and then failed: how far it came, and what its rings held.
std::string failed_run_text(const Session& session);
nlohmann::ordered_json failed_run_json(const Session& session);
nlohmann::ordered_json report_json(const Session& session, const RunArguments& arguments,
                                   const std::vector<Measurement>& runs);

}  // namespace weir::cli
