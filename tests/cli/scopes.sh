#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir run --enable-scope-stats` and `weir scopes`: the file, the table, JSON, and files that are missing or damaged.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
file="$work/rec/scope_stats/scope_stats.jsonl"

weir run vector --check --record "$work/rec" --enable-scope-stats --repeat 2 --ring-task-window 64,128,256,512
expect_status 0
expect_no_err
expect_out_matches '^  scope statistics +/.*/rec/scope_stats/scope_stats.jsonl$'
expectations=$((expectations + 1))
python3 - "$file" <<'PYTHON' || fail "every line should be JSON, and the first have the sizes in force"
import json, sys
head, *lines = [json.loads(line) for line in open(sys.argv[1])]
assert head["version"] == 6 and head["fatal"] is False and head["dropped"] == 0
assert head["total"] == len(lines) and len(lines) >= 2
assert head["task_window_max"] == [64, 128, 256, 512] and head["consumed_window_max"] == [256, 512, 1024, 2048]
assert lines[0]["site"] == lines[-1]["site"] == "root:0"
PYTHON
weir scopes "$work/rec"
expect_status 0
expect_no_err
expect_out "the run was done"
expect_out_matches '^  scope +depth +ring +opened +tasks +task window +consumed window +payload +heap '
expect_out_matches '^  root:0 +0 +0 +1 '
weir scopes "$file" --json
expect_status 0
expect_json 'j["partial"] is False and j["fatal"] is False and j["scopes"][0]["site"] == "root:0"'
expect_json 'j["scopes"][0]["task_window"]["capacity"] == 64 and j["scopes"][0]["opened"] == j["scopes"][0]["closed"] == 1'
weir run vector --json --record "$work/rec" --enable-scope-stats
expect_json 'j["scope_stats"].endswith("/rec/scope_stats/scope_stats.jsonl")'
weir run vector --json
expect_json 'j["scope_stats"] is None'

# A run that fails leaves its recording, and its own error.
build_program "$source_dir/tests/cli/programs/fixture.cpp" "$work/fixture.so"
weir run "$work/fixture.so" --set mode=fail --record "$work/fatal" --enable-scope-stats
expect_status 1
expect_err "the fixture's kernel fails as asked"
weir scopes "$work/fatal"
expect_status 0
expect_out "the run failed"

weir run vector --enable-scope-stats
expect_refused "--enable-scope-stats" "--record DIR"
weir run vector --record "" --enable-scope-stats
expect_refused "--record ''"
: >"$work/taken"
weir run vector --record "$work/taken" --enable-scope-stats
expect_status 2
expect_no_out
expect_err "'$work/taken'"

weir scopes
expect_refused "DIR is required" "weir scopes --help"
weir scopes "$work/no-such-file"
expect_refused "cannot be opened"
mkdir "$work/empty"
weir scopes "$work/empty"
expect_refused "--enable-scope-stats"
sed '1s/"version":6/"version":7/' "$file" >"$work/newer.jsonl"
weir scopes "$work/newer.jsonl"
expect_status 1
expect_no_out
expect_err 'line 1, field "version": 7 is newer than 6'
sed '2s/"heap_end":[0-9]*/"heap_end":"x"/' "$file" >"$work/damaged.jsonl"
weir scopes "$work/damaged.jsonl" --json
expect_status 1
expect_no_out
expect_err 'line 2, field "heap_end": "x" is no whole number'

# Files that may not grow past 64 KiB: the recording fits, the file that is made from it does not; then neither does.
for rows in 500 20000; do
    command_line="weir run task_bench with $rows scopes and a limit of 64 KiB to a file"
    status=0
    (
        trap '' XFSZ
        ulimit -f 64
        exec timeout -k 5 300 "$WEIR_BIN" run task_bench --threads 1 --ring-heap 4096 --set width=4 --set steps="$rows" \
            --set scope_rows=1 --record "$work/small" --enable-scope-stats
    ) >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
    expect_status 1
    expect_out_matches '^  failed after +'
    expect_err "the scope statistics could not be written"
    expect_err "File too large"
    expectations=$((expectations + 1))
    [ "$(ls "$work/small/scope_stats")" = scope_stats.partial ] || fail "the partial file alone should be left"
    weir scopes "$work/small" --json
    expect_status 0
    expect_json 'j["partial"] is True and j["fatal"] is None'
    expect_json "min($rows, 500) <= j['scopes'][1]['opened'] <= $rows and j['scopes'][1]['task_window']['allocated'] == 4"
done
weir scopes "$work/small"
expect_out "partial: the run is not over, or its process ended"
weir run task_bench --set width=4 --set steps=20 --set scope_rows=2 --record "$work/small" --enable-scope-stats --check
expect_status 0
weir scopes "$work/small" --json
expect_json 'j["partial"] is False and j["scopes"][1]["opened"] == 10 and j["scopes"][1]["task_window"]["allocated"] == 8'

finish
