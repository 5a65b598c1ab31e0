#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Resident memory is what the plan says: programs run with their smallest sizes, and the pages that are touched then are
# those that the plan's sizes come to in the rings that the program uses, within a tenth and never more; also when the
# program is ten times as long. What is touched is what the system counts (/proc/self/smaps), after the last run.
. "$(dirname -- "${BASH_SOURCE[0]}")/../cli/helper.bash"
build_program "$source_dir/tests/cli/programs/nested.cpp" "$work/nested.so"

# planned PROGRAM [KEY=VALUE...]: sets `settings` and `sizes` for a run with the smallest sizes.
planned() {
    local setting
    settings=()
    for setting in "${@:2}"; do settings+=(--set "$setting"); done
    weir plan "$1" "${settings[@]}" --json
    expect_status 0
    expect_json 'j["exact"]'
    cp "$work/stdout" "$work/plan"
    mapfile -t sizes < <(python3 -c 'import json, sys
for name, value in json.load(open(sys.argv[1]))["smallest"]["sizes"].items():
    print("--%s=%s" % (name.replace("_", "-"), ",".join(map(str, value)) if isinstance(value, list) else value))' \
        "$work/plan")
}
# measure PROGRAM: runs it so, and compares. A ring without tasks touches nothing, nor does a heap that nobody
# allocates from; every other part begins on a page of its own.
measure() {
    weir run "$1" "${settings[@]}" "${sizes[@]}" --sizes fixed --check --threads 2 --json
    expect_status 0
    expect_no_err
    expectations=$((expectations + 1))
    python3 - "$work/plan" "$work/stdout" <<'PYTHON' || fail "the memory touched should be what was planned"
import json, mmap, sys
plan, run = (json.load(open(name)) for name in sys.argv[1:])
sizes, decided = plan["smallest"]["sizes"], plan["smallest"]["decided_by"]
pages = lambda count, each=1: -(-count * each // mmap.PAGESIZE) * mmap.PAGESIZE
def ring_bytes(ring, heap):
    size = {name: values[ring] for name, values in sizes.items() if name.startswith("ring_")}
    return (pages(size["ring_consumed_window"], 64) + pages(size["ring_consumed_window"], 8)
            + pages(size["ring_task_window"], 64) + pages(size["ring_payload"]) + pages(size["ring_dep_pool"], 24)
            + (pages(size["ring_heap"]) if heap else 0))
pool = sizes["tensormap_pool"]
shared = pages(pool, 96) + pages(1 << (pool - 1).bit_length(), 4) + pages(sum(sizes["ring_task_window"]) + 32, 16)
whole = shared + sum(ring_bytes(ring, True) for ring in range(len(plan["tasks_of_ring"])))
planned = shared + sum(ring_bytes(ring, decided["ring_heap"][ring] is not None)
                       for ring, tasks in enumerate(plan["tasks_of_ring"]) if tasks > 0)
touched = run["touched_bytes"]
print("%s: %d tasks, planned %d bytes, touched %d bytes (%.1f %%)"
      % (run["program"]["name"], run["median"]["tasks"], planned, touched, 100 * touched / planned))
assert run["median"]["memory_bytes"] == whole, (run["median"]["memory_bytes"], whole)
assert 0.9 * planned <= touched <= planned, (touched, planned)
PYTHON
}

for program in paged_attention cholesky; do
    planned "$program"
    measure "$program"
done
# One and ten million tasks in scopes of depth 1 to 3. The longer program needs no other sizes.
planned "$work/nested.so" rounds=10
measure "$work/nested.so"
settings=(--set rounds=100)
measure "$work/nested.so"
expect_json 'j["median"]["tasks"] > 10_000_000'

finish
