#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run that passes its deadline ends with exit status 1; with kernels that do not return, after a grace period and a
# report that names them.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
build_program "$source_dir/tests/cli/programs/fixture.cpp" "$work/fixture.so"

# Milliseconds since some moment, in steps of 10, by a clock that nobody sets.
now_ms() {
    local uptime
    read -r uptime _ </proc/uptime
    echo "${uptime/./}0"
}
# timed_weir ARGUMENTS...: as weir, and sets `elapsed_ms` to what it took at most.
timed_weir() {
    local start
    start="$(now_ms)"
    weir "$@"
    elapsed_ms=$(($(now_ms) - start + 10))
}
expect_at_least() {
    expectations=$((expectations + 1))
    [ "$elapsed_ms" -ge "$1" ] || fail "should take $1 ms, took $elapsed_ms ms"
}
# ignoring MILLISECONDS ARGUMENTS...: a run with a deadline that its kernel ignores, for longer than any test goes on. Where
# the kernel had not begun when the deadline passed, the run ended as others do, and another one has twice as long.
ignoring() {
    deadline_ms="$1"
    shift
    for _ in 1 2 3 4 5 6; do
        timed_weir run "$work/fixture.so" --set mode=ignore --deadline "${deadline_ms}ms" "$@"
        grep -q "did not end within" "$work/stderr" && return
        deadline_ms=$((2 * deadline_ms))
    done
}

for threads in 1 2; do
    ignoring 300 --threads "$threads"
    expect_status 1
    expect_no_out
    expect_at_least $((deadline_ms + 2000))
    expect_err "did not end within 2 s after its deadline of "
    expect_err "s: these tasks do not return"
    expect_err "ignore_deadline"
    expect_err "fixture.cpp:"
    expect_err "stop_requested()"

    timed_weir run "$work/fixture.so" --threads "$threads" --set mode=heed --deadline 300ms
    expect_status 1
    expect_out_matches '^  failed after +'
    expect_at_least 300
    expect_err "--deadline was 300 ms"
    if grep -q "did not end within" "$work/stderr"; then fail "a kernel that returns is given the time to"; fi
done

ignoring 100 --json
expect_status 1
expect_json 'j["status"] == "failed" and j["error"]["code"] == "deadline" and "ignore_deadline" in j["error"]["message"]'
weir run "$work/fixture.so" --set mode=heed --deadline 100ms --json
expect_status 1
expect_json 'j["error"]["code"] == "deadline" and j["run"]["elapsed_ns"] > 0'

finish
