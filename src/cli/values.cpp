// SPDX-License-Identifier: Apache-2.0
#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "exit_status.hpp"

namespace weir::cli {
namespace {

constexpr double kYearNanoseconds = 365.0 * 24 * 3600 * 1e9;

struct Unit {
    std::string_view name;
    double nanoseconds;
};
constexpr std::array<Unit, 6> kUnits = {
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}}};

}  // namespace

std::uint64_t parse_integer(std::string_view option, std::string_view text, std::uint64_t low,
                            std::uint64_t high) {
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char symbol) {
        return symbol >= '0' && symbol <= '9';
    });
    if (!digits) {
        throw UsageError(
            fmt::format("{} '{}': this is no plain whole number; give digits only, without sign, blank, "
                        "suffix (K, M) or hexadecimal form",
                        option, text));
    }
    std::uint64_t number = 0;
    const auto status = std::from_chars(text.data(), text.data() + text.size(), number).ec;
    if (status != std::errc{} || number < low || number > high)
        throw UsageError(fmt::format("{} '{}': give a whole number from {} to {}", option, text, low, high));
    return number;
}

double parse_positive(std::string_view option, std::string_view text) {
    constexpr double kMost = 1e9;
    double number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (status != std::errc{} || end != text.data() + text.size() || !(number > 0 && number <= kMost))
        throw UsageError(
            fmt::format("{} '{}': give a number above 0 and at most {}, such as 0.5", option, text, kMost));
    return number;
}

std::chrono::nanoseconds parse_duration(std::string_view option, std::string_view text) {
    double number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
    const auto unit =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& known) { return known.name == suffix; });
    if (status != std::errc{} || unit == kUnits.end()) {
        throw UsageError(fmt::format(
            "{} '{}': give a number and a unit, one of ns, us, ms, s, min, h, such as 30s", option, text));
    }
    const double nanoseconds = number * unit->nanoseconds;
    if (!(nanoseconds >= 1 && nanoseconds <= kYearNanoseconds))
        throw UsageError(fmt::format("{} '{}': give a time from 1ns to a year (8760h)", option, text));
    return std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
}

std::map<std::string, std::string> parse_settings(std::string_view option,
                                                  const std::vector<std::string>& texts) {
    std::map<std::string, std::string> settings;
    for (const std::string& text : texts) {
        const std::size_t sign = text.find('=');
        if (sign == std::string::npos || sign == 0)
            throw UsageError(fmt::format("{} '{}': give key=value, such as {} n=4096", option, text, option));
        const bool added = settings.try_emplace(text.substr(0, sign), text.substr(sign + 1)).second;
        if (!added) {
            throw UsageError(fmt::format("{} '{}': '{}' is set twice; keep one of them", option, text,
                                         text.substr(0, sign)));
        }
    }
    return settings;
}

}  // namespace weir::cli
