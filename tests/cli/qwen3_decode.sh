#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir run qwen3_decode`: right on any number of threads, with mixed tasks and without; what it refuses, its figures.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

small() { weir run qwen3_decode --set preset=small "$@"; }
right() {
    small --check "$@"
    expect_status 0
    expect_no_err
    expect_out_matches '^  check +ok: .* the caches are otherwise as before$'
}
for epilogues in mixed separate; do
    for threads in 1 2 4; do
        right --threads "$threads" --set "epilogues=$epilogues" --set layers=2 --repeat 2
        # Tiles that divide nothing, and rings of the fewest slots that it runs with.
        right --threads "$threads" --set "epilogues=$epilogues" --set batch=5 --set ffn=208 --set kv_heads=3 \
            --set kv_group=2 --set norm_rows=3 --ring-task-window 4 --ring-consumed-window 4,16,16,32 --ring-dep-pool 4
    done
done
# One token, whose context is itself alone; contexts that end with a block.
right --set batch=1 --set context=1
right --set contexts=fixed --set context=48

# A product of 2 operations for each weight and sequence, scores and values for each token; everything read once.
small --set contexts=fixed --set layers=2 --json
expect_status 0
weights="192 * (2 * 6 * 32 + 2 * 2 * 32 + 3 * 400)"
expect_json "j['program']['flops'] == 2 * (2 * 3 * $weights + 4 * 3 * 100 * 6 * 32)"
expect_json "j['program']['bytes'] == 2 * 2 * ($weights + 2 * 3 * 100 * 2 * 32)"
mixed_tasks="$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["runs"][0]["tasks"])' "$work/stdout")"
small --set contexts=fixed --set layers=2 --set epilogues=separate --json
expect_json "j['runs'][0]['tasks'] > $mixed_tasks"

small --set hidden=200
expect_refused "qwen3_decode: hidden is 200" "multiple of 16"
small --set heads=5
expect_refused "qwen3_decode: heads is 5" "multiple of kv_heads, which is 2"
small --set columns=48
expect_refused "qwen3_decode: columns is 48" "multiple of head_dim, which is 32"
small --set depth=0
expect_refused "parameter 'depth' = '0'" "from 1 to"
small --set block=1024
expect_refused "parameter 'block' = '1024'" "from 1 to 512"
weir run qwen3_decode --set preset=large
expect_refused "parameter 'preset' = 'large'" "full, small"
small --set epilogues=none
expect_refused "parameter 'epilogues' = 'none'" "mixed, separate"

finish
