# SPDX-License-Identifier: Apache-2.0
"""Measures every runtime of a build folder on every pattern and prints the tables.

python3 bench/table.py --build FOLDER [--threads N] [--rounds R] [--quick] [--json FILE]

First each runtime is checked on each pattern against serial execution; one that differs is not measured and
the exit status is 1. Then rounds are interleaved (A B C, A B C, ...), and medians over all repeats of all
rounds are printed: nanoseconds a task, nanoseconds a task spent in submitting, peak memory, and METG(50 %) of
stencil_1d.
"""

import argparse
import json
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from peers import check, machine, metg, runs  # noqa: E402

# Chosen so that a repeat lasts 0.01 to 0.5 s. fork_join and cholesky are whole rounds (66 and 37,820 tasks).
TASKS = {
    "no_dep": 500_000,
    "independent": 500_000,
    "chain": 300_000,
    "stencil_1d": 200_000,
    "fork_join": 66 * 3_000,
    "cholesky": 37_820 * 5,
}

# StarPU takes microseconds a task: a fifth of the tasks, so that it does not take most of the time.
SHARE = {"starpu": 5}

# On one thread, libgomp's time a task grows with the number of tasks where data have several readers: to
# hundreds of microseconds at the counts above. Fewer tasks are in its favour.
ONE_THREAD_TASKS = {("gomp", "stencil_1d"): 64 * 80, ("gomp", "fork_join"): 66 * 80}

FULL = {"rounds": 5, "repeat": 3, "divide": 1}
QUICK = {"rounds": 2, "repeat": 2, "divide": 10}
METG_FULL = {"rounds": 3, "repeat": 2, "run_ms": 60}
METG_QUICK = {"rounds": 1, "repeat": 2, "run_ms": 20}


def progress(message):
    if sys.stderr.isatty():
        print(f"\r\033[K{message}", end="", file=sys.stderr, flush=True)


def task_count(runtime, pattern, threads, divide):
    tasks = TASKS[pattern] // divide // SHARE.get(runtime, 1)
    return min(tasks, ONE_THREAD_TASKS.get((runtime, pattern), tasks)) if threads == 1 else tasks


def measure_patterns(runner, candidates, sizes, threads):
    """{(runtime, pattern): medians}, the faster variant of each runtime."""
    samples = {}
    for number in range(sizes["rounds"]):
        for pattern in runs.PATTERNS:
            for candidate in candidates:
                progress(f"round {number + 1} of {sizes['rounds']}: {pattern}, {candidate.runtime}")
                tasks = task_count(candidate.runtime, pattern, threads, sizes["divide"])
                options = {"pattern": pattern, "tasks": tasks, "threads": threads, "repeat": sizes["repeat"]}
                result = runner.run(candidate, options)
                samples.setdefault((candidate, pattern), runs.Samples()).add(result)
    return runs.best_variants(samples)


def times_faster(best, pattern):
    """Time of the fastest peer that infers dependencies, divided by Weir's; None without either."""
    weir = best.get(("weir", pattern))
    peers = [best[name, pattern]["ns_per_task"] for name in runs.INFERRING if (name, pattern) in best]
    return min(peers) / weir["ns_per_task"] if weir and peers else None


def format_number(value):
    if value is None:
        return "-"
    if value < 10:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def print_table(title, columns, rows):
    """`rows` are (name, values); a value of None prints as a dash."""
    texts = [[name, *map(format_number, values)] for name, values in rows]
    table = [["", *columns], *texts]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns) + 1)]
    print(f"\n{title}")
    for line in table:
        cells = [line[0].ljust(widths[0])] + [text.rjust(width) for text, width in zip(line[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def print_tables(report):
    runtimes = report["runtimes"]
    patterns = report["patterns"]

    def rows(field, scale):
        for pattern, by_runtime in patterns.items():
            held = [by_runtime.get(name) for name in runtimes]
            yield pattern, [medians[field] * scale if medians else None for medians in held]

    faster = report["times_faster"]
    timed = [(name, values + ([faster[name]] if faster else [])) for name, values in rows("ns_per_task", 1)]
    columns = runtimes + (["times faster"] if faster else [])
    print_table(f"nanoseconds a task, empty tasks, {report['threads']} threads, medians", columns, timed)
    submitting = list(rows("submit_ns_per_task", 1))
    print_table("of these, nanoseconds a task in the submitting loop", runtimes, submitting)
    print_table("peak resident memory of the process, MiB", runtimes, list(rows("peak_rss_kib", 1 / 1024)))
    measured = report["metg"]
    if measured:
        values = [measured[name]["metg_ns"] for name in measured]
        row = ("stencil_1d", [value / 1000 if value is not None else None for value in values])
        print_table("METG(50 %), us", list(measured), [row])
    chosen = [
        f"{pattern} {by_runtime[name]['variant']}"
        for pattern, by_runtime in patterns.items()
        for name in runtimes
        if name in by_runtime and by_runtime[name]["variant"]
    ]
    if chosen:
        print(f"\nOMP_WAIT_POLICY of gomp, the faster one: {', '.join(chosen)}")
    print(f"\nOther processes took {report['other_load']:.0%} of the machine meanwhile.")
    if any(result["metg_ns"] is None for result in measured.values()):
        print("METG is missing where long kernels found no free cores, or where one half was not crossed.")
    if "serial" in runtimes:
        print("serial is the plain loop without a runtime.")


def write_json(path, report):
    """Written whole or not at all: to a temporary name in the same folder, then renamed."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
            file.write("\n")
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def make_report(runner, candidates, sizes, options):
    load = machine.OtherLoad()
    best = measure_patterns(runner, candidates, sizes, options.threads)
    sweep = (METG_QUICK if options.quick else METG_FULL) | {"threads": options.threads}
    measured = {} if options.no_metg else metg.measure(runner, candidates, sweep, progress)
    progress("")
    runtimes = sorted({candidate.runtime for candidate in candidates}, key=runs.sort_key)
    faster = {pattern: times_faster(best, pattern) for pattern in runs.PATTERNS}
    return {
        "machine": machine.describe(),
        "other_load": load.share(),
        "threads": options.threads,
        "rounds": sizes["rounds"],
        "runtimes": runtimes,
        "patterns": {
            pattern: {name: best[name, pattern] for name in runtimes if (name, pattern) in best}
            for pattern in runs.PATTERNS
        },
        "times_faster": faster if any(value is not None for value in faster.values()) else {},
        "metg": measured,
    }


def parse_options():
    parser = argparse.ArgumentParser(description="Measure every runtime on every pattern.")
    parser.add_argument("--build", required=True, help="folder that holds the executables, searched in depth")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, help="interleaved rounds; 5, with --quick 2")
    parser.add_argument("--quick", action="store_true", help="a tenth of the tasks: shows that all works")
    parser.add_argument("--no-metg", action="store_true", help="leave out the sweep for METG(50 %%)")
    parser.add_argument("--json", metavar="FILE", help="write everything, with a description of the machine")
    return parser, parser.parse_args()


def main():
    parser, options = parse_options()
    sizes = dict(QUICK if options.quick else FULL)
    sizes["rounds"] = options.rounds or sizes["rounds"]
    try:
        candidates = runs.find_candidates(options.build)
        if not candidates:
            parser.error(f"there is no executable of a runtime below {options.build}; build the target peers")
        with runs.Runner() as runner:
            failures = []
            sound = []
            for candidate in candidates:
                progress(f"checking {candidate.runtime}")
                found = check.check_candidate(runner, candidate, options.threads, 1)
                failures += found
                sound += [] if found else [candidate]
            report = make_report(runner, sound, sizes, options)
        print_tables(report)
        if options.json:
            write_json(options.json, report)
    except (runs.RunFailed, OSError) as error:
        print(f"table.py: {error}", file=sys.stderr)
        return 1
    for failure in failures:
        print(f"not measured: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
