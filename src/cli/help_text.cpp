// SPDX-License-Identifier: Apache-2.0
#include "help_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <weir/config.hpp>

namespace weir::cli {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kColumn = 28;  ///< where the right-hand column begins

/// The text broken at blanks into lines that begin at `indent`; the first one goes on at `at`.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t at) {
    std::string lines;
    std::size_t place = at;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        const std::size_t length = end - begin;
        if (place + length + (place > indent ? 1 : 0) > kWidth && place > indent) {
            lines += "\n" + std::string(indent, ' ');
            place = indent;
        } else if (place > indent) {
            lines += ' ';
            ++place;
        }
        lines += text.substr(begin, length);
        place += length;
        begin = end + 1;
    }
    return lines + "\n";
}

std::string paragraph(const std::string& text) { return wrapped(text, 0, 0); }

/// "  name                      text", the text wrapped in its column.
std::string row(const std::string& name, const std::string& text) {
    std::string line = "  " + name;
    if (line.size() + 2 > kColumn)
        line += "\n" + std::string(kColumn, ' ');
    else
        line.resize(kColumn, ' ');
    return line + wrapped(text, kColumn, kColumn);
}

std::string notes(const std::string& heading, const std::vector<Note>& all) {
    std::string text = "\n" + heading + ":\n";
    for (const Note& note : all) text += row(note.name, note.text);
    return text;
}

std::string usage(const CommandSpec& command) {
    std::string line = "Usage: weir " + command.name;
    if (!command.positional.name.empty()) line += " " + command.positional.name;
    return line + (command.options.empty() ? "\n" : " [OPTION]...\n");
}

/// Whether options of the command take sizes, which are spelt V.
bool has_sizes(const CommandSpec& command) {
    return std::any_of(command.options.begin(), command.options.end(),
                       [](const OptionSpec& option) { return option.value == "V"; });
}

}  // namespace

std::vector<std::string> groups_of(const CommandSpec& command) {
    std::vector<std::string> groups;
    for (const OptionSpec& option : command.options) {
        if (std::find(groups.begin(), groups.end(), option.group) == groups.end())
            groups.push_back(option.group);
    }
    return groups;
}

std::vector<std::string> sizes_paragraphs() {
    return {
        fmt::format("V is one whole number for every ring, or {} of them separated by commas, one for each "
                    "ring; a 0 among them leaves that ring to the environment or the default. Bytes are "
                    "written out: 268435456, not 256M.",
                    kRings),
        fmt::format(
            "Tasks of scope depth 0, 1 and so on use ring 0, 1 and so on, the deepest ones ring {}. A "
            "ring that is short holds the program back until it drains; one that can never hold what "
            "is asked of it ends the run, and the message has the size that would do.",
            kRings - 1),
    };
}

std::string help_text() {
    std::string text = fmt::format("weir: {}\n\nUsage: weir COMMAND [OPTION]...\n\nCommands:\n", kTagline);
    for (const CommandSpec& command : commands()) text += row(command.name, command.summary);
    text += "\nOptions:\n" + row("--help", kHelpHelp) + row("--version", kVersionHelp);
    text += notes("Exit status", exit_statuses());
    text += "\nTry this first:\n";
    for (const char* line : {"weir list", "weir run vector --check", "weir run --help"})
        text += fmt::format("  {}\n", line);
    return text;
}

std::string help_text(const CommandSpec& command) {
    std::string text = fmt::format("weir {}: {}\n\n{}\n{}", command.name, command.summary, usage(command),
                                   paragraph(command.description));
    if (!command.positional.name.empty())
        text += "\n" + row(command.positional.name, command.positional.help);
    for (const std::string& group : groups_of(command)) {
        text += fmt::format("\n{}:\n", group);
        for (const OptionSpec& option : command.options) {
            if (option.group == group)
                text += row(option.name + (option.value.empty() ? "" : " " + option.value), option.help);
        }
        if (group == "Options") text += row("--help", "Print this help and stop.");
    }
    if (command.options.empty()) text += "\nOptions:\n" + row("--help", "Print this help and stop.");
    if (has_sizes(command)) {
        for (const std::string& lines : sizes_paragraphs()) text += "\n" + paragraph(lines);
        text += notes("Environment", environment_variables());
    }
    text += notes("Exit status", exit_statuses());
    if (!command.examples.empty()) text += "\nExamples:\n";
    for (const Example& example : command.examples)
        text += fmt::format("  {}\n      {}\n", example.command, example.does);
    return text;
}

}  // namespace weir::cli
