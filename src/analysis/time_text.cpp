// SPDX-License-Identifier: Apache-2.0
#include "analysis/time_text.hpp"

#include <cmath>

#include <fmt/format.h>

namespace weir::analysis {

namespace {

/// Commas between groups of three digits before the point.
std::string grouped(std::string text) {
    std::size_t place = text.find('.');
    if (place == std::string::npos) place = text.size();
    for (; place > 3; place -= 3) text.insert(place - 3, 1, ',');
    return text;
}

}  // namespace

std::string us_text(double picoseconds) {
    if (picoseconds < 0) return "-" + us_text(-picoseconds);
    if (picoseconds == 0) return "0";
    const double value = picoseconds / static_cast<double>(kPicosecondsPerMicrosecond);
    if (value < 0.001) return "<0.001";
    const int decimals = value < 0.9995 ? 3 : value < 99.995 ? 2 : value < 9999.95 ? 1 : 0;
    return grouped(fmt::format("{:.{}f}", value, decimals));
}

std::string percent_text(double part, double whole) {
    if (whole <= 0) return "-";
    const double percent = 100 * part / whole;
    if (percent == 0) return "0 %";
    if (std::abs(percent) < 0.1) return percent > 0 ? "<0.1 %" : ">-0.1 %";
    return fmt::format("{:.1f} %", percent);
}

}  // namespace weir::analysis
