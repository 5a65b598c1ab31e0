#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir list` names every shipped program with its parameters; a broken library does not hide the others.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

weir list
expect_status 0
expect_no_err
for program in vector cholesky paged_attention qwen3_decode task_bench; do expect_out_matches "^$program: ."; done
expect_out_matches '^platforms$'
expect_out_matches '^  cpu +worker threads of this machine$'
expect_out_matches '^  a2a3sim +a simulated chip: 24 clusters, 24 AIC and 48 AIV cores, 4 control threads$'
expect_out_matches '^  a5sim +a simulated chip: 36 clusters, 36 AIC and 72 AIV cores, 7 control threads$'
expect_out_matches '^  tinysim +a simulated chip: 1 clusters, 1 AIC and 2 AIV cores, 2 control threads$'
expect_out_matches '^  [a-z_]+=[^ ]* +[A-Za-z0-9]'

weir list --json
expect_status 0
expect_json '[p["name"] for p in j["programs"]] == sorted(p["name"] for p in j["programs"])'
expect_json '{"vector", "cholesky", "paged_attention", "qwen3_decode", "task_bench"} <= {p["name"] for p in j["programs"]}'
expect_json 'all(p["summary"] and {"name", "default", "help"} <= set(q) for p in j["programs"] for q in p["parameters"])'
expect_json 'j["unusable"] == []'
expect_json '[p["name"] for p in j["platforms"]] == ["cpu", "a2a3sim", "a5sim", "tinysim"]'
expect_json 'j["platforms"][1] == {"name": "a2a3sim", "clusters": 24, "aic_cores": 24, "aiv_cores": 48, "control_threads": 4, "counter_hz": 50_000_000}'

# Programs are looked for beside the command: a prefix of its own, with one good and one broken library.
mkdir -p "$work/prefix/bin" "$work/prefix/lib/weir/programs"
cp "$WEIR_BIN" "$work/prefix/bin/weir"
cp "$(dirname "$WEIR_BIN")/../lib/weir/programs/vector.so" "$work/prefix/lib/weir/programs/"
echo "this is no library" >"$work/prefix/lib/weir/programs/broken.so"
export LD_LIBRARY_PATH="$(dirname "$WEIR_BIN")/../lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
WEIR_BIN="$work/prefix/bin/weir"
weir list
expect_status 1
expect_out_matches "^vector: "
expect_err "broken.so"
weir list --json
expect_status 1
expect_json 'len(j["programs"]) == 1 and len(j["unusable"]) == 1 and "broken.so" in j["unusable"][0]["file"]'
weir run vectro
expect_refused "no program 'vectro'" "did you mean 'vector'?"
rm "$work/prefix/lib/weir/programs/"*
weir list
expect_status 0
expect_out "no programs in"
weir run vector
expect_refused "no program 'vector'" "no programs are installed" "./vector.so"

finish
