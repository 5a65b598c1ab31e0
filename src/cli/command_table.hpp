// SPDX-License-Identifier: Apache-2.0
/// The commands and their options: the one table from which parsing, help, completion and the manual page are
/// made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

/// What the shell offers for a word.
enum class Completion { nothing, program, setting };

struct OptionSpec {
    std::string name;   ///< "--threads"
    std::string value;  ///< what stands for its value: "N"; empty: the option is a flag
    std::string help;
    std::string group = "Options";
    Completion completion = Completion::nothing;
    bool repeats = false;
    std::vector<std::string> choices{};  ///< its values, when there are no others
};

/// --json.
OptionSpec json_option();

struct PositionalSpec {
    std::string name;  ///< "PROGRAM"; empty: the command takes none
    std::string help;
    Completion completion = Completion::nothing;
};

struct Example {
    std::string command;
    std::string does;
};

struct CommandSpec {
    std::string name;
    std::string summary;
    std::string description;
    PositionalSpec positional{};
    std::vector<OptionSpec> options{};
    std::vector<Example> examples{};
};

/// A line of two columns: exit statuses, environment variables.
struct Note {
    std::string name;
    std::string text;
};

/// "A task runtime for tensor programs."
extern const char* const kTagline;
/// What --help and --version do, which every command has.
extern const char* const kHelpHelp;
extern const char* const kVersionHelp;

const std::vector<CommandSpec>& commands();
/// Null when there is none of that name.
const CommandSpec* find_command(std::string_view name);

/// "a, b, c".
std::string joined(const std::vector<std::string>& words, const char* between = ", ");

const std::vector<Note>& exit_statuses();
/// The environment variables that a run looks at.
const std::vector<Note>& environment_variables();

}  // namespace weir::cli
