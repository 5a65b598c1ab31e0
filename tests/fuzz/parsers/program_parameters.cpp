// SPDX-License-Identifier: Apache-2.0
// Parameters of programs (weir/program.hpp): each line of the input is a setting "name=value"; then the
// program asks for each of its parameters in each of the ways that there are.
#include <array>
#include <map>

#include <weir/program.hpp>

#include "driver/parser_target.hpp"

namespace {

using weir::Error;
using weir::ParameterValues;
using weir::fuzz::contains;
using weir::fuzz::require;

constexpr std::array<weir::ProgramParameter, 3> kParameters = {
    {{"n", "64", "a whole number"}, {"factor", "0.5", "a number"}, {"mode", "fast", "fast or exact"}}};
constexpr std::array<std::string_view, 2> kModes = {"fast", "exact"};
constexpr std::int64_t kLow = -1000;
constexpr std::int64_t kHigh = 1'000'000;

std::map<std::string, std::string> settings_of(std::string_view text) {
    std::map<std::string, std::string> settings;
    for (const std::string& line : weir::fuzz::split(text, '\n')) {
        const std::size_t sign = line.find('=');
        if (sign != std::string::npos) settings.insert_or_assign(line.substr(0, sign), line.substr(sign + 1));
    }
    return settings;
}

/// Calls `ask`; a refusal is of kind configuration and names the parameter.
template <class Ask>
void may_refuse(const char* name, const Ask& ask) {
    try {
        ask();
    } catch (const Error& error) {
        require(error.code() == weir::ErrorCode::configuration, "a refusal is about configuration");
        require(contains(error.what(), name), "a refusal names the parameter");
    }
}

void ask_for_all(const ParameterValues& values) {
    for (const weir::ProgramParameter& parameter : kParameters) {
        may_refuse(parameter.name, [&] {
            const std::int64_t value = values.integer(parameter.name, kLow, kHigh);
            require(value >= kLow && value <= kHigh, "an accepted integer is in its range");
            require(std::stoll(values.text(parameter.name)) == value, "an integer is what is written");
        });
        may_refuse(parameter.name, [&] {
            const double value = values.number(parameter.name, 0.25, 1e6);
            require(value >= 0.25 && value <= 1e6, "an accepted number is in its range");
            require(std::stod(values.text(parameter.name)) == value, "a number is what is written");
        });
        may_refuse(parameter.name, [&] {
            const std::string& value = values.choice(parameter.name, kModes);
            require(value == "fast" || value == "exact", "an accepted choice is one of those allowed");
        });
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto settings = settings_of(weir::fuzz::word_of(data, size));
    bool known = true;
    for (const auto& [name, value] : settings)
        known = known && (name == "n" || name == "factor" || name == "mode");
    try {
        const ParameterValues values(kParameters, settings);
        require(known, "a parameter that the program does not have is refused");
        ask_for_all(values);
    } catch (const Error& error) {
        require(!known && error.code() == weir::ErrorCode::configuration, "only unknown names are refused");
        require(contains(error.what(), "n, factor and mode"),
                "a refusal names the parameters that there are");
    }
    return 0;
}
