#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir run` on chip platforms: shipped programs and their checks, figures, the schedule, files, and what is refused.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

small_paged_attention=(paged_attention --set batch=3 --set heads=4 --set kv_heads=2 --set head_dim=16 --set block=16
    --set context=64)
for platform in a2a3sim a5sim tinysim; do
    weir run "${small_paged_attention[@]}" --platform "$platform" --check
    expect_status 0
    expect_out_matches '^  virtual makespan +[0-9.]+ (us|ms)$'
    expect_out_matches '^  cores busy +AIC [0-9.]+ %, AIV [0-9.]+ %$'
    expect_out_matches '^  schedulers +polling [0-9.]+ %, completing [0-9.]+ %, dispatching [0-9.]+ %, idle [0-9.]+ %$'
    expect_out_matches '^  orchestrator +[0-9.]+ % of the makespan; submitting [0-9.]+ %, waiting [0-9.]+ %$'
    expect_out_matches '^  check +ok: '
    weir run cholesky --set n=256 --set tile=64 --platform "$platform" --check
    expect_status 0
    weir run vector --platform "$platform" --check --ring-task-window 4 --ring-consumed-window 8
    expect_status 0
done

# The same schedule twice, and without kernels.
cd "$work" || exit 1
weir run cholesky --set n=256 --set tile=64 --platform a5sim --schedule one
expect_status 0
weir run cholesky --set n=256 --set tile=64 --platform a5sim --schedule two --no-compute --repeat 2
expect_status 0
expectations=$((expectations + 1))
cmp -s one two || fail "two runs should make the same schedule"
expectations=$((expectations + 1))
grep -qE '^task 0:1 [a-z_]+ thread [0-9] core [0-9]+ dispatched [0-9]+ started [0-9]+ ended [0-9]+ completed [0-9]+$' one ||
    fail "the schedule should have a line for the first task"

weir run cholesky --set n=256 --set tile=64 --platform a5sim --early-dispatch --check --schedule early
expect_status 0
expectations=$((expectations + 1))
! cmp -s one early || fail "early dispatch should make another schedule"
weir run vector --early-dispatch
expect_refused "the platform is cpu" "--platform"

weir run vector --platform a2a3sim --json
expect_status 0
expect_json 'j["median"]["chip"]["chip"] == "a2a3" and j["median"]["chip"]["makespan_ns"] > 0'
expect_json 'j["median"]["chip"]["host_time_factor"] is None'
expect_json 'sum(v for k, v in j["median"]["chip"]["scheduler_ns"].items() if k != "total") == j["median"]["chip"]["scheduler_ns"]["total"]'
weir run vector --json
expect_status 0
expect_json 'j["median"]["chip"] is None'

# Files: a chip, kernel times, and mistakes in them.
printf '{"name": "mine", "like": "a2a3", "clusters": 2, "control_threads": 2}' >mine.json
weir run vector --platform a2a3sim --chip mine.json --check
expect_status 0
expect_out_matches '^  chip +mine: 2 AIC, 4 AIV, 2 control threads$'
printf '{"name": "mine", "like": "a2a3", "cluster": 2}' >wrong.json
weir run vector --platform a2a3sim --chip wrong.json
expect_refused "wrong.json" "cluster: no such field"
printf '{"name": "mine", "like": "a2a3", "clusters": 0}' >wrong.json
weir run vector --platform a2a3sim --chip wrong.json
expect_refused "wrong.json" "clusters: 0 is not from 1 to"
weir run vector --platform a2a3sim --chip missing.json
expect_refused "missing.json" "cannot be opened"
printf '{"no_such_kernel": 5}' >times.json
weir run vector --platform a2a3sim --kernel-times times.json
expect_status 2
expect_err "times.json' has no entry for kernel \"add\", which the program submits at program.cpp:"
printf '{"add": -5}' >times.json
weir run vector --platform a2a3sim --kernel-times times.json
expect_refused "times.json" "add"

weir run vector --platform a4sim
expect_refused "--platform 'a4sim'" "a2a3sim"
weir run vector --chip mine.json
expect_refused "the platform is cpu" "--platform"
weir run vector --platform a2a3sim --no-compute --check
expect_refused "--check and --no-compute" "no results"
weir run vector --platform a2a3sim --host-time-factor 0
expect_refused "--host-time-factor '0'" "above 0"
weir run vector --platform a2a3sim --threads 2
expect_refused "threads is 2" "one host thread"
weir run vector --platform a2a3sim --schedule ""
expect_refused "--schedule ''" "name a file"
# That runs differ is said where it is so, and only there.
weir run vector --platform a2a3sim --host-time-factor 2.5 --check
expect_status 0
expect_out_matches '^  kernel times +measured on this machine, times 2\.5: runs differ$'
weir run vector --platform a2a3sim --host-time-factor 2.5 --json
expect_json 'j["median"]["chip"]["host_time_factor"] == 2.5'
weir run vector --platform a2a3sim
expect_lines stdout 0 'runs differ'

# The wall clock.
for platform in a2a3sim a5sim tinysim; do
    weir run "${small_paged_attention[@]}" --platform "$platform" --clock wall --check
    expect_status 0
    expect_out_matches '^  threads +[0-9]+$'
    expect_out_matches '^  makespan +[0-9.]+ (us|ms|s)$'
    expect_out_matches '^  check +ok: '
    weir run cholesky --set n=256 --set tile=64 --platform "$platform" --clock wall --threads 1 --check
    expect_status 0
    weir run vector --platform "$platform" --clock wall --check --ring-task-window 4 --ring-consumed-window 8
    expect_status 0
    weir run qwen3_decode --set preset=small --platform "$platform" --clock wall --check
    expect_status 0
    weir run task_bench --set steps=20 --set width=8 --platform "$platform" --clock wall --check
    expect_status 0
done
weir run cholesky --set n=256 --set tile=64 --platform a2a3sim --clock wall --early-dispatch --check
expect_status 0

weir run vector --platform a2a3sim --clock wall --threads 3 --json
expect_status 0
expect_json 'j["median"]["chip"]["clock"] == "wall" and j["threads"] == 3'
weir run vector --platform a2a3sim --json
expect_json 'j["median"]["chip"]["clock"] == "virtual"'
weir run vector --clock wall
expect_refused "the platform is cpu" "--platform"
weir run vector --platform a2a3sim --clock sundial
expect_refused "--clock 'sundial'" "virtual"
weir run vector --platform a2a3sim --clock wall --schedule x
expect_refused "--schedule is for the virtual clock" "--clock wall"
weir run vector --platform a2a3sim --clock wall --host-time-factor 2
expect_refused "--host-time-factor is for the virtual clock"
weir run vector --platform a2a3sim --clock wall --kernel-times times.json
expect_refused "--kernel-times is for the plan"
finish
