#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets libFuzzer look for inputs that Weir's parsers cannot stand, and prints one line for each target.

    tests/fuzz/fuzz.py --build DIRECTORY [--seconds N] [--jobs N] [--only TEXT]

It starts from tests/fuzz/corpus and from the inputs that earlier runs of this build kept because they reached other
code. An input that fails is kept too: the line of its target names the command that repeats it, and every later run
begins with it. Exit status 1 when there is one.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"
LONGEST_INPUT = 2048
LONGEST_SECONDS = 60  # of one input; parsers take microseconds, and a machine may stand still for seconds
TAIL = 60  # lines of a failing target's output that are shown


def number(name, output):
    found = re.findall(rf"{name}: *(\d+)", output)
    return int(found[-1]) if found else 0


def fuzz(program, folder, seconds):
    """Whether it passed; the lines to print. `seconds` 0: what is in the folders, and nothing else."""
    start = time.monotonic()
    target = program.name.removeprefix("fuzz_")
    kept, failing = folder / "kept" / target, folder / "failing" / target
    for place in (kept, failing):
        place.mkdir(parents=True, exist_ok=True)
    command = [program, f"-max_total_time={seconds}" if seconds else "-runs=0", f"-timeout={LONGEST_SECONDS}",
               f"-max_len={LONGEST_INPUT}", f"-artifact_prefix={failing}/", "-print_final_stats=1",
               kept, CORPUS / target, failing]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          env=dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1"), check=False)
    lines = [f"{'fuzzed' if done.returncode == 0 else 'FAILED'}  {target}: "
             f"{number('stat::number_of_executed_units', done.stdout):,} inputs, "
             f"{number('stat::new_units_added', done.stdout):,} kept, {number('cov', done.stdout):,} places of code, "
             f"{time.monotonic() - start:.0f} s"]
    if done.returncode != 0:
        lines += ["    " + line for line in done.stdout.splitlines()[-TAIL:]]
        lines += [f"repeat with: {shlex.join([str(program), written])}"
                  for written in re.findall(r"Test unit written to (.+)$", done.stdout, re.MULTILINE)]
    return done.returncode == 0, "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="./weir fuzz", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="where the targets are built, and inputs kept")
    parser.add_argument("--seconds", type=int, default=60, help="for each target; 0: the known inputs only")
    parser.add_argument("--jobs", type=int, default=2, help="targets at the same time")
    parser.add_argument("--only", default="", metavar="TEXT", help="only targets whose name contains this")
    arguments = parser.parse_args()
    programs = [program for program in sorted((arguments.build / "tests").glob("fuzz_*"))
                if (CORPUS / program.name.removeprefix("fuzz_")).is_dir() and arguments.only in program.name]
    if not programs or arguments.seconds < 0 or arguments.jobs < 1:
        parser.error(f"no target of {arguments.build} has a name that contains '{arguments.only}'" if not programs
                     else "--seconds is at least 0, --jobs at least 1")
    with ThreadPoolExecutor(max_workers=arguments.jobs) as pool:
        failed = 0
        for passed, text in pool.map(lambda item: fuzz(item, arguments.build / "inputs", arguments.seconds), programs):
            print(text, flush=True)
            failed += not passed
    print(f"{len(programs) - failed} fuzzed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
