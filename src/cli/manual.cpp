// SPDX-License-Identifier: Apache-2.0
#include "manual.hpp"

#include <fmt/format.h>

#include "command_table.hpp"
#include "help_text.hpp"

namespace weir::cli {
namespace {

/// Text as troff takes it: no character of it is a command.
std::string escaped(const std::string& text) {
    std::string safe;
    for (const char symbol : text) {
        if (symbol == '\\')
            safe += "\\e";
        else if (symbol == '-')
            safe += "\\-";
        else if ((symbol == '.' || symbol == '\'') && safe.empty())
            safe += std::string("\\&") + symbol;
        else
            safe += symbol;
    }
    return safe;
}

std::string term(const std::string& name, const std::string& value, const std::string& text) {
    const std::string argument = value.empty() ? "" : " \\fI" + escaped(value) + "\\fR";
    return fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", escaped(name), argument, escaped(text));
}

/// "run PROGRAM [OPTION]..."
std::string synopsis(const CommandSpec& command) {
    return command.name + (command.positional.name.empty() ? "" : " " + command.positional.name) +
           (command.options.empty() ? "" : " [OPTION]...");
}

std::string command_text(const CommandSpec& command) {
    std::string text = fmt::format(".SS weir {}\n{}\n", synopsis(command), escaped(command.description));
    if (!command.positional.name.empty()) text += term(command.positional.name, "", command.positional.help);
    for (const std::string& group : groups_of(command)) {
        if (group != groups_of(command).front()) text += fmt::format(".PP\n{}:\n", escaped(group));
        for (const OptionSpec& option : command.options)
            if (option.group == group) text += term(option.name, option.value, option.help);
    }
    return text;
}

std::string notes_text(const char* heading, const std::vector<Note>& notes) {
    std::string text = fmt::format(".SH {}\n", heading);
    for (const Note& note : notes) text += term(note.name, "", note.text);
    return text;
}

}  // namespace

std::string manual_page() {
    std::string text = fmt::format(".TH WEIR 1 \"\" \"weir {}\" \"User Commands\"\n", WEIR_VERSION_STRING);
    text += ".SH NAME\nweir \\- run programs of the Weir task runtime\n.SH SYNOPSIS\n";
    for (const CommandSpec& command : commands()) text += fmt::format("weir {}\n.br\n", synopsis(command));
    text += ".SH DESCRIPTION\n" + escaped(kTagline) + "\n";
    text += term("--help", "", kHelpHelp) + term("--version", "", kVersionHelp);
    for (const std::string& lines : sizes_paragraphs()) text += ".PP\n" + escaped(lines) + "\n";
    text += ".SH COMMANDS\n";
    for (const CommandSpec& command : commands()) text += command_text(command);
    text += notes_text("ENVIRONMENT", environment_variables());
    text += notes_text("EXIT STATUS", exit_statuses());
    text += ".SH EXAMPLES\n";
    for (const CommandSpec& command : commands())
        for (const Example& example : command.examples) text += term(example.command, "", example.does);
    return text;
}

}  // namespace weir::cli
