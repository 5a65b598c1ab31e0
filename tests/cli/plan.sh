#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir plan`: its three forms, what it refuses, and that what it says of the shipped programs is so.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
build_program "$source_dir/tests/cli/programs/fixture.cpp" "$work/fixture.so"
build_program "$source_dir/tests/cli/programs/reads.cpp" "$work/reads.so"

# cases: one line for each run that proves something: what it has, then the sizes as options of `weir run`.
cases() {
    python3 - "$work/stdout" <<'PYTHON'
import copy, json, sys
plan = json.load(open(sys.argv[1]))
assert plan["exact"] and plan["tasks"] == sum(plan["tasks_of_ring"]) > 0 and plan["ends_at"] is None
def show(what, table):
    text = lambda value: ",".join(map(str, value)) if isinstance(value, list) else value
    print(what, *("--%s=%s" % (name.replace("_", "-"), text(value)) for name, value in table.items()))
smallest = plan["smallest"]["sizes"]
show("unhindered", plan["unhindered"]["sizes"])
show("smallest", smallest)
simulated = plan["simulated"]
assert simulated["makespan_ns"]["recommended"] <= simulated["makespan_ns"]["unhindered"] * 1.02
show("recommended", simulated["recommended"]["sizes"])
show("schedule", simulated["unhindered"]["sizes"])
for field, places in plan["smallest"]["decided_by"].items():
    smaller = (lambda v: v // 2) if field.endswith("window") else (lambda v: v - 1)
    for ring, place in enumerate(places if isinstance(places, list) else [places]):
        if place:
            less = copy.deepcopy(smallest)
            if isinstance(places, list):
                less[field][ring] = smaller(less[field][ring])
            else:
                less[field] = smaller(less[field])
            show(field, less)
PYTHON
}
# prove PROGRAM [KEY=VALUE...]: the smallest sizes are enough and a step less is not; the others never hold back.
# Sets `decided` to the sizes that the program decides.
prove() {
    local settings=() setting what sizes threads
    decided=""
    for setting in "${@:2}"; do settings+=(--set "$setting"); done
    weir plan "$1" "${settings[@]}" --threads 4 --json
    expect_status 0
    expect_no_err
    cases >"$work/cases" || fail "the plan should be exact and count its tasks"
    while read -r what sizes; do
        case "$what" in
            recommended | schedule)
                # shellcheck disable=SC2086
                weir run "$1" "${settings[@]}" --check --threads 4 $sizes
                expect_status 0
                ;;
            smallest | unhindered)
                for threads in 1 2 4; do
                    # shellcheck disable=SC2086
                    weir run "$1" "${settings[@]}" --check --threads "$threads" $sizes
                    expect_status 0
                    [ "$what" = smallest ] || expect_out_matches '^  held back +never$'
                done
                ;;
            *)
                # shellcheck disable=SC2086
                weir run "$1" "${settings[@]}" --threads 2 $sizes
                expect_status 1
                expect_err "$what"
                expect_err "too small"
                decided+="$what "
                ;;
        esac
    done <"$work/cases"
}
prove vector length=4096 tile=512
[ "$decided" = "ring_consumed_window ring_heap " ] || fail "vector should decide two sizes, not: $decided"
prove cholesky n=192 tile=32
prove paged_attention batch=3 heads=8 kv_heads=2 head_dim=32 block=16 context=200
[ "$decided" = "ring_consumed_window ring_heap " ] || fail "paged_attention should decide two sizes, not: $decided"
prove qwen3_decode preset=small layers=2
prove qwen3_decode preset=small epilogues=separate
prove task_bench pattern=all_to_all width=8 steps=20

weir plan vector --set length=4096 --set tile=512
expect_status 0
expect_no_err
expect_out_matches '^vector: .'
expect_out_matches '^  parameters +length=4096 tile=512 '
expect_out_matches '^  tasks +40$'
expect_out_matches '^  exact +yes$'
expect_out_matches '^ring 0: not used$'
expect_out_matches '^ring 1: 40 tasks$'
expect_out_matches '^  heap +8 KiB +program\.cpp:[0-9]+, submit program\.cpp:[0-9]+ +64 KiB +most in program\.cpp:[0-9]+$'
expect_out_matches '^  TensorMap pool, entries +64 '

# Columns are as wide as what is in them.
weir plan qwen3_decode --set preset=small
expect_status 0
expect_out_matches '^  consumed window, entries +8 +attention_tasks\.cpp:[0-9]+, submit attention_tasks\.cpp:[0-9]+  +128 '

# Lines for a shell, which it takes as they are.
weir plan vector --set length=4096 --set tile=512 --env
expect_status 0
expect_out "export PTO2_RING_HEAP=1024,8192,1024,1024"
expect_out "# export PTO2_RING_HEAP=1024,65536,1024,1024"
cp "$work/stdout" "$work/sizes.sh"
(
    # shellcheck disable=SC1091
    . "$work/sizes.sh"
    weir run vector --set length=4096 --set tile=512 --check --json
    expect_status 0
    expect_json 'j["sizes"]["ring_heap"] == [1024, 8192, 1024, 1024]'
    [ "$failures" -eq 0 ]
) || fail "the sizes that were pasted are not in force"
weir plan "$work/fixture.so" --set "label=two
lines" --env
expect_status 0
expect_out "label=two lines"

# Data of a task: the plan ends there.
weir plan "$work/reads.so"
expect_status 0
expect_out_matches '^  tasks +1$'
expect_out_matches '^  exact +up to reads\.cpp:[0-9]+$'
expect_err "reads.cpp:"
expect_err "lower bounds"
weir plan "$work/reads.so" --json
expect_status 0
expect_json 'not j["exact"] and j["ends_at"].startswith("reads.cpp:") and j["tasks"] == 1'
weir plan "$work/reads.so" --env
expect_out_matches '^# the plan ends at reads\.cpp:'
weir plan "$work/reads.so" --set reads=none
expect_no_err

expect_out_matches '^  exact +yes$'
weir plan "$work/reads.so" --set reads=own
expect_out_matches '^  exact +yes$'
weir plan "$work/reads.so" --set reads=endless --deadline 50ms
expect_status 1
expect_no_out
expect_err "deadline"

weir plan "$work/fixture.so" --set mode=fail --json
expect_status 0
expect_json 'j["tasks"] > 0'
weir plan "$work/fixture.so" --set mode=throw
expect_status 1
expect_err "the fixture's program throws as asked"
weir plan "$work/fixture.so" --set mode=throw --json
expect_status 1
expect_json 'j["status"] == "failed"'
weir plan vector --help-parameters
expect_status 0
expect_out_matches '^  [a-z_]+=[^ ]* +[A-Za-z0-9]'
weir plan --help
expect_status 0
expect_out "--env"
! grep -q "^V is one" "$work/stdout" || fail "the help of a command without sizes should not explain them"
weir plan
expect_refused "PROGRAM"
weir plan vector --env --json
expect_refused "--env and --json"
weir plan nonesuch
expect_refused "nonesuch"
weir plan vector --set count=3
expect_refused "no parameter 'count'"

finish
