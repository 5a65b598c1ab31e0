#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir plan --platform CHIP`: its three forms, what it refuses, and that what it says of a program is so on both clocks.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
cd "$work" || exit 1
vector=(vector --set length=4096 --set tile=512)

build_program "$source_dir/tests/cli/programs/reads.cpp" reads.so

# options_of TABLE [PYTHON]: the sizes of a table of the plan in `plan.json` as options of `weir run`, after a change.
options_of() {
    python3 - "$@" <<'PYTHON'
import json, sys
plan = json.load(open("plan.json"))
for name in sys.argv[1].split("."):
    plan = plan[name]
sizes = plan["sizes"]
exec(sys.argv[2] if len(sys.argv) > 2 else "")
text = lambda value: ",".join(map(str, value)) if isinstance(value, list) else str(value)
print(*("--%s=%s" % (name.replace("_", "-"), text(value)) for name, value in sizes.items()))
PYTHON
}

weir plan "${vector[@]}" --platform a2a3sim
expect_status 0
expect_no_err
expect_out_matches '^  platform +a2a3sim$'
expect_out_matches '^  heap +8 KiB +program\.cpp:[0-9]+, submit program\.cpp:[0-9]+ +64 KiB +most in program\.cpp:[0-9]+$'
weir plan "${vector[@]}" --platform tinysim --chip-set control_threads=2 --early-dispatch --env
expect_status 0
expect_out_matches '^# on tinysim, control_threads=2, early dispatch$'
expect_out "export PTO2_RING_HEAP=1024,8192,1024,1024"
printf '{"name": "mine", "like": "a2a3", "clusters": 2, "control_threads": 2}' >mine.json
weir plan "${vector[@]}" --platform a5sim --chip mine.json
expect_status 0
expect_out_matches "^  platform +a5sim, the chip of 'mine\.json'\$"

# Early dispatch takes 104 more bytes of payload a task.
weir plan "${vector[@]}" --platform a2a3sim --json
expect_json 'j["platform"] == "a2a3sim" and not j["early_dispatch"] and j["exact"]'
mv stdout late.json
weir plan "${vector[@]}" --platform a2a3sim --early-dispatch --json
expect_json 'j["early_dispatch"] and j["unhindered"]["sizes"]["ring_payload"][1] == json.load(open("late.json"))["unhindered"]["sizes"]["ring_payload"][1] + 104 * j["tasks"]'

# The smallest sizes are enough on both clocks, and a step less is not; the others never hold back.
for early in "" --early-dispatch; do
    # shellcheck disable=SC2086
    weir plan "${vector[@]}" --platform tinysim $early --json
    expect_status 0
    cp stdout plan.json
    # shellcheck disable=SC2046,SC2086
    for clock in virtual wall; do
        weir run "${vector[@]}" --platform tinysim $early --clock "$clock" --check $(options_of smallest)
        expect_status 0
        weir run "${vector[@]}" --platform tinysim $early --clock "$clock" --check $(options_of unhindered)
        expect_status 0
        expect_out_matches '^  held back +never$'
        for less in 'sizes["ring_heap"][1] -= 1' 'sizes["ring_consumed_window"][1] //= 2'; do
            weir run "${vector[@]}" --platform tinysim $early --clock "$clock" $(options_of smallest "$less")
            expect_status 1
            expect_err "too small"
        done
    done
done

# A schedule on the virtual clock of the chip, with its kernel times.
printf '{"add": 3000, "add_scalar": {"constant": 488, "tensor0.elements": 5}, "multiply": 7000}' >times.json
weir plan "${vector[@]}" --platform a2a3sim --simulate
expect_status 0
expect_no_err
expect_out_matches '^simulated on a2a3: 24 AIC, 48 AIV, 4 control threads$'
expect_out_matches '^  kernels +those of the chip for add, add_scalar, multiply$'
expect_out_matches '^  never held back +[0-9.]+ us$'
expect_out_matches '^  recommended sizes +[0-9.]+ us$'
expect_out_matches '^sizes +recommended +most in use in the scope +never held back$'
expect_lines stdout 0 '^  a submit'
weir plan "${vector[@]}" --platform tinysim --kernel-times times.json --env
expect_status 0
expect_out_matches "^# recommended: at most 2 % slower than without bounds on tiny, times in 'times\.json'\$"
[ "$(grep -c '^export' stdout)" = 6 ] || fail "one table should be exported, the others be comments"
weir plan "${vector[@]}" --platform tinysim --kernel-times times.json --json
expect_status 0
expect_json 'j["simulated"]["chip"] == "tiny" and j["simulated"]["threads"] is None and j["simulated"]["submit_ns"] is None'
expect_json 'j["simulated"]["kernel_times"] == "times.json" and j["simulated"]["assumed_kernels"] == [] and j["simulated"]["tasks"] == 40'
cp stdout plan.json
for table in unhindered simulated.unhindered simulated.recommended smallest; do
    # shellcheck disable=SC2046
    weir run "${vector[@]}" --platform tinysim --kernel-times times.json --no-compute $(options_of $table) --json
    expect_status 0
    expect_json 'j["median"]["chip"]["makespan_ns"] == json.load(open("plan.json"))["simulated"]["makespan_ns"]["'${table#simulated.}'"]'
    [[ "$table" != *unhindered ]] || expect_json 'j["median"]["times_held_back"] == 0'
done

# Runs with planned sizes: on the wall clock they are those of the virtual one.
for clock in virtual wall; do
    weir run "${vector[@]}" --platform tinysim --clock $clock --sizes plan --kernel-times times.json --check --json
    expect_status 0
    expect_no_err
    expect_json 'j["sizes"] == json.load(open("plan.json"))["simulated"]["recommended"]["sizes"] and j["plan"]["exact"]'
done
weir run "${vector[@]}" --platform a2a3sim --sizes plan --schedule planned
expect_status 0
expect_out_matches '^  sizes planned +a2a3, those of the chip for add, add_scalar, multiply$'
[ "$(grep -c '^task' planned)" = 40 ] || fail "the schedule should be that of the run"

# A program that reads data of its tasks has no schedule.
weir plan ./reads.so --platform tinysim --simulate
expect_status 0
expect_err "the plan ends at reads.cpp:"
expect_err "there is no schedule"
expect_err "weir sweep PROGRAM --vary"
weir plan ./reads.so --platform tinysim --simulate --with-data --json
expect_status 0
expect_err "there is no schedule"
expect_json 'j["exact"] and j["tasks_run"] == 3 and j["simulated"] is None'
weir run ./reads.so --platform tinysim --sizes plan --with-data --check
expect_status 0
expect_err "there is no schedule"
expect_err "no size is below"
expect_out_matches '^  sizes planned +without a schedule$'
weir run ./reads.so --platform tinysim --sizes plan --json
expect_status 0
expect_err "no size is below what it is without the plan"
expect_json 'not j["plan"]["exact"] and j["sizes"]["ring_task_window"] == [16384] * 4'

# What is refused.
weir plan vector --platform nonesuch
expect_refused "--platform 'nonesuch'" "a2a3sim"
weir plan vector --chip-set clusters=2
expect_refused "the platform is cpu" "--platform"
weir plan vector --platform a2a3sim --chip missing.json
expect_refused "missing.json"
weir plan vector --platform a2a3sim --chip-set clusters=0
expect_refused "--chip-set clusters"
weir plan vector --platform a2a3sim --threads 2
expect_refused "--threads" "--chip-set control_threads=N"
weir plan vector --platform a2a3sim --submit-ns 100
expect_refused "--submit-ns" "--chip-set submit_ns=N"
printf '{"add": 3000}' >times.json
weir plan vector --platform a2a3sim --kernel-times times.json
expect_status 2
expect_err "times.json' has no entry for kernel \"add_scalar\", which the program submits at program.cpp:"
weir run vector --platform a2a3sim --sizes plan --host-time-factor 2
expect_refused "--host-time-factor and --sizes plan exclude each other"

finish
