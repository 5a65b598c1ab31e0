#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Recordings of real runs, and what a killed run leaves: every command reads it and says that it is partial.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

for program in "cholesky --set n=512 --set tile=64" "task_bench --set width=16 --set steps=50"; do
    # shellcheck disable=SC2086 # the program and its parameters
    weir run $program --record "$work/rec" --enable-swimlane --enable-dep-gen
    expect_status 0
    weir check-deps "$work/rec"
    expect_status 0
    weir trace "$work/rec"
    expect_status 0
    weir analyze "$work/rec" --json
    expect_json 'abs(j["critical_path"]["compute_us"] + j["critical_path"]["scheduling_us"] + j["critical_path"]["memory_us"] - j["makespan_us"]) < 0.01'
    expect_json 'sum(k["count"] for k in j["kernels"]) == j["tasks"]'
done

# Its files, and so its heaps, may not grow past 32 MiB, however long it takes until somebody looks: more than what is written
# at once, so that there is something to look at.
(
    trap '' XFSZ
    ulimit -f 32768
    exec "$WEIR_BIN" run task_bench --ring-heap 4096 --set width=16 --set steps=100000000 --record "$work/killed" \
        --enable-swimlane --enable-dep-gen
) >"$work/run" 2>&1 </dev/null &
run=$!
until [ "$(stat -c %s "$work/killed/recording.partial" 2>/dev/null || echo 0)" -gt 200000 ]; do
    kill -0 "$run" || break
    sleep 0.01
done
kill -9 "$run"
wait "$run" 2>/dev/null
weir analyze "$work/killed"
expect_status 0
expect_out "partial: the run is not over"
expect_out "executions by kernel"
weir trace "$work/killed" --output "$work/killed.pftrace"
expect_status 0
expect_out "partial: the run is not over"
weir deps "$work/killed" --id 0:1
expect_status 0
expect_err "partial: the run is not over"
weir check-deps "$work/killed"
expect_status 1
expect_err "the recording is not complete"
sed '1s/"start":[0-9]*/"start":1e99/' "$work/killed/recording.partial" >"$work/changed"
mv "$work/changed" "$work/killed/recording.partial"
weir analyze "$work/killed"
expect_status 1
expect_err "start is 1e+99, but it must be a whole number from 0 to 18446744073709551615"
printf 'x' >"$work/killed/recording.partial"
weir analyze "$work/killed"
expect_status 1
expect_no_out
expect_err "recording.partial"
finish
