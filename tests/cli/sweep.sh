#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir sweep`: a row for each point of the grid, the same for any number of jobs; what is refused; runs that fail.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
build_program "$source_dir/tests/cli/programs/fixture.cpp" "$work/fixture.so"
cd "$work" || exit 1

# 64 independent chains of five tasks: with more scheduler threads and a larger window they end sooner.
program=(vector --set length=4096 --set tile=64)
grid=(--vary control_threads=2,3,4 --vary ring_task_window=8,64)
for jobs in 1 3; do
    weir sweep "${program[@]}" "${grid[@]}" --jobs "$jobs"
    expect_status 0
    expect_no_err
    cp stdout "text$jobs"
    weir sweep "${program[@]}" "${grid[@]}" --jobs "$jobs" --json
    expect_status 0
    cp stdout "json$jobs"
done
expectations=$((expectations + 2))
cmp -s text1 text3 || fail "text should not depend on the number of jobs"
cmp -s json1 json3 || fail "JSON should not depend on the number of jobs"
cp text1 stdout
expect_out "vector on a2a3sim: 6 runs"
expect_out_matches '^  control_threads +ring_task_window +makespan +change +AIC busy +AIV busy +polling +completing +dispatching +idle +orchestrator +held back$'
expect_out_matches '^  2 +8 +[0-9.]+ (us|ms) +\+0\.0 % .* task window [0-9.]+ (us|ms)$'
expect_out_matches '^  4 +64 +[0-9.]+ (us|ms) +-[0-9.]+ % '
expect_out_matches '^best: 3 scheduler threads instead of 1 \(control_threads=4\), ring_task_window=64 instead of 8: -[0-9.]+ % makespan$'
expect_lines stdout 9 '.'

# Each row is what a run with its options tells.
cp json1 stdout
expect_json '[list(r["point"].values()) for r in j["rows"]] == [[a, b] for a in "234" for b in ("8", "64")]'
expect_json 'j["rows"][0]["change"] == 0 and all(r["error"] is None and r["tasks"] == 320 for r in j["rows"])'
expect_json 'j["vary"] == {"control_threads": ["2", "3", "4"], "ring_task_window": ["8", "64"]}'
expect_json 'j["best"]["row"] == 5 and j["best"]["change"] == j["rows"][5]["chip"]["makespan_ns"] / j["rows"][0]["chip"]["makespan_ns"] - 1'
expect_json 'j["rows"][3]["options"] == ["--chip-set", "control_threads=3", "--ring-task-window", "64"]'
makespan="$(python3 -c 'import json; print(json.load(open("json1"))["rows"][3]["chip"]["makespan_ns"])')"
weir run "${program[@]}" --platform a2a3sim --chip-set control_threads=3 --ring-task-window 64 --json
expect_json "j['median']['chip']['makespan_ns'] == $makespan"

# Rings of their own, over a varied size for all of them; parameters; fields of a chip file; a table for others.
printf '{"name": "mine", "like": "a5", "clusters": 4, "control_threads": 2}' >mine.json
weir sweep vector --platform a5sim --chip mine.json --no-compute --vary set.length=4096,8192 --vary clusters=2,4 \
    --set tile=256 --csv
expect_status 0
expect_lines stdout 5 '^'
expect_out_matches '^set\.length,clusters,makespan_ns,change,aic_utilisation,.*,held_back_ring_heap_ns,.*,error$'
expect_out_matches '^8192,2,[0-9]+,[0-9.]+,'
weir sweep "${program[@]}" --vary ring_task_window=16 --vary ring_task_windows=0:8:0:4,4:0:0:0 --json
expect_status 0
expect_json '[r["options"] for r in j["rows"]] == [["--ring-task-window", "16,8,16,4"], ["--ring-task-window", "4,16,16,16"]]'
weir sweep "${program[@]}" --vary ring_task_window=64,8
expect_status 0
expect_out "best: the first row; no other one is faster"

# Runs that fail are rows that say so, and the others are there.
weir sweep "${program[@]}" --vary ring_task_window=64,10,32 --json
expect_status 1
expect_err "1 of 3 runs failed"
expect_json '"ring_task_window" in j["rows"][1]["error"] and "10" in j["rows"][1]["error"] and j["rows"][1]["chip"] is None'
expect_json 'j["rows"][2]["chip"]["makespan_ns"] > 0 and j["rows"][2]["change"] is not None'
weir sweep ./fixture.so --vary set.mode=succeed,fail,kill,exit
expect_status 1
expect_err "3 of 4 runs failed"
expect_out_matches '^  succeed +[0-9.]+ (us|ms) +\+0\.0 % '
expect_out_matches '^  fail +failed'
expect_out_matches '^failed: set\.mode=fail: .*the fixture.s kernel fails as asked'
expect_out_matches '^failed: set\.mode=kill: killed by signal 9 \('
expect_out "failed: set.mode=exit: it ended with exit status 7 and said nothing"
expect_out "best: the first row"
weir sweep ./fixture.so --vary set.mode=kill,succeed
expect_status 1
expect_out_matches '^  succeed +[0-9.]+ (us|ms) +- '
expect_out "best: unknown, since the first row failed"
weir sweep "${program[@]}" --chip-set clusters=2 --vary control_threads=2,9
expect_status 1
expect_out_matches '^failed: control_threads=9: .*use at most 3'

# What is refused before anything runs.
refused() {
    weir sweep vector "${@:2}"
    expect_refused "$1"
}
refused "the grid is empty: say what to vary"
refused "--vary 'control_threads': give KEY=VALUE,VALUE,..." --vary control_threads
refused "a value is empty" --vary control_threads=
refused "a value is empty" --vary control_threads=2,,3
refused "the value 2 is there twice" --vary control_threads=2,2
refused "--vary control_threads: it is given twice" --vary control_threads=2 --vary control_threads=3
refused "there is no key 'threads'; there is: clusters, control_threads," --vary threads=2
refused "--vary clusters '0': give a whole number from 1 to" --vary clusters=0,2
refused "--vary ring_heap '1K': this is no plain whole number" --vary ring_heap=1K
refused "--vary ring_heaps '1024:0': give a number for each of the 4 rings" --vary ring_heaps=1024:0
refused "no parameter 'size'" --vary set.size=1
refused "but at most 1024 are run" --vary "dispatch_ns=$(seq -s, 1 33)" --vary "complete_ns=$(seq -s, 1 33)"
refused "--set tile is given, and --vary set.tile varies it" --set tile=64 --vary set.tile=1,2
refused "--ring-heap is given, and --vary ring_heaps varies it" --ring-heap 65536 --vary ring_heaps=1024:0:0:0
refused "--chip-set clusters is given, and --vary clusters varies it" --chip-set clusters=2 --vary clusters=1,2
refused "--platform 'cpu': there is no such platform" --platform cpu --vary clusters=2
refused "--csv and --json exclude each other" --vary clusters=2 --csv --json
refused "--clock" --vary clusters=2 --clock wall
refused "--jobs '0'" --vary clusters=2 --jobs 0
weir sweep vectro --vary clusters=2
expect_refused "no program 'vectro'"
weir run vector --platform a2a3sim --chip-set cluster=2
expect_refused "--chip-set: there is no field 'cluster'; there is: clusters,"
weir run vector --platform a2a3sim --chip-set clusters=0
expect_refused "--chip-set clusters '0'"
weir run vector --chip-set clusters=2
expect_refused "the platform is cpu"
finish
