// SPDX-License-Identifier: Apache-2.0
// Environment variables that set sizes (src/config/size_text.hpp): each line of the input is a variable.
#include <algorithm>

#include <weir/error.hpp>

#include "config/size_text.hpp"
#include "config/sizes.hpp"
#include "driver/parser_target.hpp"

namespace {

using weir::Resource;
using weir::fuzz::require;

/// Whether one of the variables says of this resource what was understood.
bool is_said(const std::vector<std::string>& variables, Resource resource,
             const weir::SizeEnvironment::Setting& setting) {
    const std::string name = std::string(weir::variable_of(resource)) + "=";
    return std::any_of(variables.begin(), variables.end(), [&](const std::string& variable) {
        if (!variable.starts_with(name)) return false;
        weir::RingValues values;
        const std::string text = variable.substr(name.size());
        return !weir::parse_size_text(resource, text, values) && values == setting.values &&
               setting.list == (text.find(',') != std::string::npos);
    });
}

void check(const std::string& warning) {
    require(warning.starts_with(weir::kVariablePrefix), "a warning begins with the name of its variable");
    require(warning.size() < 500, "a warning is not as long as a hostile variable");
    require(std::none_of(warning.begin(), warning.end(),
                         [](char symbol) { return static_cast<unsigned char>(symbol) < ' '; }),
            "a warning has no control characters of somebody else's");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::string> variables = weir::fuzz::split(weir::fuzz::word_of(data, size), '\n');
    std::vector<const char*> words;
    for (const std::string& variable : variables) words.push_back(variable.c_str());
    words.push_back(nullptr);
    const weir::SizeEnvironment environment = weir::read_environment(words.data());

    std::size_t understood = 0;
    for (std::size_t i = 0; i < weir::kResources; ++i) {
        if (!environment.settings[i]) continue;
        ++understood;
        require(is_said(variables, static_cast<Resource>(i), *environment.settings[i]),
                "a size is what a variable says");
    }
    const auto ours = std::count_if(variables.begin(), variables.end(), [](const std::string& variable) {
        return variable.starts_with(weir::kVariablePrefix);
    });
    const std::size_t heard = understood + environment.warnings.size();
    require(heard <= static_cast<std::size_t>(ours), "nothing is heard that is not said");
    require(ours == 0 || heard > 0, "a variable with the prefix is used or warned of");
    for (const std::string& warning : environment.warnings) check(warning);

    try {
        const weir::ResolvedSizes resolved = weir::resolve({.environment = environment});
        for (const std::string& warning : resolved.warnings) check(warning);
        const weir::RuntimeEnv filled = weir::to_env(weir::to_sizes(resolved.in_force));
        require(weir::to_env(weir::resolve_sizes(filled)) == filled,
                "sizes in force are accepted as they are");
    } catch (const weir::Error&) {
        require(false, "nothing that the environment says ends a run");
    }
    return 0;
}
