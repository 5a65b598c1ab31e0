// SPDX-License-Identifier: Apache-2.0
/// The words of a command line, sorted by option.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "command_table.hpp"
#include "values.hpp"

namespace weir::cli {

inline constexpr const char* kPositional = "";  ///< key of the word that is no option

/// The words of one command as they were typed, by name of the option.
class Words {
public:
    /// Makes CLI11 accept what the command has.
    void add_to(CLI::App& app, const CommandSpec& command) {
        for (const OptionSpec& option : command.options) {
            if (option.value.empty()) {
                app.add_flag_callback(option.name, [this, &option] { flags_[option.name] = true; });
                continue;
            }
            // One value each time; how often it may be given is for the readers below.
            app.add_option(option.name, values_[option.name])->allow_extra_args(false);
        }
        if (!command.positional.name.empty())
            app.add_option(command.positional.name, values_[kPositional])->required();
    }

    [[nodiscard]] bool flag(const std::string& name) const { return flags_.contains(name); }
    [[nodiscard]] std::vector<std::string> all(const std::string& name) const {
        const auto found = values_.find(name);
        return found != values_.end() ? found->second : std::vector<std::string>();
    }
    [[nodiscard]] std::optional<std::string> one(const std::string& name) const {
        const std::vector<std::string> given = all(name);
        return given.empty() ? std::nullopt : std::optional(given.front());
    }
    /// Refuses what is given too often, and what is not among the choices of an option.
    void check(const CommandSpec& command) const {
        if (const std::vector<std::string> given = all(kPositional); given.size() > 1)
            throw UsageError(fmt::format("'{}' is one word too many; 'weir {}' takes one {}", given[1],
                                         command.name, command.positional.name));
        for (const OptionSpec& option : command.options) {
            const std::vector<std::string> given = all(option.name);
            if (given.size() > 1 && !option.repeats)
                throw UsageError(
                    fmt::format("{} is given {} times; give it once", option.name, given.size()));
            const auto& choices = option.choices;
            for (const std::string& text : given) {
                if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end())
                    throw UsageError(fmt::format("{} '{}': there is no such {}; there is: {}", option.name,
                                                 text, option.name.substr(2), joined(choices)));
            }
        }
    }

private:
    std::map<std::string, std::vector<std::string>> values_;
    std::map<std::string, bool> flags_;
};

}  // namespace weir::cli
