// SPDX-License-Identifier: Apache-2.0
/// The parameters of a program: defaults, what was set over them, and their conversion to numbers.
#include <algorithm>
#include <charconv>
#include <string>

#include <fmt/format.h>

#include <weir/program.hpp>

namespace weir {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view text, const std::string& wanted) {
    throw Error(ErrorCode::configuration,
                fmt::format("parameter '{}' = '{}': it has to be {}; set it with --set {}=VALUE", name, text,
                            wanted, name));
}

std::string names_of(std::span<const ProgramParameter> parameters) {
    if (parameters.empty()) return "it has no parameters";
    std::string names = "it has ";
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (i > 0) names += i + 1 == parameters.size() ? " and " : ", ";
        names += parameters[i].name;
    }
    return names;
}

/// True when the whole of `text` is one number.
template <class Number>
bool parse(std::string_view text, Number& number) {
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    return status == std::errc{} && end == text.data() + text.size();
}

}  // namespace

ParameterValues::ParameterValues(std::span<const ProgramParameter> parameters,
                                 const std::map<std::string, std::string>& settings) {
    for (const ProgramParameter& parameter : parameters) values_[parameter.name] = parameter.default_value;
    for (const auto& [name, text] : settings) {
        const auto place = values_.find(name);
        if (place == values_.end()) {
            throw Error(ErrorCode::configuration,
                        fmt::format("the program has no parameter '{}'; {}", name, names_of(parameters)));
        }
        place->second = text;
    }
}

const std::string& ParameterValues::text(std::string_view name) const {
    const auto place = values_.find(name);
    if (place == values_.end()) {
        throw Error(
            ErrorCode::configuration,
            fmt::format("the program asks for parameter '{}', which it does not declare: add it to the "
                        "parameters that WEIR_PROGRAM is given",
                        name));
    }
    return place->second;
}

std::int64_t ParameterValues::integer(std::string_view name, std::int64_t low, std::int64_t high) const {
    const std::string& value = text(name);
    std::int64_t number = 0;
    if (!parse(value, number) || number < low || number > high)
        refuse(name, value, fmt::format("a whole number from {} to {}, digits only", low, high));
    return number;
}

double ParameterValues::number(std::string_view name, double low, double high) const {
    const std::string& value = text(name);
    double number = 0;
    // Written so that not-a-number is refused too.
    if (!parse(value, number) || !(number >= low && number <= high))
        refuse(name, value, fmt::format("a number from {:g} to {:g}", low, high));
    return number;
}

const std::string& ParameterValues::choice(std::string_view name,
                                           std::span<const std::string_view> allowed) const {
    const std::string& value = text(name);
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
        refuse(name, value, fmt::format("one of {}", fmt::join(allowed, ", ")));
    return value;
}

}  // namespace weir
