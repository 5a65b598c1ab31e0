# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of the command. `weir ARGUMENTS...` runs it; the `expect_*` functions compare its exit status,
# standard output and standard error; `finish` ends the test. A test goes on after a failed expectation.
set -u

: "${WEIR_BIN:?give the path of the weir command to test in WEIR_BIN}"
source_dir="${WEIR_SOURCE_DIR:-$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)}"
cxx="${CXX:-g++}"
cc="${CC:-gcc}"
work="$(mktemp -d)"
# Order and characters are the same for ls, sort and grep everywhere.
export LC_ALL=C.UTF-8
# What the environment says of sizes is for each test to say.
for variable in "${!PTO2_@}"; do unset "$variable"; done
trap 'rm -rf "$work"' EXIT
failures=0
expectations=0
command_line=""
status=0

weir() {
    command_line="weir $*"
    status=0
    timeout -k 5 300 "$WEIR_BIN" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
}

# fail MESSAGE: names the line of the test that expected it.
fail() {
    failures=$((failures + 1))
    printf '%s:%s: %s\n  after: %s (exit status %s)\n' "$(basename "$0")" "${BASH_LINENO[1]}" "$1" "$command_line" "$status"
    sed 's/^/  stdout: /' "$work/stdout" | head -n 40
    sed 's/^/  stderr: /' "$work/stderr" | head -n 40
}

expect_status() {
    expectations=$((expectations + 1))
    [ "$status" -eq "$1" ] || fail "exit status $1 expected"
}
# expect_out TEXT, expect_err TEXT: the text stands in the output, as it is.
expect_out() {
    expectations=$((expectations + 1))
    grep -qF -- "$1" "$work/stdout" || fail "stdout should contain '$1'"
}
expect_err() {
    expectations=$((expectations + 1))
    grep -qF -- "$1" "$work/stderr" || fail "stderr should contain '$1'"
}
# expect_out_matches REGEX: an extended regular expression matches a line.
expect_out_matches() {
    expectations=$((expectations + 1))
    grep -qE -- "$1" "$work/stdout" || fail "a line of stdout should match '$1'"
}
# expect_text FILE: stdout is that file, byte by byte.
expect_text() {
    expectations=$((expectations + 1))
    diff -u "$1" "$work/stdout" >"$work/diff" || fail "stdout differs from what is expected: $(cat "$work/diff")"
}
# expect_lines FILE COUNT REGEX: so many lines of stdout or stderr match.
expect_lines() {
    expectations=$((expectations + 1))
    local found
    found="$(grep -cE -- "$3" "$work/$1")"
    [ "$found" -eq "$2" ] || fail "$2 lines of $1 should match '$3', not $found"
}
expect_no_out() {
    expectations=$((expectations + 1))
    [ ! -s "$work/stdout" ] || fail "stdout should be empty"
}
expect_no_err() {
    expectations=$((expectations + 1))
    [ ! -s "$work/stderr" ] || fail "stderr should be empty"
}
# expect_refused TEXT...: a usage or configuration error: status 2, nothing on stdout, each text on stderr.
expect_refused() {
    expectations=$((expectations + 1))
    [ "$status" -eq 2 ] || fail "exit status 2 expected"
    [ ! -s "$work/stdout" ] || fail "stdout should be empty"
    local text
    for text in "$@"; do
        grep -qF -- "$text" "$work/stderr" || fail "stderr should contain '$text'"
    done
}
# expect_json CONDITION: stdout is one JSON value `j` for which the Python expression holds.
expect_json() {
    expectations=$((expectations + 1))
    python3 -c 'import json, sys
j = json.load(open(sys.argv[1]))
assert eval(sys.argv[2]), sys.argv[2]' "$work/stdout" "$1" 2>"$work/python" || fail "JSON: $1: $(tail -n 1 "$work/python")"
}

# build_program SOURCE LIBRARY: a program library from a C++ file.
build_program() {
    "$cxx" -std=c++20 -O1 -fPIC -shared -I"$source_dir/include" "$1" -o "$2" || exit 1
}
# build_c_library LIBRARY: a library from C source on standard input.
build_c_library() {
    "$cc" -fPIC -shared -x c - -o "$1" || exit 1
}

finish() {
    printf '%s: %d expectations, %d failed\n' "$(basename "$0")" "$expectations" "$failures"
    [ "$expectations" -gt 0 ] && [ "$failures" -eq 0 ]
    exit
}
