// SPDX-License-Identifier: Apache-2.0
/// Quantities as text for people, always with their unit, and the lines that they stand in.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace weir::cli {

/// "1,234,567".
std::string grouped(std::uint64_t number);
/// "512 ns", "41.2 ms", "1.53 s".
std::string duration_text(std::chrono::nanoseconds duration);
/// "96 bytes", "1.5 KiB", "256 MiB".
std::string bytes_text(std::uint64_t bytes);
/// "1,234,567 tasks/s", "99.3 GFLOP/s": three significant digits below 1,000.
std::string rate_text(double per_second, const std::string& unit);
/// "12.5 %".
std::string share_text(double part, double whole);
/// "  label                     value\n": values of all reports stand in one column.
std::string report_line(const std::string& label, const std::string& value);

}  // namespace weir::cli
