// SPDX-License-Identifier: Apache-2.0
/// Values of options, from text. Each function takes the option's name for its message and throws UsageError
/// for anything but the one form that it names: a number with a sign, blanks, a suffix or hexadecimal digits
/// is refused.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

/// Digits only, within [low, high].
std::uint64_t parse_integer(std::string_view option, std::string_view text, std::uint64_t low,
                            std::uint64_t high);

/// A decimal number above 0, at most 1e9.
double parse_positive(std::string_view option, std::string_view text);

/// A number with unit ns, us, ms, s, min or h: "30s", "1.5min". More than nothing, at most a year.
std::chrono::nanoseconds parse_duration(std::string_view option, std::string_view text);

/// "key=value", each key once.
std::map<std::string, std::string> parse_settings(std::string_view option,
                                                  const std::vector<std::string>& texts);

}  // namespace weir::cli
