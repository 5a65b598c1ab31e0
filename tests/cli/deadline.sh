#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run that passes its deadline ends with exit status 1; with kernels that do not return, after a grace period and a
# report that names them.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
build_program "$source_dir/tests/cli/programs/fixture.cpp" "$work/fixture.so"

# timed_weir ARGUMENTS...: as weir, and sets `elapsed_ms`.
timed_weir() {
    local start
    start="$(date +%s%N)"
    weir "$@"
    elapsed_ms=$((($(date +%s%N) - start) / 1000000))
}
# expect_between LOW HIGH: milliseconds of the last timed_weir.
expect_between() {
    expectations=$((expectations + 1))
    if [ "$elapsed_ms" -lt "$1" ] || [ "$elapsed_ms" -gt "$2" ]; then
        fail "should take $1 to $2 ms, took $elapsed_ms ms"
    fi
}

for threads in 1 2; do
    timed_weir run "$work/fixture.so" --threads "$threads" --set mode=ignore --deadline 300ms
    expect_status 1
    expect_no_out
    expect_between 2300 15000
    expect_err "did not end within 2 s after its deadline of 300 ms: these tasks do not return"
    expect_err "ignore_deadline"
    expect_err "fixture.cpp:"
    expect_err "stop_requested()"

    timed_weir run "$work/fixture.so" --threads "$threads" --set mode=heed --deadline 300ms
    expect_status 1
    expect_out_matches '^  failed after +'
    expect_between 300 15000
    expect_err "--deadline was 300 ms"
    if grep -q "did not end within" "$work/stderr"; then fail "a kernel that returns is given the time to"; fi
done

weir run "$work/fixture.so" --set mode=ignore --deadline 100ms --json
expect_status 1
expect_json 'j["status"] == "failed" and j["error"]["code"] == "deadline" and "ignore_deadline" in j["error"]["message"]'
weir run "$work/fixture.so" --set mode=heed --deadline 100ms --json
expect_status 1
expect_json 'j["error"]["code"] == "deadline" and j["run"]["elapsed_ns"] > 0'

finish
