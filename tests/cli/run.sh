#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir run` of shipped programs and of a library by path: figures, parameters, checks, failures, JSON.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
build_program "$source_dir/tests/cli/programs/fixture.cpp" "$work/fixture.so"

weir run vector --check
expect_status 0
expect_no_err
expect_out_matches '^vector: .'
expect_out_matches '^  time +[0-9.]+ (ns|us|ms|s)$'
expect_out_matches '^  tasks +[0-9,]+$'
expect_out_matches '^  task rate +[0-9.,]+ tasks/s$'
expect_out_matches '^  run in place +[0-9.]+ % of the tasks$'
expect_out_matches '^  held back +'
expect_out_matches '^  peak use of +'
expect_out_matches '^  check +ok: '
weir run vector --help-parameters
expect_status 0
expect_out_matches '^vector: .'
expect_out_matches '^  [a-z_]+=[^ ]* +[A-Za-z0-9]'

# A path, with threads, repeats, parameters and a deadline that is not reached.
weir run "$work/fixture.so" --check --threads 2 --repeat 5 --set tasks=7 --set "label=two words, =x" --deadline 1min
expect_status 0
expect_out_matches '^  parameters +mode=succeed tasks=7 scale=1.5 label=two words, =x$'
expect_out_matches '^  threads +2$'
expect_out_matches '^  time +.*, median of 5 runs of .* to '
expect_out_matches '^  tasks +7$'
expect_out_matches '^  arithmetic +[0-9.,]+ GFLOP/s$'
expect_out "ok: sum of 7 ones, two words, =x"
cp "$work/fixture.so" "$work/plain.so"
cd "$work" || exit 1
weir run plain.so --check --pin --platform cpu
expect_status 0

weir run "$work/fixture.so" --set count=3
expect_refused "no parameter 'count'" "mode, tasks, scale and label"
weir run "$work/fixture.so" --set tasks
expect_refused "--set 'tasks'" "key=value"
weir run "$work/fixture.so" --set =3
expect_refused "--set '=3'" "key=value"
weir run "$work/fixture.so" --set tasks=3 --set tasks=4
expect_refused "'tasks' is set twice"
for text in 0 1001 -1 3x " 3" 0x3 "" 1.5 99999999999999999999; do
    weir run "$work/fixture.so" --set "tasks=$text"
    expect_refused "parameter 'tasks' = '$text'" "from 1 to 1000" "--set tasks="
done
for text in -0.1 10.5 nan inf 1x ""; do
    weir run "$work/fixture.so" --set "scale=$text"
    expect_refused "parameter 'scale' = '$text'" "from 0 to 10"
done
weir run "$work/fixture.so" --set mode=jump
expect_refused "parameter 'mode' = 'jump'" "succeed, differ, fail"

weir run "$work/fixture.so" --set mode=differ
expect_status 0
weir run "$work/fixture.so" --set mode=differ --check
expect_status 1
expect_out_matches '^  check +DIFFERS in run 1 of 1: element 0 is off by one'
expect_err "differ from the reference"
weir run "$work/fixture.so" --set mode=fail --check
expect_status 1
expect_out_matches '^  failed after +[0-9.]+ (ns|us|ms|s)$'
expect_out_matches '^  tasks until then +[0-9,]+$'
expect_out_matches '^  held back +'
expect_out_matches '^  peak use of +'
expect_err "the fixture's kernel fails as asked"
expect_err "fixture.cpp:"
weir run "$work/fixture.so" --set mode=throw
expect_status 1
expect_err "the fixture's program throws as asked"
weir run "$work/fixture.so" --set mode=prepare
expect_status 1
expect_err "the fixture cannot be prepared"

weir run "$work/fixture.so" --check --json --repeat 3 --threads 2 --ring-task-window 64 --set tasks=200
expect_status 0
expect_no_err
expect_json 'j["status"] == "done" and j["threads"] == 2 and j["platform"] == "cpu" and j["pin"] is False'
expect_json 'j["program"]["name"] == "fixture" and j["program"]["parameters"]["tasks"] == "200"'
expect_json 'j["program"]["flops"] == 1.5e6 and j["program"]["bytes"] is None'
expect_json 'len(j["runs"]) == 3 and all(r["tasks"] == 200 and r["elapsed_ns"] > 0 and r["check"]["ok"] for r in j["runs"])'
expect_json 'j["median"]["elapsed_ns"] == sorted(r["elapsed_ns"] for r in j["runs"])[1]'
expect_json 'abs(j["median"]["gflop_per_s"] * j["median"]["elapsed_ns"] / 1.5e6 - 1) < 1e-6'
expect_json 'j["sizes"]["ring_task_window"] == [64] * 4 and j["reserved_bytes"] > 0 and j["machine"]["cpu_model"]'
expect_json 'all(r["peaks"]["ring_task_window"][0] <= 64 and r["tasks_in_place"] + r["tasks_helped"] <= 200 for r in j["runs"])'
weir run "$work/fixture.so" --json --set mode=differ --check
expect_status 1
expect_json 'j["status"] == "differs" and not j["runs"][0]["check"]["ok"]'
weir run "$work/fixture.so" --json
expect_json 'j["runs"][0]["check"] is None'
weir run "$work/fixture.so" --json --set mode=fail
expect_status 1
expect_json 'j["status"] == "failed" and j["error"]["code"] == "kernel_failed" and "as asked" in j["error"]["message"]'
expect_json 'j["error"]["site"].startswith("fixture.cpp:")'
expect_json 'j["run"]["tasks"] > 0 and j["run"]["elapsed_ns"] > 0 and len(j["run"]["peaks"]["ring_heap"]) == 4'
expect_json 'j["run"]["sizes"]["ring_task_window"][0] == 16384'
weir run "$work/fixture.so" --json --set tasks=0
expect_status 2
expect_json 'j["error"]["code"] == "configuration" and j["error"]["site"] is None'

# Output that cannot be written is a failure.
command_line="weir list >/dev/full"
status=0
"$WEIR_BIN" list >/dev/full 2>"$work/stderr" || status=$?
: >"$work/stdout"
expect_status 1
expect_err "weir: "

finish
