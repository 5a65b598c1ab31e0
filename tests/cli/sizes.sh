#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sizes from options and the environment: which source decides, what is said of those that cannot be, and what a run
# tells of its rings: sizes with sources, peaks, and what held it back.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
build_program "$source_dir/tests/cli/programs/fixture.cpp" "$work/fixture.so"

# An option comes first, for each ring on its own; a 0 leaves the ring to the environment, that to the default.
export PTO2_RING_TASK_WINDOW=0,64,128,0 PTO2_RING_HEAP=1048576 PTO2_TENSORMAP_POOL=256
for command in "info" "run $work/fixture.so"; do
    # shellcheck disable=SC2086  # command and argument are two words
    weir $command --json --ring-task-window 0,0,32,0 --ring-heap 0,0,0,4096
    expect_status 0
    expect_no_err
    expect_json 'j["sizes"]["ring_task_window"] == [16384, 64, 32, 16384]'
    expect_json 'j["sources"]["ring_task_window"] == ["default", "environment", "option", "default"]'
    expect_json 'j["sizes"]["ring_heap"] == [1048576] * 3 + [4096]'
    expect_json 'j["sources"]["ring_heap"] == ["environment"] * 3 + ["option"]'
    expect_json 'j["sizes"]["ring_consumed_window"] == [65536, 256, 128, 65536]'
    expect_json 'j["sizes"]["tensormap_pool"] == 256 and j["sources"]["tensormap_pool"] == "environment"'
done
weir info --ring-task-window 0,0,32,0
expect_status 0
expect_out "16,384 (default), 64 (PTO2_RING_TASK_WINDOW), 32 (option), 16,384 (default)"
expect_out_matches '^  heap +1 MiB each \(PTO2_RING_HEAP\)$'
expect_out_matches '^  TensorMap pool, entries +256 in all \(PTO2_TENSORMAP_POOL\)$'
unset PTO2_RING_TASK_WINDOW PTO2_RING_HEAP PTO2_TENSORMAP_POOL

# The example of four different sizes, from the environment.
export PTO2_RING_TASK_WINDOW=8192,16384,131072,524288 PTO2_RING_HEAP=134217728,268435456,402653184,536870912
export PTO2_RING_DEP_POOL=4096,8192,16384,32768
weir run "$work/fixture.so" --json
expect_status 0
expect_json 'j["sizes"]["ring_task_window"] == [8192, 16384, 131072, 524288]'
expect_json 'j["sizes"]["ring_heap"] == [134217728, 268435456, 402653184, 536870912]'
expect_json 'j["sizes"]["ring_dep_pool"] == [4096, 8192, 16384, 32768]'
expect_json 'j["sources"]["ring_heap"] == ["environment"] * 4'
unset PTO2_RING_TASK_WINDOW PTO2_RING_HEAP PTO2_RING_DEP_POOL

# Variables that cannot be used are warnings; the command goes on with the next source.
export PTO2_RING_HEAP=256M PTO2_RING_TASK_WINDOW=1000 PTO2_RING_HEEP=4096 PTO2_RING_DEP_POOL=8,8,8
for command in "info" "run $work/fixture.so --check"; do
    # shellcheck disable=SC2086
    weir $command
    expect_status 0
    expect_lines stderr 4 '^weir: warning: PTO2_'
    expect_lines stderr 4 .
    expect_err "PTO2_RING_HEAP '256M': this is no plain whole number; give digits only"
    expect_err "PTO2_RING_TASK_WINDOW '1000': ring_task_window would be 1000, but it must be a power of two"
    expect_err "the nearest valid value is 1024"
    expect_err "PTO2_RING_HEEP: there is no such variable, it was ignored; did you mean PTO2_RING_HEAP?"
    expect_err "PTO2_RING_DEP_POOL '8,8,8': give one value for every ring, or exactly 4 separated by commas, not 3"
done
expect_out_matches '^  check +ok: '
weir info --json
expect_json 'set(s for v in j["sources"].values() for s in (v if isinstance(v, list) else [v])) == {"default"}'
unset PTO2_RING_HEAP PTO2_RING_TASK_WINDOW PTO2_RING_HEEP PTO2_RING_DEP_POOL

# What is in force is logged once, however many runs there are.
weir run "$work/fixture.so" --verbose --repeat 3 --ring-heap 4096,8192,0,0
expect_status 0
expect_lines stderr 1 '^weir: sizes in force: '
expect_lines stderr 1 .
expect_err "ring_heap 4096,8192,268435456,268435456 (call per ring,call per ring,default,default)"
expect_err "ring_task_window 16384 (default)"

# A run that is held back by construction: what was short, for how long, where; and peaks that are exact.
full=(run "$work/fixture.so" --check --set mode=full --set tasks=3 --threads 2 --ring-task-window 4 --deadline 1min)
line="$(grep -n '// held back$' "$source_dir/tests/cli/programs/fixture.cpp" | cut -d: -f1)"
weir "${full[@]}"
expect_status 0
expect_no_err
expect_out_matches '^  held back +[0-9,]+ times?, [0-9.]+ [num]?s: task window [0-9.]+ [num]?s$'
expect_out_matches "^  held back longest +fixture.cpp:$line: .*, the longest [0-9.]+ [num]?s for task window of ring 0\$"
expect_out_matches '^  peak use of +ring 0$'
expect_out_matches '^    task window, slots +4 of 4$'
expect_out_matches '^    heap +0 bytes of 256 MiB$'
weir "${full[@]}" --json --repeat 2
expect_status 0
expect_json 'all(r["times_held_back"] >= 1 and r["held_back_ns"] > 0 for r in j["runs"])'
expect_json 'all(r["held_back_by_ns"]["ring_task_window"] == r["held_back_ns"] for r in j["runs"])'
expect_json 'all(set(r["held_back_by_ns"]) == set(j["sizes"]) for r in j["runs"])'
expect_json "all(r['held_back_longest']['site'] == 'fixture.cpp:$line' for r in j['runs'])"
expect_json 'all(r["held_back_longest"]["resource"] == "ring_task_window" and r["held_back_longest"]["ring"] == 0 for r in j["runs"])'
expect_json 'all(0 < r["held_back_longest"]["longest_ns"] <= r["held_back_longest"]["held_back_ns"] == r["held_back_ns"] for r in j["runs"])'
expect_json 'all(r["peaks"]["ring_task_window"] == [4, 0, 0, 0] and set(r["peaks"]) == set(j["sizes"]) for r in j["runs"])'
expect_json 'j["largest_peaks"]["ring_task_window"] == [4, 0, 0, 0]'

# Never held back: there is no place.
weir run "$work/fixture.so" --threads 1
expect_out_matches '^  held back +never$'
expect_lines stdout 0 'held back longest'
weir run "$work/fixture.so" --threads 1 --json
expect_json 'j["runs"][0]["held_back_longest"] is None and sum(j["runs"][0]["held_back_by_ns"].values()) == 0'

finish
