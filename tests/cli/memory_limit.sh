#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir run` with --sizes and --memory-limit: sizes that grow and the line that avoids it, limits that are kept, and
# runs that are refused before they start.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
build_program "$source_dir/tests/cli/programs/reads.cpp" "$work/reads.so"
vector=(run vector --set length=4096 --set tile=512 --check)

# A heap of 2 KiB holds one of the program's blocks; it needs four.
weir "${vector[@]}" --ring-heap 2048
expect_status 1
expect_err "ring_heap of ring 1 is too small"
weir "${vector[@]}" --ring-heap 2048 --sizes fixed
expect_status 1
weir "${vector[@]}" --ring-heap 2048 --sizes grow
expect_status 0
expect_out_matches '^  grown +heap of ring 1 from 2 KiB to '
expect_out_matches '^  memory of the rings +[^ ]+ [KM]iB at most, given back behind the run$'
! grep -Eq '^    heap .* of 2 KiB' "$work/stdout" || fail "a peak should stand beside the size that it was in"
expect_out_matches '^  check +ok: '
expect_lines stderr 1 '^weir: warning: sizes were too small for the program and grew while it ran: ring_heap of ring 1 from 2048 to '
line="$(grep -o 'export PTO2_.*' "$work/stderr")"
weir "${vector[@]}" --ring-heap 2048 --sizes grow --repeat 3 --json
expect_status 0
expect_lines stderr 1 '^weir: warning: '
expect_json 'j["size_policy"] == "grow" and j["memory_limit"] is None'
expect_json 'all(g["resource"] == "ring_heap" and g["ring"] == 1 and g["from"] == 2048 < g["to"] and g["times"] >= 1 and g["site"].startswith("program.cpp:") for r in j["runs"] for g in r["grown"])'
expect_json 'all(len(r["grown"]) == 1 and r["memory_bytes"] > 2048 for r in j["runs"])'

# The line avoids it.
eval "$line"
weir "${vector[@]}" --json
expect_status 0
expect_no_err
expect_json 'j["runs"][0]["grown"] == [] and j["size_policy"] == "auto" and j["sources"]["ring_heap"][1] == "environment"'
for variable in "${!PTO2_@}"; do unset "$variable"; done

# A limit: kept, or the run is refused with what takes most and the scope that decides it.
weir "${vector[@]}" --memory-limit 1048576 --json
expect_status 0
expect_no_err
expect_json 'j["memory_limit"] == 1048576 and 0 < j["median"]["memory_bytes"] <= 1048576'
expect_json 'j["sources"]["ring_heap"] == ["memory limit"] * 4 and j["sizes"]["ring_heap"][1] >= 8192'
weir "${vector[@]}" --memory-limit 100000
expect_refused "memory_limit is 100000 bytes, but the rings come to" "heap of ring 1 takes 8192 bytes" \
    "for the scope opened at program.cpp:" "the submit at program.cpp:" "split these scopes" "or raise the limit"
weir "${vector[@]}" --memory-limit 1048576 --ring-heap 2048
expect_refused "ring_heap of ring 1 is 2048, but the program needs 8192"
weir "${vector[@]}" --memory-limit 1048576 --ring-heap 2048 --sizes grow
expect_status 0
expect_no_err

# What must not change is named, not the scopes, when the program itself would fit.
weir "${vector[@]}" --memory-limit 1048576 --ring-heap 0,1048576,0,0
expect_refused "memory_limit is 1048576 bytes, but the rings come to " "ring_heap of ring 1 is 1048576, and 8192 would do"
expect_lines stderr 0 'split these scopes'

# With --sizes plan: its sizes if they fit into the limit, else those that do.
weir "${vector[@]}" --sizes plan --memory-limit 1048576 --json
expect_status 0
expect_no_err
expect_json 'j["sizes"] == j["plan"]["simulated"]["recommended"]["sizes"]'
planned="$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["runs"][0]["memory_bytes"])' "$work/stdout")"
limit=$((planned - 1))
weir "${vector[@]}" --sizes plan --memory-limit "$limit"
expect_status 0
expect_err "--sizes plan: its sizes come to $planned bytes, but --memory-limit is $limit, which decides instead"
expect_out_matches '^  sizes planned .*; above the memory limit$'
weir "${vector[@]}" --sizes plan --memory-limit "$limit" --json
expect_status 0
expect_json "j['runs'][0]['memory_bytes'] <= $limit"
weir run "$work/reads.so" --sizes plan --memory-limit 1048576 --check --json
expect_status 0
expect_err "--sizes plan: the plan ends at reads.cpp:" "which decides instead"
expect_json 'not j["plan"]["exact"] and j["runs"][0]["memory_bytes"] <= 1048576'

# A program that reads its tasks' data has no exact plan; the limit holds while it runs, and that is said once.
weir run "$work/reads.so" --memory-limit 1048576 --repeat 3 --check
expect_status 0
expect_lines stderr 1 '^weir: warning: .*reads what a task writes, .*: memory_limit 1048576 is enforced while it runs$'
expect_lines stderr 1 .

weir run vector --memory-limit 64M
expect_refused "--memory-limit '64M': this is no plain whole number"
weir run vector --memory-limit 0
expect_refused "--memory-limit '0': give a whole number from 1 to 18446744073709551615"
weir run vector --sizes large
expect_refused "--sizes 'large': there is no such sizes; there is: auto, plan, fixed, grow"

finish
