// SPDX-License-Identifier: Apache-2.0
// Values of options (src/cli/values.hpp, parse_size of weir/config.hpp). The first byte chooses the function,
// the rest is its text.
#include <algorithm>
#include <map>

#include <weir/config.hpp>
#include <weir/error.hpp>

#include "cli/exit_status.hpp"
#include "cli/values.hpp"
#include "driver/parser_target.hpp"

namespace {

using weir::fuzz::require;

constexpr std::uint64_t kLow = 3;
constexpr std::uint64_t kHigh = 1'000'000;

/// The digits of a number as they would be written without zeros in front.
std::string plain(std::string_view digits) {
    const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    return std::string(digits.substr(first));
}

void integer(std::string_view text) {
    const std::uint64_t value = weir::cli::parse_integer("--option", text, kLow, kHigh);
    require(value >= kLow && value <= kHigh, "an accepted integer is in its range");
    require(std::to_string(value) == plain(text), "an accepted integer is what its digits say");
}

void ring_values(weir::Resource resource, std::string_view text) {
    weir::RingValues values;
    try {
        values = weir::parse_size(resource, text);
    } catch (const weir::Error& error) {
        require(error.code() == weir::ErrorCode::configuration, "a refusal is about configuration");
        return;
    }
    const std::vector<std::string> parts = weir::fuzz::split(text, ',');
    require(parts.size() == 1 || parts.size() == weir::kRings, "one value or one for each ring");
    for (std::size_t ring = 0; ring < weir::kRings; ++ring) {
        const std::string& part = parts[parts.size() == 1 ? 0 : ring];
        require(std::to_string(values.per_ring[ring]) == plain(part), "a ring has the value that is written");
    }
}

void duration(std::string_view text) {
    constexpr std::chrono::nanoseconds kYear = std::chrono::hours(8760);
    const std::chrono::nanoseconds value = weir::cli::parse_duration("--option", text);
    require(value.count() >= 1 && value <= kYear, "an accepted duration is from 1 ns to a year");
    static const std::map<std::string, double> kUnits = {{"ns", 1},  {"us", 1e3},   {"ms", 1e6},
                                                         {"s", 1e9}, {"min", 6e10}, {"h", 3.6e12}};
    const std::size_t unit = text.find_last_of("0123456789.") + 1;
    const auto known = kUnits.find(std::string(text.substr(unit)));
    require(known != kUnits.end(), "an accepted duration ends with its unit");
    const double written = std::stod(std::string(text.substr(0, unit))) * known->second;
    require(value.count() == static_cast<std::int64_t>(written), "an accepted duration is what is written");
}

void settings(std::string_view text) {
    const std::vector<std::string> lines = weir::fuzz::split(text, '\n');
    const auto values = weir::cli::parse_settings("--option", lines);
    require(values.size() == lines.size(), "every accepted setting has a key of its own");
    for (const auto& [key, value] : values)
        require(!key.empty() && std::find(lines.begin(), lines.end(), key + "=" + value) != lines.end(),
                "an accepted setting is what is written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text = weir::fuzz::text_of(data + 1, size - 1);
    try {
        switch (data[0] % 4) {
            case 0:
                integer(text);
                break;
            case 1:
                ring_values(static_cast<weir::Resource>(data[0] / 4 % weir::kResources), text);
                break;
            case 2:
                duration(text);
                break;
            default:
                settings(text);
        }
    } catch (const weir::cli::UsageError& error) {
        require(weir::fuzz::contains(error.what(), "--option '"), "a refusal names the option and its text");
    }
    return 0;
}
