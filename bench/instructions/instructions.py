# SPDX-License-Identifier: Apache-2.0
"""Instructions per submit and per completion, counted by callgrind, against stored values.

python3 bench/instructions/instructions.py --binary FILE --compiler "NAME VERSION" --build-type TYPE [--update]

Each figure is the difference between runs of N and of 2N tasks, divided by N: what start and end cost drops out.

  submit_in_place   a stencil task that runs where it is submitted, its empty kernel included
  submit_shipped    a stencil task that is wired to its producers, entered in the TensorMap and published
  completion        the rest of a shipped task: taken, run, its consumers told, released, its slot reclaimed
  scope             a scope around 64 of the tasks of submit_in_place, these included
  scope_recorded    the same with scope statistics: what they cost is the difference
  in_place_recorded, shipped_recorded
                    as submit_in_place, submit_shipped, in a run that is recorded at level 2
  chip_short, chip_long
                    all of a task on the virtual a2a3 without compute, kernels of 10 us, of 1 ms

Exit status: 0 none has grown by more than 10 %, 1 one has, 77 cannot be counted here (expected.json holds for one
compiler and for release builds), 2 usage.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXPECTED = Path(__file__).resolve().parent / "expected.json"
GROWTH = 0.10
TASKS = 2048  # 4096 fit into the default task window, so that no submit is held back
SUBMIT_FUNCTION = "submit_tasks"
SCOPES_FUNCTION = "submit_scopes"
SCOPES = 512
TIMEOUT_S = 60
SKIPPED = 77


def count(binary, path, tasks, only_in):
    """Instructions of one run, all threads together; those inside the function `only_in`, if one is given."""
    with tempfile.TemporaryDirectory(prefix="callgrind-") as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        command += [f"--toggle-collect={only_in}"] if only_in else []
        command += [str(binary), path, str(tasks)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S,
                              env={**os.environ, "WEIR_RECORD": f"{folder}/recording"})
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise RuntimeError(f"'{' '.join(command)}' ended with status {done.returncode}:\n{done.stderr}")
    return int(found.group(1))


def per_task(binary, path, only_in, tasks=TASKS):
    once, twice = (count(binary, path, times * tasks, only_in) for times in (1, 2))
    return (twice - once) / tasks


def measure(binary):
    in_place = per_task(binary, "in_place", SUBMIT_FUNCTION)
    shipped = per_task(binary, "shipped", SUBMIT_FUNCTION)
    whole = per_task(binary, "shipped", None)
    scope = per_task(binary, "scoped", SCOPES_FUNCTION, SCOPES)
    recorded = per_task(binary, "recorded", SCOPES_FUNCTION, SCOPES)
    in_place_recorded = per_task(binary, "in_place_recorded", SUBMIT_FUNCTION)
    shipped_recorded = per_task(binary, "shipped_recorded", SUBMIT_FUNCTION)
    return {"submit_in_place": in_place, "submit_shipped": shipped, "completion": whole - shipped,
            "scope": scope, "scope_recorded": recorded, "in_place_recorded": in_place_recorded,
            "shipped_recorded": shipped_recorded, "chip_short": per_task(binary, "chip_short", None),
            "chip_long": per_task(binary, "chip_long", None)}


def reason_to_skip(options, expected):
    if shutil.which("valgrind") is None:
        return "valgrind is not installed (package valgrind)"
    if options.build_type != "Release":
        return f"this is a {options.build_type} build; the expected values hold for Release"
    if options.compiler != expected["compiler"]:
        return f"the compiler is {options.compiler}; the expected values hold for {expected['compiler']}"
    return None


def compare(measured, expected):
    """Prints the figures; returns those that have grown too much."""
    grown = []
    print(f"{'instructions a task':22}{'expected':>10}{'counted':>10}")
    for name, value in measured.items():
        change = value / expected[name] - 1
        note = ""
        if change > GROWTH:
            grown.append(name)
            note = f"  grown by {change:.0%}, more than {GROWTH:.0%}"
        elif change < -GROWTH:
            note = f"  shrunk by {-change:.0%}: store it with --update"
        print(f"{name:22}{expected[name]:10.1f}{value:10.1f}{note}")
    return grown


def parse_options():
    parser = argparse.ArgumentParser(description="Count instructions per submit and per completion.")
    parser.add_argument("--binary", required=True, help="the executable built from tasks.cpp")
    parser.add_argument("--compiler", required=True, help="what it was compiled with, such as 'GNU 12'")
    parser.add_argument("--build-type", required=True)
    parser.add_argument("--update", action="store_true", help="store what is counted as what is expected")
    return parser.parse_args()


def main():
    options = parse_options()
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    reason = reason_to_skip(options, expected)
    if reason:
        print(f"instructions not counted: {reason}")
        return SKIPPED
    measured = measure(options.binary)
    grown = compare(measured, expected["instructions"])
    if options.update:
        expected["instructions"] = {name: round(value, 1) for name, value in measured.items()}
        EXPECTED.write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")
        print(f"stored in {EXPECTED.name}")
        return 0
    if grown:
        print("If the growth is worth it, store the new values with --update and say why in the commit.")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
