// SPDX-License-Identifier: Apache-2.0
#include "completion.hpp"

#include <fmt/format.h>

#include "command_table.hpp"

namespace weir::cli {
namespace {

// Names of the script's variables: `given` is the option whose value is being typed, `operand` the word that
// is no option, and what the shell is to offer is in `words`.
const char* const kHead = R"bash(# Completion of weir for bash, printed by 'weir completion'.
_weir() {
    local weir="${COMP_WORDS[0]/#\~/$HOME}" command="${COMP_WORDS[1]}" current="${COMP_WORDS[COMP_CWORD]}"
    local flags="" valued="" takes="" given="" operand="" words="" word i
    COMPREPLY=()
)bash";

const char* const kMiddle = R"bash(    *) return ;;
    esac
    # To bash '=' is a word of its own: '--set key=value' is four words, '--threads=2' three.
    for ((i = 2; i <= COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if [ "$word" = "=" ]; then
            case "${COMP_WORDS[i - 1]}" in --*) given="${COMP_WORDS[i - 1]}" ;; *) given="=" ;; esac
            [ "$i" -lt "$COMP_CWORD" ] || current=""
        elif [ "$i" -eq "$COMP_CWORD" ]; then
            break
        elif [ -n "$given" ]; then
            given=""
        elif [[ " $valued " == *" $word "* ]]; then
            given="$word"
        elif [[ "$word" != -* ]]; then
            operand="$word"
        fi
    done
    case "$command $given" in
)bash";

const char* const kTail = R"bash(    "$command ")
        if [ "$takes" = program ] && [ -z "$operand" ] && [[ "$current" != -* ]]; then
            words="$("$weir" list --names 2>/dev/null)"
            mapfile -t COMPREPLY < <(compgen -f -X '!*.so' -- "$current"; compgen -d -- "$current")
            compopt -o filenames 2>/dev/null
        else
            words="$flags $valued --help"
        fi
        ;;
    esac
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _weir weir
)bash";

const char* const kSettings = R"bash(
        [ -z "$operand" ] || words="$("$weir" run "$operand" --help-parameters 2>/dev/null |
            sed -n 's/^  \([^= ]*\)=.*/\1=/p')"
        compopt -o nospace 2>/dev/null
        ;;
)bash";

std::string options_text(const CommandSpec& command, bool flags) {
    std::string text;
    for (const OptionSpec& option : command.options)
        if (option.value.empty() == flags) text += (text.empty() ? "" : " ") + option.name;
    return text;
}

std::string command_case(const CommandSpec& command) {
    return fmt::format(
        "    {})\n        flags=\"{}\"\n        valued=\"{}\"\n        takes=\"{}\"\n        ;;\n",
        command.name, options_text(command, true), options_text(command, false),
        command.positional.completion == Completion::program ? "program" : "");
}

/// What stands for the value of an option, when that can be known.
std::string value_cases(const CommandSpec& command) {
    std::string text;
    for (const OptionSpec& option : command.options) {
        const std::string pattern = fmt::format("    \"{} {}\")", command.name, option.name);
        if (!option.choices.empty())
            text += fmt::format("{} words=\"{}\" ;;\n", pattern, joined(option.choices, " "));
        if (option.completion == Completion::setting) text += pattern + kSettings;
    }
    return text;
}

}  // namespace

std::string completion_script() {
    std::vector<std::string> names;
    std::string cases;
    std::string values;
    for (const CommandSpec& command : commands()) {
        names.push_back(command.name);
        cases += command_case(command);
        values += value_cases(command);
    }
    const std::string first = fmt::format(
        "    if [ \"$COMP_CWORD\" -le 1 ]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"{} --help --version\" -- \"$current\")\n"
        "        return\n    fi\n    case \"$command\" in\n",
        joined(names, " "));
    return kHead + first + cases + kMiddle + values + kTail;
}

}  // namespace weir::cli
