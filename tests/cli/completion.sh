#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What bash offers at the end of a command line, word by word as bash splits it.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

weir completion
expect_status 0
expect_no_err
cp "$work/stdout" "$work/completion.bash"
mkdir "$work/here" "$work/here/folder"
touch "$work/here/mine.so" "$work/here/other.txt"

# offered WORD...: what is offered for the last word, one a line in stdout.
offered() {
    command_line="completion of: $*"
    status=0
    (
        cd "$work/here" || exit 1
        # shellcheck source=/dev/null
        . "$work/completion.bash"
        COMP_WORDS=("$WEIR_BIN" "$@")
        COMP_CWORD=$#
        _weir
        [ "${#COMPREPLY[@]}" -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
    ) >"$work/stdout" 2>"$work/stderr" || status=$?
    expect_status 0
    expect_no_err
}
# expect_offered WORD...: exactly these, in any order.
expect_offered() {
    expectations=$((expectations + 1))
    local given wanted
    given="$(sort "$work/stdout" | tr '\n' ' ')"
    wanted="$(printf '%s\n' "$@" | sort | tr '\n' ' ')"
    [ "$given" = "$wanted" ] || fail "'$wanted' should be offered"
}

offered ""
expect_offered run plan sweep list info scopes trace analyze deps check-deps report top demo completion manual --help --version
offered r
expect_offered run report
offered run --ring-
expect_offered --ring-task-window --ring-consumed-window --ring-payload --ring-heap --ring-dep-pool
offered run vec
expect_offered vector
offered run cho
expect_offered cholesky
offered run m
expect_offered mine.so
offered run f
expect_offered folder
offered run --threads 2 vec
expect_offered vector
offered run --threads ""
expect_no_out
offered run --platform ""
expect_offered cpu a2a3sim a5sim tinysim
offered info --platform = c
expect_offered cpu
offered info --platform =
expect_offered cpu a2a3sim a5sim tinysim
offered run vector --che
expect_offered --check
offered run vector --threads = 2 --che
expect_offered --check
offered run vector vec
expect_no_out
offered list ""
expect_offered --json --names --help
offered nothing ""
expect_no_out
offered completion --
expect_offered --help

# Parameters are those of the program that is named; what stands behind '=' is not known.
weir run cholesky --help-parameters
sed -n 's/^  \([a-z_]*\)=.*/\1=/p' "$work/stdout" >"$work/parameters"
mapfile -t parameters <"$work/parameters"
offered run cholesky --set ""
expect_offered "${parameters[@]}"
offered run cholesky --set n = 2048 --set til
expect_offered tile=
offered run cholesky --set n =
expect_no_out
offered run cholesky --set n = 20
expect_no_out
offered run cholesky --set n = 2048 --che
expect_offered --check
offered run --set ""
expect_no_out

# bash takes the script as it is, and knows the function for the command afterwards.
command_line="source <(weir completion)"
bash --norc -c 'set -eu; source <("$WEIR_BIN" completion); complete -p weir' >"$work/stdout" 2>"$work/stderr"
status=$?
expect_status 0
expect_no_err
expect_out "complete -F _weir weir"

finish
