#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that each numbered case of a file is refused by the compiler, and for the reason it states.

A case is a block `#if CASE == n` (or `#elif CASE == n`), n >= 1. Its expectation is a comment `// expect: REGEX` on the
directive's own line, alone on the line above it, or inside the block; the regex must match the compiler's output. CASE 0,
that is the file without any case, must compile: it shows that the case is what the compiler objects to.
"""
import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

CASE = re.compile(r"^\s*#\s*(?:if|elif)\s+CASE\s*==\s*(\d+)")
DIRECTIVE = re.compile(r"^\s*#\s*(elif|else|endif)\b")
EXPECT = re.compile(r"//\s*expect:\s*(.+?)\s*$")


def expectations(lines):
    """Maps each case number to the regexes its compiler output must match."""
    cases = {}
    for index, line in enumerate(lines):
        match = CASE.match(line)
        if not match:
            continue
        number = int(match.group(1))
        own = EXPECT.search(line)
        above = EXPECT.match(lines[index - 1].strip()) if index > 0 else None
        if own:
            found = [own.group(1)]
        elif above:
            found = [above.group(1)]
        else:
            found = []
            for inner in lines[index + 1 :]:
                if DIRECTIVE.match(inner):
                    break
                expected = EXPECT.search(inner)
                if expected:
                    found.append(expected.group(1))
        cases.setdefault(number, []).extend(found)
    return cases


def compile_case(arguments, number):
    command = [arguments.cxx, "-fsyntax-only", "-fdiagnostics-color=never", f"-DCASE={number}"]
    command += arguments.flags + [arguments.source]
    # What is expected is in English.
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.returncode, done.stderr


def judge(number, expected, status, output):
    """Returns what is wrong with the compiler's answer to one case, or nothing."""
    if number == 0:
        return f"case 0 must compile, but the compiler says:\n{output}" if status != 0 else None
    if status == 0:
        return f"case {number} compiles; it must be refused with: {expected}"
    if not expected:
        return f"case {number} states no `// expect: REGEX`"
    for regex in expected:
        if not re.search(regex, output):
            return f"case {number}: nothing matches '{regex}' in:\n{output}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("flags", nargs="*", help="compiler flags, after --")
    arguments = parser.parse_args()
    with open(arguments.source, encoding="utf-8") as file:
        cases = expectations(file.read().splitlines())
    if not any(cases):
        print(f"{arguments.source}: holds no `#if CASE == n` with n >= 1")
        return 1
    cases.setdefault(0, [])
    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = pool.map(lambda number: (number, *compile_case(arguments, number)), sorted(cases))
        wrong = [text for number, status, output in answers if (text := judge(number, cases[number], status, output))]
    for text in wrong:
        print(f"{arguments.source}: {text}")
    print(f"{len(cases) - 1} cases, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
