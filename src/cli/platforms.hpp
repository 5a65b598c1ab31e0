// SPDX-License-Identifier: Apache-2.0
/// Platforms in options, reports and JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>
#include <weir/config.hpp>

namespace weir::cli {

/// The platform that is no chip.
inline constexpr const char* kCpuPlatform = "cpu";

/// "cpu" and the chips.
std::vector<std::string> platform_names();
/// A line for each platform.
std::string platforms_text();
nlohmann::ordered_json platforms_json();

/// The clocks of a chip, the default first.
std::vector<std::string> clock_names();
/// Of one of these names.
ChipClock clock_of(const std::string& name);

/// A platform as it was asked for: "a2a3sim, control_threads=3, early dispatch".
std::string platform_text(const RuntimeConfig& config);

/// What a run on a chip tells, for people; empty when it was not on one.
std::string chip_text(const ChipFigures& figures);
/// The same for programs; null when it was not on one.
nlohmann::ordered_json chip_json(const ChipFigures& figures);

}  // namespace weir::cli
