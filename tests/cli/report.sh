#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir report`: one file, what it says, and recordings that are missing, damaged or newer. tests/report has the page itself.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
python3 "$source_dir/tests/report/make_recording.py" "$work/rec" --tasks 400 >"$work/figures" || exit 1

weir report "$work/rec"
expect_status 0
expect_no_err
expect_out "$work/rec/report.html: "
expect_out_matches '^  executions +400$'
expectations=$((expectations + 1))
[ "$(ls "$work/rec")" = "$(printf 'deps.json\nreport.html\nrun.json\nscope_stats\nswimlane.json')" ] ||
    fail "the report alone should have come to the recording"
expectations=$((expectations + 1))
grep -q '@WEIR_DATA@' "$work/rec/report.html" && fail "the data should stand where the mark was"

# The same recording makes the same page; --output says where it goes.
weir report "$work/rec" --output "$work/page.html"
expect_status 0
expectations=$((expectations + 1))
cmp -s "$work/rec/report.html" "$work/page.html" || fail "two reports of a recording should be the same"

# Any of the files alone is enough.
for part in run.json swimlane.json deps.json scope_stats; do
    mkdir -p "$work/$part.only"
    cp -r "$work/rec/$part" "$work/$part.only/"
    weir report "$work/$part.only"
    expect_status 0
    expect_no_err
    [ "$part" = swimlane.json ] || expect_out "there is no timeline: record with --enable-swimlane"
done

weir report
expect_refused "DIR is required" "weir report --help"
weir report "$work/no-such-directory"
expect_refused "no-such-directory"
mkdir "$work/empty"
weir report "$work/empty"
expect_refused "there is no recording in '$work/empty'" "--record"
weir report "$work/rec" --output "$work/no-such-directory/page.html"
expect_no_out
expect_err "$work/no-such-directory/page.html"
expectations=$((expectations + 1))
[ "$status" -ne 0 ] || fail "a page that cannot be written should be an error"

sed 's/"version":1/"version":2/; s/"version": 1/"version": 2/' "$work/rec/run.json" >"$work/run.json.only/run.json"
before="$(cksum "$work/run.json.only/report.html")"
weir report "$work/run.json.only"
expect_status 1
expect_no_out
expect_err "newer"
expectations=$((expectations + 1))
[ "$(cksum "$work/run.json.only/report.html")" = "$before" ] || fail "an error should leave the earlier report"
head -c 5000 "$work/rec/swimlane.json" >"$work/swimlane.json.only/swimlane.json"
weir report "$work/swimlane.json.only" --output "$work/none.html"
expect_status 1
expect_err "swimlane.json"
expectations=$((expectations + 1))
[ ! -e "$work/none.html" ] || fail "an error should leave no report"

finish
