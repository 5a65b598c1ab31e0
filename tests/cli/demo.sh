#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# weir-test: not-under address thread
# `weir demo` runs and checks both programs at their defaults and gives their figures with units.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

weir demo
expect_status 0
expect_no_err
expect_out_matches '^paged_attention: '
expect_out_matches '^cholesky: '
for label in "time" "tasks" "task rate" "arithmetic" "run in place" "held back" "peak use of" "check" "share of peak"; do
    expectations=$((expectations + 1))
    [ "$(grep -cE "^  $label  +[^ ]" "$work/stdout")" -eq 2 ] || fail "'$label' should stand there for both programs"
done
expect_out_matches '^  share of peak +[0-9.]+ % of [0-9.,]+ GFLOP/s, measured by a plain 32-bit matrix product on [0-9]+ threads'
expect_out_matches '^  share of peak +[0-9.]+ % of [0-9.,]+ GFLOP/s, measured by a plain 64-bit matrix product on [0-9]+ threads'
expect_out_matches '^  check +ok: '

weir demo --repeat 3
expect_refused "--repeat"

finish
