#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir plan` with a simulated schedule and with data, and `weir run --sizes plan`.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
build_program "$source_dir/tests/cli/programs/reads.cpp" "$work/reads.so"

# A simulated schedule; one thread runs all 40 tasks of 1 us in place.
printf '{"add": 1000, "add_scalar": {"constant": 488, "tensor0.elements": 1}, "multiply": 1000}' >"$work/times.json"
weir plan vector --set length=4096 --set tile=512 --threads 2 --kernel-times "$work/times.json" --submit-ns 100
expect_status 0
expect_no_err
expect_out_matches '^simulated on 2 threads$'
expect_out_matches '^  a submit +100 ns$'
expect_out_matches "^  kernels +times in '.*times\.json'\$"
expect_out_matches '^  never held back +[0-9.]+ us$'
expect_out_matches '^  recommended sizes +[0-9.]+ us$'
expect_out_matches '^sizes +recommended +most in use in the scope +never held back$'
weir plan vector --set length=4096 --set tile=512 --threads 1 --kernel-times "$work/times.json" --submit-ns 100 --json
expect_json 'j["simulated"]["makespan_ns"] == dict.fromkeys(["unhindered", "recommended", "smallest"], 40 * 1100)'
expect_json 'j["simulated"]["assumed_kernels"] == [] and j["simulated"]["threads"] == 1 and j["simulated"]["tasks"] == 40'
expect_json 'j["simulated"]["recommended"]["sizes"] == j["smallest"]["sizes"]'
weir plan vector --set length=4096 --set tile=512 --submit-ns 100 --json
expect_json 'j["simulated"]["assumed_kernels"] == ["add", "add_scalar", "multiply"]'
weir plan vector --json
expect_json 'j["simulated"] is None and j["tasks_run"] == 0'
weir plan vector --threads 2 --env
expect_status 0
expect_out_matches '^# recommended: .* 2 threads, 300 ns a submit, 10\.0 us assumed for add, add_scalar, multiply$'
expect_out_matches '^export PTO2_RING_HEAP='
[ "$(grep -c '^export' "$work/stdout")" = 6 ] || fail "one table should be exported, the others be comments"
printf '{"add": 1000, "multiply": 1000}' >"$work/times.json"
weir plan vector --kernel-times "$work/times.json"
expect_status 2
expect_err "times.json' has no entry for kernel \"add_scalar\", which the program submits at program.cpp:"
printf '{"add": -1}' >"$work/times.json"
weir plan vector --kernel-times "$work/times.json"
expect_status 2
expect_err "times.json', kernel \"add\": -1 nanoseconds cannot be"
weir plan vector --kernel-times "$work/missing.json"
expect_status 2
expect_err "missing.json' cannot be read"

# Data of tasks: these are run.
weir plan "$work/reads.so" --with-data --json
expect_status 0
expect_no_err
expect_json 'j["exact"] and j["tasks"] == 3 and j["tasks_run"] == 3 and j["ends_at"] is None'
weir run "$work/reads.so" --json
expect_json 'j["runs"][0]["tasks"] == 3'
weir plan "$work/reads.so" --with-data
expect_out_matches '^  run for their data +3 tasks$'
weir plan "$work/reads.so" --set reads=none --with-data --json
expect_json 'j["tasks"] == 1 and j["tasks_run"] == 0'

# Runs with planned sizes.
weir run vector --set length=4096 --set tile=512 --threads 2 --sizes plan --check
expect_status 0
expect_no_err
expect_out_matches '^  sizes planned +2 threads, 300 ns a submit, 10\.0 us assumed for add, add_scalar, multiply$'
weir plan vector --set length=4096 --set tile=512 --threads 2 --json
expect_status 0
cp "$work/stdout" "$work/plan.json"
weir run vector --set length=4096 --set tile=512 --threads 2 --sizes plan --json
expect_json 'j["sizes"] == json.load(open("'"$work"'/plan.json"))["simulated"]["recommended"]["sizes"] and j["plan"]["exact"]'
weir run vector --set length=4096 --set tile=512 --sizes plan --ring-task-window 0,64,0,0 --ring-heap 0,65536,0,0 --json
expect_json 'j["sizes"]["ring_task_window"] == [4, 64, 4, 4] and j["sizes"]["ring_consumed_window"][1] == 64'
expect_json 'j["sizes"]["ring_heap"] == [1024, 65536, 1024, 1024]'
weir run vector --sizes auto --json
expect_json 'j["plan"] is None and j["sizes"]["ring_task_window"] == [16384] * 4'
weir run "$work/reads.so" --sizes plan --json
expect_status 0
expect_err "--sizes plan: the plan ends at reads.cpp:"
expect_json 'not j["plan"]["exact"] and j["sizes"]["ring_task_window"] == [16384] * 4'
weir run "$work/reads.so" --sizes plan --with-data --check --json
expect_no_err
expect_json 'j["plan"]["exact"] and j["sizes"]["ring_task_window"] == [4] * 4 and j["runs"][0]["tasks"] == 3'

# What is refused.
weir run vector --sizes plan --kernel-times "$work/times.json"
expect_status 2
expect_err "-1 nanoseconds"
weir run vector --sizes ample
expect_refused "auto, plan, fixed, grow"
weir run vector --with-data
expect_refused "--with-data is for the plan of --sizes plan"
weir run vector --kernel-times "$work/times.json"
expect_refused "--kernel-times is for the plan of --sizes plan"
weir plan vector --submit-ns -1
expect_refused "--submit-ns"

finish
