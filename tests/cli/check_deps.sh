#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir check-deps`: a whole recording, planted errors by the lines of both submits, and recordings that lack something.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
cp -r "$source_dir/tests/cli/recordings/diamond" "$work/rec"
deps="$work/rec/deps.json"

weir check-deps "$work/rec"
expect_status 0
expect_no_err
expect_out "4 tasks, 5 accesses, 5 conflicts between neighbours"
expect_out_matches '^  not ordered +0$'

# The last task reads what the halves wrote, marked no_dep; that the run waited for them excuses nothing.
sed -i 's/^\[3,0,"in",false/[3,0,"in",true/' "$deps"
weir check-deps "$work/rec"
expect_status 1
expect_no_err
expect_out "diamond.cpp:4 (join 1:4) does not come behind diamond.cpp:2 (half 1:2)"
expect_out "RAW: argument 0 of the later and 0 of the earlier share bytes 0 to 255 of buffer 0"
expect_out "diamond.cpp:4 (join 1:4) does not come behind diamond.cpp:3 (half 1:3)"
expect_out "share bytes 256 to 511 of buffer 0"
expect_out "marked no_dep"
weir check-deps "$work/rec" --json
expect_status 1
expect_json '[(f["kind"], f["earlier"]["site"], f["later"]["site"]) for f in j["findings"]].count(("unordered", "diamond.cpp:3", "diamond.cpp:4")) == 1'
expect_json '{(f["overlap"]["first_byte"], f["overlap"]["end_byte"]) for f in j["findings"]} >= {(0, 256), (256, 512)} and j["stopped"] is False'

# In a MANUAL scope the last task names one half and forgets the other.
sed -i 's/^\[3,0,"in",true/[3,0,"in",false/; s/^\[1,4,2,3,1,0/[1,4,2,3,1,1/; s/^"explicit":\[\]/"explicit":[[3,1]]/' "$deps"
weir check-deps "$work/rec"
expect_status 1
expect_lines stdout 1 'does not come behind'
expect_out "diamond.cpp:4 (join 1:4) does not come behind diamond.cpp:3 (half 1:3)"
expect_out "MANUAL scope; name the earlier task with after(...)"
sed -i 's/^"explicit":\[\[3,1\]\]/"explicit":[[3,1],[3,2]]/' "$deps"
weir check-deps "$work/rec"
expect_status 0

# What the runtime should have waited for.
sed -i 's/^\[0,1,"RAW",0,"waited"\],/[0,1,"scope",null,"waited"],/' "$deps"
weir check-deps "$work/rec"
expect_status 1
expect_lines stdout 1 'does not come behind'
expect_out "diamond.cpp:2 (half 1:2) does not come behind diamond.cpp:1 (split 1:1)"
expect_out "a defect of the runtime"
sed -i 's/"scope",null/"RAW",0/; s/"complete":true/"complete":false/' "$deps"
weir check-deps "$work/rec"
expect_status 1
expect_out "events about dependencies were dropped"
expect_err "the recording is not complete"
sed -i 's/\[0,512,\[\]\]\],/x/' "$deps"
weir check-deps "$work/rec"
expect_status 1
expect_no_out
expect_err "deps.json', line"
rm "$deps"
weir check-deps "$work/rec"
expect_refused "has no deps.json" "--enable-dep-gen"
finish
