# SPDX-License-Identifier: Apache-2.0
"""Measures Weir beside its peers and prints the tables.

python3 bench/table.py --build FOLDER [--only PART ...] [--rounds R] [--quick] [--json FILE]

Parts:
  patterns   every runtime on every pattern, empty tasks: nanoseconds a task, of these in submitting, peak memory
  metg       METG(50 %) of stencil_1d
  work       the shipped programs beside the same kernels without Weir
  promises   parallelism, start-up, memory, one thread, more threads than cores

Each runtime is first checked on each pattern against serial execution; one that differs is not measured and the
exit status is 1. Rounds are interleaved (A B C, A B C, ...), and medians over all repeats of all rounds are printed.
What a build folder does not hold is left out: with bench/peers built alone, that is all but patterns and metg.
"""

import argparse
import json
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from peers import check, machine, metg, runs  # noqa: E402
from report import patterns, promises, work  # noqa: E402
from report.claims import Claim, print_claims  # noqa: E402
from report.text import print_table  # noqa: E402

PARTS = ("patterns", "metg", "work", "promises")
FULL = {"rounds": 5, "repeat": 3, "divide": 1, "work_repeat": 2,
        "promise_parallelism": 3, "promise_start": 20, "promise_views": 3}
QUICK = {"rounds": 2, "repeat": 2, "divide": 10, "work_repeat": 1,
         "promise_parallelism": 1, "promise_start": 5, "promise_views": 1}
METG_FULL = {"rounds": 3, "repeat": 2, "run_ms": 60}
METG_QUICK = {"rounds": 1, "repeat": 2, "run_ms": 20}
METG_BOUND_US, METG_AIM_US = 0.35, 0.2


def progress(message):
    if sys.stderr.isatty():
        print(f"\r\033[K{message}", end="", file=sys.stderr, flush=True)


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


def check_candidates(runner, candidates, threads):
    """(candidates that agree with serial execution, messages about the others)."""
    failures, sound = [], []
    for candidate in candidates:
        progress(f"checking {candidate.runtime}")
        found = check.check_candidate(runner, candidate, threads, 1)
        failures += found
        sound += [] if found else [candidate]
    return sound, failures


def measure_metg(runner, candidates, options):
    sweep = (METG_QUICK if options.quick else METG_FULL) | {"threads": options.threads}
    common = [candidate for candidate in candidates if candidate.runtime not in patterns.ONLY_PATTERN]
    return metg.measure(runner, common, sweep, progress)


def metg_claims(measured):
    if "weir" in measured:
        metg_ns = measured["weir"]["metg_ns"]
        figure = metg_ns / 1000 if metg_ns is not None else None
        yield Claim("METG(50 %) of stencil_1d", figure, "us", METG_BOUND_US, aim=METG_AIM_US)


def make_report(runner, candidates, sizes, options):
    load = machine.OtherLoad()
    report = {"machine": machine.describe(), "threads": options.threads, "rounds": sizes["rounds"], "claims": []}
    found = runs.find_products(options.build)
    weir = [candidate for candidate in candidates if candidate.runtime in runs.WEIR]
    if "patterns" in options.only:
        best = patterns.measure(runner, candidates, sizes, options.threads, progress)
        report["runtimes"] = sorted({candidate.runtime for candidate in candidates}, key=runs.sort_key)
        report["patterns"] = {pattern: {name: best[name, pattern] for name in report["runtimes"]
                                        if (name, pattern) in best} for pattern in runs.PATTERNS}
        report["claims"] += patterns.claims(best)
    if "metg" in options.only:
        report["metg"] = measure_metg(runner, candidates, options)
        report["claims"] += metg_claims(report["metg"])
    if "work" in options.only and "weir" in found and "work_attention_hand" in found:
        report["work"] = work.measure(runner, found, sizes, options.threads, progress)
        report["claims"] += work.claims(report["work"])
    if "promises" in options.only and "promise_start" in found and len(weir) == len(runs.WEIR):
        report["claims"] += promises.measure(runner, found, weir, sizes, progress)
    report["other_load"] = load.share()
    progress("")
    return report


def print_report(report):
    if "patterns" in report:
        patterns.print_tables(report["patterns"], report["runtimes"], report["threads"])
    measured = report.get("metg")
    if measured:
        values = [one["metg_ns"] / 1000 if one["metg_ns"] is not None else None for one in measured.values()]
        print_table("METG(50 %), us", list(measured), [("stencil_1d", values)])
    if "work" in report:
        work.print_tables(report["work"])
    print_claims(report["claims"])
    print(f"\nOther processes took {report['other_load']:.0%} of the machine meanwhile.")
    if measured and any(one["metg_ns"] is None for one in measured.values()):
        print("METG is missing where long kernels found no free cores, or where one half was not crossed.")
    if "serial" in report.get("runtimes", ()):
        print("serial is the plain loop without a runtime.")


def parse_options():
    parser = argparse.ArgumentParser(description="Measure Weir beside its peers.")
    parser.add_argument("--build", required=True, help="folder that holds the executables, searched in depth")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to measure; default: all")
    parser.add_argument("--threads", type=int, default=2, help="of patterns, metg and work; default 2")
    parser.add_argument("--rounds", type=int, help="interleaved rounds; 5, with --quick 2")
    parser.add_argument("--quick", action="store_true", help="a tenth of the tasks: shows that all works")
    parser.add_argument("--patience", type=float, metavar="S",
                        help="seconds in all to repeat what other processes disturbed; 120, with --quick 0")
    parser.add_argument("--json", metavar="FILE", help="write everything, with a description of the machine")
    options = parser.parse_args()
    if options.patience is None:
        options.patience = 0 if options.quick else 120
    return parser, options


def main():
    parser, options = parse_options()
    sizes = dict(QUICK if options.quick else FULL)
    sizes["rounds"] = options.rounds or sizes["rounds"]
    try:
        candidates = runs.find_candidates(options.build)
        if not candidates:
            parser.error(f"there is no executable of a runtime below {options.build}; build the target peers")
        with runs.Runner(options.patience) as runner:
            sound, failures = check_candidates(runner, candidates, options.threads)
            report = make_report(runner, sound, sizes, options)
        print_report(report)
        if options.json:
            report["claims"] = [claim.as_json() for claim in report["claims"]]
            write_json(options.json, report)
    except (runs.RunFailed, OSError) as error:
        print(f"table.py: {error}", file=sys.stderr)
        return 1
    for failure in failures:
        print(f"not measured: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
