// SPDX-License-Identifier: Apache-2.0
/// What `weir sweep` prints: a row for each point of the grid, in its order, and what the best one gains.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "child_runs.hpp"
#include "sweep_grid.hpp"

namespace weir::cli {

struct SweepRow {
    std::vector<std::string> values;  ///< of the grid's keys
    nlohmann::ordered_json run;       ///< the run's part of `weir run --json`; null: it failed
    std::string error;                ///< why it failed; else empty
    std::optional<double> change;     ///< makespan against the first row, as a fraction; when both ended
};

/// From the children's output, in the order of the grid.
std::vector<SweepRow> sweep_rows(const SweepGrid& grid, const std::vector<ChildRun>& runs);

/// A table, a line for each run that failed, and a line that says what the best change gains.
std::string sweep_text(const SweepGrid& grid, const std::vector<SweepRow>& rows);
/// A header and a line for each row, by RFC 4180 with LF.
std::string sweep_csv(const SweepGrid& grid, const std::vector<SweepRow>& rows);
nlohmann::ordered_json sweep_json(const SweepGrid& grid, const std::vector<SweepRow>& rows);

}  // namespace weir::cli
