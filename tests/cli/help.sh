#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Help, manual page and completion are made from the table that the command line is parsed by: they have the same
# commands and options, and a stranger can read them.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

# options_in FILE: the options that a text names, one a line.
options_in() { grep -oE -- '(^|[^-a-z])--[a-z][-a-z]*' "$1" | sed 's/^[^-]*//' | sort -u; }
# expect_same FILE FILE WHAT
expect_same() {
    expectations=$((expectations + 1))
    diff "$1" "$2" >"$work/diff" || fail "$3: $(cat "$work/diff")"
}

cat >"$work/expected" <<'END'
weir: A task runtime for tensor programs.

Usage: weir COMMAND [OPTION]...

Commands:
  run                       Run a program and print time, rates and peaks
  plan                      Find out which sizes a program needs, without
                            running a task
  sweep                     Run a program on a chip with many settings, and
                            compare
  list                      List the shipped programs, their parameters, and the
                            platforms
  info                      Show the machine, platforms, sizes in force and the
                            memory they take
  scopes                    Show which scopes of a recorded run took how much of
                            the rings
  trace                     Write a recorded run as a file for a trace viewer
  analyze                   Show where the time of a recorded run went
  deps                      Print the dependencies of a recorded run as a graph
  check-deps                Find tasks of a recorded run that nothing orders
  report                    Write a recorded run as one page to look at
  top                       Show what a run that goes on is doing
  demo                      Run and check paged_attention and cholesky at their
                            defaults
  completion                Print the completion of this command for bash
  manual                    Print the manual page of this command

Options:
  --help                    Print this help and stop; behind a command, its
                            help.
  --version                 Print the version and stop.

Exit status:
  0                         done
  1                         the run failed, or its results differ from the
                            reference
  2                         usage or configuration: nothing was run

Try this first:
  weir list
  weir run vector --check
  weir run --help
END
weir --help
expect_status 0
expect_no_err
expect_text "$work/expected"

cat >"$work/expected" <<'END'
weir list: List the shipped programs, their parameters, and the platforms

Usage: weir list [OPTION]...

Prints the name of every program beside this command, what it does, and its
parameters with their defaults; then every platform, with the cores and control
threads of those that simulate a chip.

Options:
  --json                    Print one JSON object instead of text.
  --names                   Print the names alone, one a line.
  --help                    Print this help and stop.

Exit status:
  0                         done
  1                         the run failed, or its results differ from the
                            reference
  2                         usage or configuration: nothing was run
END
weir list --help
expect_status 0
expect_text "$work/expected"

weir run --help
expect_status 0
expect_no_err
expect_out "Usage: weir run PROGRAM [OPTION]..."
expect_out_matches '^  --ring-heap V +heap: outputs that the runtime allocates, until$'
expect_out_matches '^  --tensormap-pool N +TensorMap pool, entries: which task reads and writes$'
expect_out "a 0 among them leaves that ring"
expect_out_matches '^  PTO2_RING_HEAP +as --ring-heap, which comes first$'
expect_out_matches '^  weir run cholesky --check$'
expect_out_matches '^  2 +usage or configuration: nothing was run$'

# Each command: lines that fit a terminal, an entry for each option; what it names is accepted, and nothing else.
weir completion
expect_status 0
cp "$work/stdout" "$work/completion"
weir manual
expect_status 0
cp "$work/stdout" "$work/manual"
for command in run plan sweep list info scopes trace analyze deps check-deps report demo completion manual; do
    weir "$command" --help
    expect_status 0
    expect_no_err
    expect_out "Usage: weir $command"
    expect_lines stdout 0 '^.{81,}'
    sed -n '/^Options:/,/^V is/p' "$work/stdout" | grep -oE '^  --[-a-z]+' | tr -d ' ' | sort -u >"$work/help_options"
    cat "$work/help_options" >>"$work/all_options"
    {
        sed -n "/^    $command)/,/;;/p" "$work/completion" | grep -E 'flags=|valued=' >"$work/case"
        options_in "$work/case"
        echo "--help"
    } | sort -u >"$work/completed_options"
    expect_same "$work/help_options" "$work/completed_options" "help and completion of $command"
    {
        sed -n "/^\.SS weir $command/,/^\.S[SH] /p" "$work/manual" | grep -oE '^\\fB\\-\\-[-\\a-z]+' | sed 's/^.fB//; s/\\-/-/g; s/.fR$//; s/\\f$//'
        echo "--help"
    } | sort -u >"$work/manual_options"
    expect_same "$work/help_options" "$work/manual_options" "help and manual of $command"
done

# The manual page: every command, every option, every variable; man reads it without a warning.
expect_sections="NAME SYNOPSIS DESCRIPTION COMMANDS ENVIRONMENT EXAMPLES"
for section in $expect_sections "EXIT STATUS"; do
    expectations=$((expectations + 1))
    grep -qx ".SH $section" "$work/manual" || fail "the manual should have a section $section"
done
if command -v groff >/dev/null; then
    expectations=$((expectations + 1))
    groff -man -Tascii -ww -P-c -P-b -P-o -P-u "$work/manual" >"$work/page" 2>"$work/groff" || fail "groff fails"
    [ ! -s "$work/groff" ] || fail "groff warns: $(cat "$work/groff")"
    grep -q -- "--ring-task-window V" "$work/page" || fail "the page should show --ring-task-window V"
    grep -q "PTO2_TENSORMAP_POOL" "$work/page" || fail "the page should show PTO2_TENSORMAP_POOL"
    grep -q "weir run cholesky --set n=2048" "$work/page" || fail "the page should have the examples"
fi

weir manual surplus
expect_refused "surplus"
weir completion --json
expect_refused "--json"
weir -- run vector
expect_refused "weir --help"
weir run vector --threads 1 --threads 2
expect_refused "--threads is given 2 times"

finish
