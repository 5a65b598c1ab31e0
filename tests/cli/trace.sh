#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir trace`: the Perfetto file as protoc decodes it, chrome's JSON, and recordings that lack something.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
command -v protoc >/dev/null || exit 77
cp -r "$source_dir/tests/cli/recordings/diamond" "$work/rec"

weir trace "$work/rec"
expect_status 0
expect_no_err
expect_out "rec/trace.pftrace: "
expect_out_matches '^  executions +4$'
expect_out_matches '^  arrows +4$'
expect_out "https://ui.perfetto.dev"
# decode DIR: the trace there as text in $work/decoded.
decode() {
    expectations=$((expectations + 1))
    protoc --proto_path="$source_dir/tests/support" --decode=weir.perfetto.Trace perfetto_fields.proto \
        <"$1/trace.pftrace" >"$work/decoded" 2>"$work/stderr" || fail "protoc should decode the file"
}
decode "$work/rec"
export PYTHONPATH="$source_dir/tests/support" PYTHONDONTWRITEBYTECODE=1
expectations=$((expectations + 1))
python3 - "$work/decoded" <<'PYTHON' || fail "the decoded file should hold the run"
import sys
from perfetto_trace import Trace, check_flows, check_tracks, one

trace = Trace(sys.argv[1])
check_tracks(trace)
assert check_flows(trace) == 4
tracks = trace.tracks
events = [(trace.name(e.track), *e[1:]) for e in trace.events]
process = one(tracks["1"], "process")
assert one(process, "process_name") == '"weir diamond"'
assert all(one(t, "parent_uuid") == "1" for u, t in tracks.items() if u != "1")
on = lambda track: [e for e in events if e[0] == track]
assert [(e[1], e[2], e[3]) for e in on("core 0 (cpu)")] == [
    ("SLICE_BEGIN", 1000, "split"), ("SLICE_END", 4000, None), ("SLICE_BEGIN", 5500, "half"), ("SLICE_END", 9000, None)]
assert [(e[1], e[2], e[3]) for e in on("core 0 (cpu), staged")] == [("SLICE_BEGIN", 4500, "half"), ("SLICE_END", 5500, None)]
assert on("core 0 (cpu)")[2][4] == {"ring": "1", "id": "3", "site": "diamond.cpp:3", "ready to start, us": "1.5"}
starts = {(e[0], e[3], e[2]): e for e in events if e[1] == "SLICE_BEGIN"}
out = starts[("core 0 (cpu)", "split", 1000)][5]
halves = starts[("core 1 (cpu)", "half", 5000)], starts[("core 0 (cpu)", "half", 5500)]
join = starts[("core 1 (cpu)", "join", 12000)]
assert len(out) == 2 and sorted(out) == sorted(halves[0][6] + halves[1][6])
assert sorted(join[6]) == sorted(halves[0][5] + halves[1][5]) and len(set(out + join[6])) == 4
counts = lambda track: [(e[2], int(e[7])) for e in on(track)]
assert counts("ready tasks") == [(4000, 2), (4500, 1), (5000, 0), (10000, 1), (12000, 0)], counts("ready tasks")
assert counts("idle cores") == [(0, 2), (1000, 1), (4000, 2), (5000, 1), (5500, 0), (9000, 1), (10000, 2), (12000, 1),
                                (19000, 2)], counts("idle cores")
assert counts("ring 1 heap") == [(0, 512), (3000, 1024), (19000, 0)]
assert counts("tensormap") == [(0, 2), (3000, 5), (19000, 0)] and not on("ring 0 heap")
held = [e for e in on("thread 0 (orchestrator)") if e[1] == "INSTANT"]
assert [(e[2], e[3]) for e in held] == [(4500, "held back: ring_heap"), (19500, "verdict")]
assert held[0][4] == {"site": "diamond.cpp:4", "ring": "1", "resource": "ring_heap", "duration, us": "2"}
assert [e[3] for e in on("thread 1 (worker)") if e[1] == "INSTANT"] == ["park"]

# The rules notice what breaks them.
text = open(sys.argv[1]).read()
packets = ["packet {" + part for part in text.split("packet {")[1:]]
def refused(change):
    with open(sys.argv[1] + ".changed", "w") as file: file.write("".join(change(list(packets))))
    try:
        changed = Trace(sys.argv[1] + ".changed")
        check_tracks(changed)
        check_flows(changed)
    except AssertionError as error:
        return str(error)
    return "nothing"
at = lambda text: next(i for i, packet in enumerate(packets) if text in packet)
without = lambda i: lambda list: list[:i] + list[i + 1:]
earlier = lambda i: lambda list: list[:i] + [list[i + 1], list[i]] + list[i + 2:]
assert "never ends" in refused(without(len(packets) - 1 - next(i for i, p in enumerate(reversed(packets)) if "SLICE_END" in p)))
assert "overlap" in refused(without(at("SLICE_END")))
assert "one end only" in refused(lambda list: [p.replace("terminating_flow_ids: 1\n", "\n", 1) for p in list])
assert "leaves twice" in refused(lambda list: [p.replace(" flow_ids: 2\n", " flow_ids: 1\n") for p in list])
assert "before the track" in refused(without(at('name: "core 1 (cpu)"')))
assert "backwards" in refused(earlier(at("COUNTER") + 1))
assert "before the state was cleared" in refused(without(at("sequence_flags: 3")))
PYTHON

# Runs of this machine keep the rules too: threads whose clocks are theirs, mixed tasks and staged ones on a chip.
weir run cholesky --set n=768 --set tile=64 --threads 2 --record "$work/cpu" --record-level 4 --enable-swimlane --enable-dep-gen
expect_status 0
weir run qwen3_decode --set preset=small --platform a2a3sim --early-dispatch --record "$work/chip" --record-level 4 \
    --enable-swimlane --enable-dep-gen
expect_status 0
for run in cpu chip; do
    weir trace "$work/$run"
    expect_status 0
    decode "$work/$run"
    expectations=$((expectations + 1))
    python3 -m perfetto_trace "$work/decoded" >"$work/stdout" 2>"$work/stderr" || fail "the trace should keep the rules"
done
expect_out_matches '^[0-9]+ tracks, .* [0-9]+ flows, .*, 4 counters of core types$'

weir trace "$work/rec" --format chrome --output "$work/chrome.json"
expect_status 0
expect_out "chrome://tracing"
cp "$work/chrome.json" "$work/stdout"
expect_json 'len([e for e in j["traceEvents"] if e["ph"] == "X" and "id" in e["args"]]) == 4'
expect_json '[e["name"] for e in j["traceEvents"] if e["ph"] == "i"] == ["held back: ring_heap", "verdict", "park"]'
expect_json 'sorted(e["id"] for e in j["traceEvents"] if e["ph"] == "s") == sorted(e["id"] for e in j["traceEvents"] if e["ph"] == "f") == [1, 2, 3, 4]'
expect_json '[(e["ts"], e["dur"]) for e in j["traceEvents"] if e["name"] == "join"] == [(12.0, 7.0)]'
expect_json '[(e["ts"], e["args"]["value"]) for e in j["traceEvents"] if e["name"] == "ring 1 dep_pool"] == [(0, 0), (3, 2), (19, 0)]'

rm "$work/rec/deps.json" "$work/rec/run.json"
weir trace "$work/rec"
expect_status 0
expect_out "--enable-dep-gen"
sed -i 's/,1,1,1,4,4.5/,1,1,7,4,4.5/' "$work/rec/swimlane.json"
weir trace "$work/rec"
expect_status 0
expect_out "times run backwards in 1 row"
rm "$work/rec/trace.pftrace"
sed -i 's/"version":1/"version":9/' "$work/rec/swimlane.json"
weir trace "$work/rec"
expect_status 1
expect_no_out
expect_err '"version": 9 is newer than 1'
expectations=$((expectations + 1))
[ ! -e "$work/rec/trace.pftrace" ] || fail "no file should be left"
weir trace "$work/none"
expect_refused "is no directory"
mkdir "$work/empty"
weir trace "$work/empty"
expect_refused "has no swimlane.json" "--enable-swimlane"
weir trace "$work/rec" --format svg
expect_refused "--format 'svg'" "perfetto, chrome"
finish
