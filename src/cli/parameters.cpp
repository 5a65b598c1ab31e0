// SPDX-License-Identifier: Apache-2.0
#include "parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "program_library.hpp"

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

void print_parameters(const std::string& program) {
    const ProgramLibrary library(find_program(program));
    fmt::print("{}: {}\n{}", library.name(), library.summary(), parameters_text(library.parameters()));
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
