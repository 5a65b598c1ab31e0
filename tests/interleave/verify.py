#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs each interleaving test of a build in a process of its own, and prints one line for each: what came out, its
name, and how many schedules were covered. `--seconds`: each exploration goes on for that long behind its own bounds.

    tests/interleave/verify.py --build DIRECTORY [--seconds N] [--jobs N] [--only TEXT]
"""
import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

COVERAGE = re.compile(r"^[\w/]+: (\d+) schedules \((.*)\), up to \d+ operations$", re.MULTILINE)
BOUNDS = re.compile(r"all with at most (\d+) preemptions and (\d+) loads")
TEST_SECONDS_MAX = 3600


def tests_of(program):
    """Full names, in the order of the file."""
    listed = subprocess.run([program, "--gtest_list_tests"], capture_output=True, text=True, check=True).stdout
    suite = ""
    for line in listed.splitlines():
        line = line.partition("#")[0].rstrip()  # behind it stands what a test is instantiated with
        if re.match(r"^[\w/]+\.$", line):
            suite = line
        elif line.startswith("  "):
            yield suite + line.strip()


def covered(output):
    """"Within which bounds: "all 2,345 with at most 3 preemptions, 1 old values; 10,000 at random"."""
    parts, random = [], 0
    for count, how in COVERAGE.findall(output):
        if how.startswith("at random"):
            random += int(count)
        elif bounds := BOUNDS.search(how):
            part = f"{int(count):,} with at most {bounds.group(1)} preemptions, {bounds.group(2)} old values"
            parts.append(part if how.startswith("not") else "all " + part)
    if random:
        parts.append(f"{random:,} at random")
    return "; ".join(parts)


def verify(program, test, seconds):
    """Whether it passed; schedules; the line that says so; output."""
    start = time.monotonic()
    environment = dict(os.environ, WEIR_EXPLORE_SECONDS=str(seconds))
    try:
        done = subprocess.run([program, f"--gtest_filter={test}"], capture_output=True, text=True, errors="replace",
                              env=environment, timeout=TEST_SECONDS_MAX, check=False)
        passed, output = done.returncode == 0, done.stdout + done.stderr
    except subprocess.TimeoutExpired as stopped:
        passed, output = False, f"stopped after {TEST_SECONDS_MAX} s\n{stopped.stdout or ''}"
    how = covered(output)
    total = sum(int(count) for count in re.findall(r"^(\d+) schedules in all$", output, re.MULTILINE))
    line = f"{'verified' if passed else 'FAILED  '}  {test}: {total:,} schedules"
    if how:
        line += f" ({how})"
    return passed, total, f"{line}, {time.monotonic() - start:.1f} s", output


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="only tests whose name contains this")
    arguments = parser.parse_args()
    programs = sorted((arguments.build / "tests").glob("test_interleave_*_test"))
    work = [(program, test) for program in programs for test in tests_of(program) if arguments.only in test]
    if not work:
        sys.exit(f"no test of {arguments.build} has a name that contains '{arguments.only}'")
    with ThreadPoolExecutor(max_workers=arguments.jobs) as pool:
        verified = schedules = 0
        for passed, total, line, output in pool.map(lambda item: verify(*item, arguments.seconds), work):
            print(line, flush=True)
            if not passed:
                print(output, file=sys.stderr, flush=True)
            verified += passed
            schedules += total
    print(f"{schedules:,} schedules\n{verified} verified, {len(work) - verified} failed")
    return 0 if verified == len(work) else 1


if __name__ == "__main__":
    sys.exit(main())
