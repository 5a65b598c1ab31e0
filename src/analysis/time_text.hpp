// SPDX-License-Identifier: Apache-2.0
/// Times and shares as text for people. What is not nothing never shows as 0.
#pragma once

#include <string>

#include "analysis/recorded_time.hpp"

namespace weir::analysis {

/// Microseconds without their unit: "0", "<0.001", "0.042", "7.31", "1,234.5".
std::string us_text(double picoseconds);
inline std::string us_text(Time time) { return us_text(static_cast<double>(time)); }

/// "12.5 %", "<0.1 %", "0 %"; "-" of nothing.
std::string percent_text(double part, double whole);

}  // namespace weir::analysis
