#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir run --record`: the files, and that they are what their schemas say.
source "$(dirname "$0")/helper.bash"
python3 -c 'import jsonschema' 2>/dev/null || exit 77

# Checks each of the files $2... in $1 against its schema.
expect_valid() {
    python3 - "$WEIR_SOURCE_DIR/docs/schemas" "$@" <<'END' || fail "a file in $1 is not what its schema says"
import json, sys
schemas, directory, names = sys.argv[1], sys.argv[2], sys.argv[3:]
from jsonschema import Draft202012Validator
for name in names:
    content = json.load(open(f"{directory}/{name}.json"))
    if content["format"] != f"weir-{name}" or content["version"] != 1:
        sys.exit(f"{name}.json has another format")
    Draft202012Validator(json.load(open(f"{schemas}/{name}.json"))).validate(content)
END
}

weir run vector --check --record "$work/plain"
expect_status 0
expect_out_matches '^  recording +/.*/plain$'
[ "$(ls "$work/plain" | tr '\n' ' ')" = "run.json swimlane.json " ] || fail "--record alone should record the swimlane"
expect_valid "$work/plain" run swimlane

for level in 1 2 3 4; do
    weir run task_bench --set width=8 --set steps=40 --set scope_rows=3 --threads 2 --record "$work/all" \
        --record-level $level --enable-swimlane --enable-scope-stats
    expect_status 0
    expect_valid "$work/all" run swimlane
done
weir run cholesky --set n=512 --set tile=64 --threads 2 --record "$work/deps" --enable-dep-gen --json
expect_status 0
expect_json 'j["recording"].endswith("/deps")'
expect_valid "$work/deps" run deps
weir run vector --record "$work/zero" --record-level 0
expect_status 0
[ "$(ls "$work/zero")" = run.json ] || fail "level 0 should leave run.json alone"
expect_valid "$work/zero" run

weir run paged_attention --platform tinysim --record "$work/chip" --record-level 4 --enable-swimlane --enable-dep-gen
expect_status 0
expect_valid "$work/chip" run swimlane deps
weir analyze "$work/chip"
expect_status 0
expect_out_matches '^  AIV +2 '
for reader in trace report check-deps; do
    weir $reader "$work/chip"
    expect_status 0
done
weir run paged_attention --platform tinysim --record "$work/again" --record-level 4 --enable-swimlane
cmp "$work/chip/swimlane.json" "$work/again/swimlane.json" || fail "two recordings of a virtual clock differ"

build_program "$source_dir/tests/cli/programs/fixture.cpp" "$work/fixture.so"
weir run "$work/fixture.so" --set mode=fail --record "$work/fatal" --enable-swimlane --enable-dep-gen
expect_status 1
expect_valid "$work/fatal" run swimlane deps

weir run vector --enable-swimlane
expect_refused "--enable-swimlane" "--record DIR"
weir run vector --record-level 2
expect_refused "--record-level" "--record DIR"
weir run vector --record "$work/plain" --record-level 5
expect_refused "--record-level"
weir run vector --record "$work/plain" --record-level 1 --enable-dep-gen
expect_status 2
expect_err "record_level is 1"
: >"$work/taken"
weir run vector --record "$work/taken"
expect_status 2
expect_err "'$work/taken'"
finish
