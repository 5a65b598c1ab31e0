#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Command lines that cannot be used: exit status 2, and a message that says what is wrong and what to do.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

weir --version
expect_status 0
expect_out_matches '^weir [0-9]+\.[0-9]+\.[0-9]+$'
weir --help
expect_status 0
expect_out "Exit status"
weir run --help
expect_status 0
expect_out "--ring-task-window"

weir
expect_refused "subcommand" "weir --help"
weir rnu vector
expect_refused "no command 'rnu'" "run, plan, sweep, list, info, scopes, trace"
weir run
expect_refused "PROGRAM is required" "weir run --help"
weir run vector --no-such-option
expect_refused "--no-such-option" "weir run --help"
weir run vector surplus
expect_refused "'surplus' is one word too many" "one PROGRAM"
weir list surplus
expect_refused "surplus"
weir info --check
expect_refused "--check"

weir run vector --platform a6sim
expect_refused "--platform 'a6sim'" "there is: cpu"
weir run vector --threads 0
expect_refused "--threads '0'" "a whole number from 1"
weir run vector --threads -1
expect_refused "--threads '-1'" "plain whole number"
weir run vector --threads two
expect_refused "--threads 'two'"
weir run vector --threads 99999999999
expect_refused "--threads '99999999999'"
weir run vector --threads
expect_refused "--threads"
weir run vector --repeat 0
expect_refused "--repeat '0'"
weir run vector --repeat 1.5
expect_refused "--repeat '1.5'"

for text in -1 +4 0x10 "5 K" 5K " 5" "5 " "" 1e3 4.0 18446744073709551616 64,64 64,64,64 64,64,64,64,64 64,64,64, 64,-1,64,64 64,,64,64; do
    weir run vector "--ring-task-window=$text"
    expect_refused "--ring-task-window"
    weir info --ring-heap "$text"
    expect_refused "--ring-heap"
done
weir run vector --ring-task-window 64,64,64
expect_refused "exactly 4" "not 3"
weir run vector --ring-heap 0
expect_refused "--ring-heap '0'" "a whole number from 1"
weir run vector --tensormap-pool 64,64,64,64
expect_refused "--tensormap-pool '64,64,64,64'" "plain whole number"

# Refused by the runtime, not by the parser: the values are integers, but cannot be sizes.
for option in "--ring-task-window 1000" "--ring-task-window 2" "--ring-consumed-window 1024" "--ring-heap 1023" \
    "--ring-dep-pool 3" "--ring-dep-pool 2147483648" "--tensormap-pool 63"; do
    # shellcheck disable=SC2086  # option and value are two words
    weir run vector $option
    expect_refused "${option##* }"
    # shellcheck disable=SC2086
    weir info $option
    expect_refused "${option##* }"
done

for text in 30 s 30x -1s 0s "30 s" "" 1e400s nans 100000h; do
    weir run vector "--deadline=$text"
    expect_refused "--deadline"
done
weir run vector --deadline 30
expect_refused "a number and a unit" "30s"

finish
