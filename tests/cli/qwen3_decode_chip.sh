#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the chips are for: qwen3_decode and paged_attention are right on every platform, and a run on a chip tells what its
# cores, control threads and rings did, in text and in JSON, with figures that fit each other.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

qwen=(qwen3_decode --set preset=small)
paged=(paged_attention --set batch=3 --set heads=4 --set kv_heads=2 --set head_dim=16 --set block=16 --set context=64)
tiny_rings=(--ring-task-window 4 --ring-consumed-window 4,16,16,32 --ring-dep-pool 4)

for platform in cpu a2a3sim a5sim; do
    for epilogues in mixed separate; do
        weir run "${qwen[@]}" --platform "$platform" --set "epilogues=$epilogues" --set layers=2 --check "${tiny_rings[@]}"
        expect_status 0
        expect_no_err
        expect_out_matches '^  check +ok: .* the caches are otherwise as before$'
    done
    weir run "${paged[@]}" --platform "$platform" --check
    expect_status 0
    expect_out_matches '^  check +ok: '
done

# Everything that a run on a chip tells, in text ...
time='[0-9.]+ (ns|us|ms)'
percent='[0-9.]+ %'
expect_chip_text() {
    expect_status 0
    expect_out_matches "^  virtual makespan +$time\$"
    expect_out_matches "^  cores busy +AIC $percent, AIV $percent\$"
    expect_out_matches "^  schedulers +polling $percent, completing $percent, dispatching $percent, idle $percent\$"
    expect_out_matches "^  orchestrator +$percent of the makespan; submitting $percent, waiting $percent\$"
    expect_out_matches '^  task rate +[0-9,.]+ tasks/s$'
    expect_out_matches "^  host time +$time\$"
}
# ... and in JSON, where times of the chip add up.
expect_chip_json() {
    expect_status 0
    expect_json '((m := j["median"]) and (c := m["chip"]) and (s := c["scheduler_ns"]) and (o := c["orchestrator_ns"]) and
        c["makespan_ns"] >= o["total"] > 0 and o["submitting"] + o["waiting"] == o["total"] and
        c["aic_utilisation"] == c["aic_busy_ns"] / (c["makespan_ns"] * c["aic_cores"]) <= 1 and
        c["aiv_utilisation"] == c["aiv_busy_ns"] / (c["makespan_ns"] * c["aiv_cores"]) <= 1 and c["aiv_busy_ns"] > 0 and
        s["polling"] + s["completing"] + s["dispatching"] + s["idle"] == s["total"] > 0 and
        sum(m["held_back_by_ns"].values()) == m["held_back_ns"] <= o["waiting"] and
        abs(m["tasks_per_s"] * m["elapsed_ns"] / 1e9 / m["tasks"] - 1) < 1e-6)'
}
for platform in a2a3sim a5sim; do
    weir run "${paged[@]}" --platform "$platform"
    expect_chip_text
    expect_out_matches '^  held back +never$'
    for program in qwen paged; do
        declare -n words=$program
        weir run "${words[@]}" --platform "$platform" --json
        expect_chip_json
        cp "$work/stdout" "$work/first.json"
        # The same schedule again.
        weir run "${words[@]}" --platform "$platform" --json
        expect_json "j['median']['chip'] == json.load(open('$work/first.json'))['median']['chip']"
    done
done
weir run "${qwen[@]}" --platform a2a3sim --ring-task-window 4
expect_chip_text
expect_out_matches "^  held back +[0-9,]+ times, $time: task window $time\$"
weir run "${qwen[@]}" --platform a2a3sim --ring-task-window 4 --json
expect_chip_json
expect_json 'j["median"]["held_back_by_ns"]["ring_task_window"] == j["median"]["held_back_ns"] > 0'

# By hand: one core has two tiles of five tasks each, 1 us a task.
cd "$work" || exit 1
printf '{"add": 1000, "add_scalar": 1000, "multiply": 1000}' >times.json
weir run vector --set length=2048 --set tile=1024 --platform tinysim --kernel-times times.json --json
expect_chip_json
expect_json 'j["median"]["chip"]["aiv_busy_ns"] == 10 * 1000 and j["median"]["chip"]["aic_busy_ns"] == 0'
# 10 tasks of three tensors, or two for add_scalar; each task completed and dispatched once.
expect_json 'j["median"]["chip"]["orchestrator_ns"]["submitting"] == 10 * 435 + (6 * 3 + 4 * 2) * 145'
expect_json 'j["median"]["chip"]["scheduler_ns"]["completing"] == 10 * 2000'
expect_json 'j["median"]["chip"]["scheduler_ns"]["dispatching"] == 10 * 3000'
finish
