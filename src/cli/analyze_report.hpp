// SPDX-License-Identifier: Apache-2.0
/// What `weir analyze` prints.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "analysis/run_analysis.hpp"
#include "analysis/run_comparison.hpp"

namespace weir::cli {

std::string analysis_text(const analysis::RunAnalysis& run);
/// Of differences those beyond noise, largest first.
std::string comparison_text(const analysis::RunAnalysis& first, const analysis::RunAnalysis& second,
                            const analysis::RunComparison& comparison);

/// Times in microseconds.
nlohmann::ordered_json analysis_json(const analysis::RunAnalysis& run);
nlohmann::ordered_json comparison_json(const analysis::RunComparison& comparison);

}  // namespace weir::cli
