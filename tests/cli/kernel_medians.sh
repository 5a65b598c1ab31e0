#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --kernel-times-from: what kernels took in a recorded run, on a chip and for a plan.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
cd "$work" || exit 1

# recording DIR KERNEL:NANOSECONDS...: a swimlane with an execution of each.
recording() {
    mkdir -p "$1"
    python3 - "$@" <<'END'
import json, sys
rows = [word.split(":") for word in sys.argv[2:]]
kernels = sorted({kernel for kernel, _ in rows})
columns = "ring id kernel site scope thread core block submitted ready dispatched start end observed released consumed".split()
tasks = []
for number, (kernel, ns) in enumerate(rows, 1):
    end = 1 + int(ns) / 1000
    tasks.append([0, number, kernels.index(kernel), None, 0, 0, 0, 0, 0, 0, 1, 1] + [end] * 4)
json.dump({"format": "weir-swimlane", "version": 1, "level": 2, "partial": False,
           "kernels": [{"name": kernel, "core_type": "cpu"} for kernel in kernels], "sites": [],
           "task_columns": columns, "tasks": tasks, "scope_columns": ["depth", "ring", "site", "parent", "begin", "end"],
           "scopes": [[0, 0, None, None, 0, 20]], "phase_columns": ["thread", "phase", "begin", "end"], "phases": [],
           "counter_columns": "time ring task_window consumed_window payload heap dep_pool tensormap".split(), "counters": [],
           "instant_columns": ["time", "thread", "what", "site", "detail"], "instants": []},
          open(sys.argv[1] + "/swimlane.json", "w"))
END
}

# One tile: add twice, add_scalar twice, multiply once.
vector=(vector --set length=64 --set tile=64)
busy() { expect_json "j['median']['chip']['aiv_busy_ns'] == $1"; }
recording rec add:1000 add:3000 add:2000 multiply:500
weir run "${vector[@]}" --platform a2a3sim --kernel-times-from rec --check --json
expect_status 0
busy "2 * 2000 + 500 + 2 * 10000"
printf '{"add": 7}' >times.json
weir run "${vector[@]}" --platform a5sim --kernel-times-from rec --kernel-times times.json --json
expect_status 0
busy "2 * 7 + 500 + 2 * 10000"
weir run "${vector[@]}" --platform a5sim --kernel-times times.json
expect_status 2
expect_err "has no entry for kernel \"add_scalar\", which the program submits at program.cpp:"

weir plan "${vector[@]}" --kernel-times-from rec --threads 1 --submit-ns 0 --json
expect_status 0
expect_json 'j["simulated"]["makespan_ns"]["unhindered"] == 2 * 2000 + 500 + 2 * 10000'
expect_json 'j["simulated"]["kernel_medians_ns"] == {"add": 2000, "multiply": 500}'
expect_json 'j["simulated"]["assumed_kernels"] == ["add_scalar"]'
weir plan "${vector[@]}" --kernel-times-from rec --kernel-times times.json
expect_status 0
expect_out_matches "^  kernels +times in 'times\.json', medians of 2 recorded kernels, 10\.0 us assumed for add_scalar\$"
weir run "${vector[@]}" --sizes plan --kernel-times-from rec
expect_status 0
expect_out_matches '^  sizes planned .*medians of 2 recorded kernels'

# A recording that a run has made.
weir run "${vector[@]}" --record real
expect_status 0
weir run "${vector[@]}" --platform tinysim --kernel-times-from real --check
expect_status 0

weir run "${vector[@]}" --platform a2a3sim --kernel-times-from nowhere
expect_refused "--kernel-times-from: 'nowhere' is no directory"
mkdir empty
weir run "${vector[@]}" --platform a2a3sim --kernel-times-from empty
expect_refused "--kernel-times-from: 'empty' has no swimlane.json; record it with"
recording nothing
weir run "${vector[@]}" --platform a2a3sim --kernel-times-from nothing
expect_refused "the recording in 'nothing' has no execution of a kernel"
recording zero add:0
weir plan "${vector[@]}" --kernel-times-from zero
expect_status 2
expect_err "the recorded median of kernel \"add\" is 0 ns"
weir run "${vector[@]}" --platform a2a3sim --kernel-times-from zero --kernel-times times.json
expect_status 0
mkdir damaged
printf '{"format": "weir-swimlane", "ver' >damaged/swimlane.json
weir run "${vector[@]}" --platform a2a3sim --kernel-times-from damaged
expect_refused "--kernel-times-from: " "damaged/swimlane.json"
weir run "${vector[@]}" --platform a2a3sim --kernel-times-from ''
expect_refused "--kernel-times-from ''" "name the directory"
weir run "${vector[@]}" --kernel-times-from rec
expect_refused "--kernel-times-from is for the plan of --sizes plan, or for the virtual clock of a chip platform"
weir run "${vector[@]}" --platform a2a3sim --clock wall --kernel-times-from rec
expect_refused "--kernel-times-from is for the plan of --sizes plan, or for the virtual clock of a chip platform"
weir run "${vector[@]}" --platform a2a3sim --clock wall --sizes plan --kernel-times-from rec --check
expect_status 0
weir run "${vector[@]}" --platform a2a3sim --kernel-times-from rec --host-time-factor 2
expect_refused "host_time_factor and kernel_medians are both set"
finish
