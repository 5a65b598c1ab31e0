// SPDX-License-Identifier: Apache-2.0
#include "parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::cli {

std::string parameters_text(std::span<const ProgramParameter> parameters) {
    std::size_t width = 0;
    const auto setting = [](const ProgramParameter& parameter) {
        return fmt::format("{}={}", parameter.name, parameter.default_value);
    };
    for (const ProgramParameter& parameter : parameters) width = std::max(width, setting(parameter).size());
    std::string text;
    for (const ProgramParameter& parameter : parameters)
        text += fmt::format("  {:<{}}  {}\n", setting(parameter), width, parameter.help);
    return text.empty() ? "  no parameters\n" : text;
}

nlohmann::ordered_json parameters_json(std::span<const ProgramParameter> parameters) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const ProgramParameter& parameter : parameters) {
        json.push_back(
            {{"name", parameter.name}, {"default", parameter.default_value}, {"help", parameter.help}});
    }
    return json;
}

}  // namespace weir::cli
