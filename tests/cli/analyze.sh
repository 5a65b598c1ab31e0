#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir analyze`: text and JSON of a run of four tasks that is worked out by hand, --against, and recordings that lack
# something.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
cp -r "$source_dir/tests/cli/recordings/diamond" "$work/rec"

weir analyze "$work/rec"
expect_status 0
expect_no_err
expect_out "diamond on cpu, 2 threads, 2 cores, 4 tasks, makespan 20.00 us"
expect_out_matches '^  wire +0\.002 +<0\.001 +<0\.1 %$'
expect_out "thread 1: completed 4 tasks in 20.00 us (8 loops, 0.50 tasks/loop)"
expect_out_matches '^  phases +complete 5.0 %, dispatch 2.5 %, poll 1.2 %, idle 31.2 %, kernels 60.0 %$'
expect_out "complete 5.0 %, dispatch 2.5 %, poll 1.2 %, idle 31.2 %"
expect_out "diamond.cpp:4: 1 times, 2.00 us, for ring_heap of ring 1"
# 4 to 5 for both halves, of which one is dispatched at 4.5, and 10 to 12 for the last.
expect_out_matches '^  cpu +2 +3\.00 +15\.0 %$'
expect_out_matches '^  scheduling free +15\.00 +-25\.0 %$'

weir analyze "$work/rec" --json
expect_status 0
expect_json 'j["makespan_us"] == 20 and j["program"] == "diamond" and j["notes"] == []'
expect_json 'j["orchestrator"]["steps_us_per_task"]["wire"] == 0.0005'
expect_json 'j["schedulers"][0]["tasks_per_loop"] == 0.5 and j["schedulers"][0]["fanout_walked"] == {"sum": 4, "max": 2, "average": 1.0}'
expect_json '[(k["kernel"], k["count"], k["total_us"], k["p99_us"]) for k in j["kernels"]] == [("half", 2, 8.5, 5), ("join", 1, 7, 7), ("split", 1, 3, 3)]'
expect_json 'j["kernels"][0]["ready_to_start"]["mean_us"] == 1.25 and j["kernels"][0]["end_to_observed"]["min_us"] == 0.0004'
expect_json 'j["scheduling_overhead"] == {"types": [{"type": "cpu", "cores": 2, "us": 3, "share": 0.15}], "all_types": {"us": 3, "share": 0.15}, "any_type": {"us": 3, "share": 0.15}}'
expect_json '[(l["kernel"], l["after"], l["scheduling_us"]) for l in j["critical_path"]["links"]] == [("split", "submit", 0), ("half", "producer", 1), ("join", "producer", 2)]'
expect_json '(lambda p: p["compute_us"] + p["scheduling_us"] + p["memory_us"] == p["makespan_us"] and p["compute_us"] == 15)(j["critical_path"])'
expect_json '{w["change"]: w["makespan_us"] for w in j["what_if"]} == {"scheduling free": 15, "rings unbounded": 20, "kernel half 20 % faster": 19, "kernel join 20 % faster": 18.6, "kernel split 20 % faster": 19.4}'

# The same with whole microseconds.
cp -r "$work/rec" "$work/whole"
sed -i 's/10\.0004/10/g; s/,4\.5,5,19\]/,4,5,19]/; s/9\.25/9/' "$work/whole/swimlane.json"
weir analyze "$work/whole" --json
expect_json 'j["kernels"][0]["end_to_observed"]["max_us"] == 0 and j["makespan_us"] == 20'

weir analyze "$work/rec" --against "$work/rec"
expect_status 0
expect_out_matches '^nothing changed beyond noise; [0-9]+ values were compared$'
sed -i 's/12,12,19,19/12,12,29,29/; s/"join"/"merge"/' "$work/whole/swimlane.json"
weir analyze "$work/rec" --against "$work/whole"
expect_status 0
expect_out_matches "^$work/rec: .*makespan 20.00 us$"
expect_out_matches "^$work/whole: .*makespan 29.00 us$"
expect_out "makespan: 20.00 -> 29.00 us (+45.0 %"
expect_out "kernel join (cpu) ran in $work/rec only"
expect_out "kernel merge (cpu) ran in $work/whole only"
weir analyze "$work/rec" --against "$work/whole" --json
expect_json 'j["differences"][0] == {"what": "makespan", "before_us": 20, "after_us": 29, "noise_us": 1, "beyond_noise": True}'
expect_json '[d["beyond_noise"] for d in j["differences"] if d["what"] == "kernel split, mean work"] == [False]'

rm "$work/rec/deps.json"
weir analyze "$work/rec"
expect_status 0
expect_out "there is no deps.json (--enable-dep-gen)"
rm "$work/rec/swimlane.json"
weir analyze "$work/rec"
expect_status 0
expect_out "there is no swimlane.json"
expect_out "thread 1: completed 4 tasks"
rm "$work/rec/run.json"
weir analyze "$work/rec"
expect_refused "has no swimlane.json"
sed -i '/^"tasks":\[$/,/^\[1,4/d; s/^"scope_columns"/"tasks":[],"scope_columns"/' "$work/whole/swimlane.json"
weir analyze "$work/whole"
expect_status 0
expect_out "no task was recorded"
head -c 900 "$work/whole/swimlane.json" >"$work/cut" && mv "$work/cut" "$work/whole/swimlane.json"
weir analyze "$work/whole"
expect_status 1
expect_no_out
expect_err "the file is cut off"
weir analyze
expect_refused "DIR is required"
finish
