// SPDX-License-Identifier: Apache-2.0
#include "units.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace weir::cli {
namespace {

/// Three significant digits: 0.0123, 1.50, 41.2, 256.
std::string three_digits(double value) {
    if (value < 0.9995) return fmt::format("{:.3g}", value);
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f}", value, decimals);
}

/// The same without zeros at the end, for sizes that are exact: 1.5, 8.
std::string short_digits(double value) {
    std::string text = three_digits(value);
    if (text.find('.') == std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

}  // namespace

std::string grouped(std::uint64_t number) {
    std::string text = fmt::format("{}", number);
    for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
    return text;
}

std::string duration_text(std::chrono::nanoseconds duration) {
    const auto nanoseconds = static_cast<double>(duration.count());
    if (nanoseconds < 1e3) return fmt::format("{} ns", duration.count());
    if (nanoseconds < 999.5e3) return three_digits(nanoseconds / 1e3) + " us";
    if (nanoseconds < 999.5e6) return three_digits(nanoseconds / 1e6) + " ms";
    return three_digits(nanoseconds / 1e9) + " s";
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array<const char*, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return fmt::format("{} bytes", bytes);
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1023.5 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
    return fmt::format("{} {}", short_digits(value), kUnits[unit]);
}

std::string rate_text(double per_second, const std::string& unit) {
    if (per_second >= 1000)
        return fmt::format("{} {}", grouped(static_cast<std::uint64_t>(std::llround(per_second))), unit);
    return fmt::format("{} {}", three_digits(per_second), unit);
}

std::string share_text(double part, double whole) {
    if (whole <= 0) return "-";
    return fmt::format("{:.1f} %", 100 * part / whole);
}

std::string report_line(const std::string& label, const std::string& value) {
    return fmt::format("  {:<28}{}\n", label, value);
}

}  // namespace weir::cli
