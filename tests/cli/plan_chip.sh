#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir plan --platform CHIP`: its three forms, what it refuses, and that what it says of a program is so on both clocks.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
cd "$work" || exit 1
vector=(vector --set length=4096 --set tile=512)

# options_of TABLE [PYTHON]: the sizes of a table of the plan in `plan.json` as options of `weir run`, after a change.
options_of() {
    python3 - "$@" <<'PYTHON'
import json, sys
plan = json.load(open("plan.json"))
sizes = plan[sys.argv[1]]["sizes"] if sys.argv[1] in plan else plan["simulated"][sys.argv[1]]["sizes"]
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

# What is refused.
weir plan vector --platform nonesuch
expect_refused "--platform 'nonesuch'" "a2a3sim"
weir plan vector --chip-set clusters=2
expect_refused "the platform is cpu" "--platform"
weir plan vector --platform a2a3sim --chip missing.json
expect_refused "missing.json"
weir plan vector --platform a2a3sim --chip-set clusters=0
expect_refused "--chip-set clusters"
for option in --threads=2 --submit-ns=100 --kernel-times=times.json --kernel-times-from=rec; do
    weir plan vector --platform a2a3sim "$option"
    expect_refused "${option%=*}" "weir sweep PROGRAM --vary ring_"
done

finish
