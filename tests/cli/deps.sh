#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir deps`: DOT that Graphviz reads, Mermaid, filters, and what is refused.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
command -v dot >/dev/null || exit 77
cp -r "$source_dir/tests/cli/recordings/diamond" "$work/rec"

weir deps "$work/rec"
expect_status 0
expect_no_err
expectations=$((expectations + 1))
dot -Tplain "$work/stdout" >"$work/plain" 2>"$work/stderr" || fail "Graphviz should read the graph"
expectations=$((expectations + 1))
[ "$(grep -c '^node ' "$work/plain") $(grep -c '^edge ' "$work/plain")" = "4 4" ] || fail "there should be four nodes and edges"
sed -i 's/^\[2,3,"RAW",0,"waited"\]\]/[2,3,"RAW",0,"waited"],[0,3,"explicit",null,"completed"]]/' "$work/rec/deps.json"
weir deps "$work/rec"
expect_lines stdout 4 ' -> '
weir deps "$work/rec" --all-edges
expect_lines stdout 5 ' -> '
expect_out 't0 -> t3 [label="explicit", style=dashed, color=grey];'
weir deps "$work/rec" --kernel half
expect_lines stdout 2 'label="half'
expect_lines stdout 0 ' -> '
weir deps "$work/rec" --id 1:2 --format mermaid
expect_status 0
expect_out_matches '^flowchart TD$'
expect_lines stdout 3 '<br/>'
weir deps "$work/rec" --id 1:2 --around 2 --scope diamond.cpp:1
expect_lines stdout 4 'label=".*diamond.cpp'

weir deps "$work/rec" --scope other.cpp:1
expect_refused "'other.cpp:1'" "there are: diamond.cpp:1"
weir deps "$work/rec" --kernel quarter
expect_refused "'quarter'" "half, join, split"
weir deps "$work/rec" --id 1:9
expect_refused "no task 1:9"
weir deps "$work/rec" --id 19
expect_refused "--id '19'" "RING:NUMBER"
weir deps "$work/rec" --id 4:1
expect_refused "--id '4'"
weir deps "$work/rec" --around 2
expect_refused "--around" "--id"
weir deps "$work/rec" --format svg
expect_refused "dot, mermaid"
python3 - "$work/rec/deps.json" <<'PYTHON'
import json, sys
deps = json.load(open(sys.argv[1]))
first = deps["tasks"][0]
deps["tasks"] = [first[:1] + [i + 1] + first[2:-1] + [None] for i in range(600)]
deps["accesses"], deps["edges"], deps["explicit"] = [], [], []
json.dump(deps, open(sys.argv[1], "w"))
PYTHON
weir deps "$work/rec" --format mermaid
expect_refused "600 tasks and 0 edges are too many" "--id"
rm "$work/rec/deps.json"
weir deps "$work/rec"
expect_refused "has no deps.json" "--enable-dep-gen"
finish
