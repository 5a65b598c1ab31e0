# SPDX-License-Identifier: Apache-2.0
"""Checks every runtime of a build folder on every pattern against serial execution (mode check).

python3 bench/peers/check.py --build FOLDER [--threads 1,2] [--repeat R]

The executable faulty_peer, which reorders and loses tasks, must be caught on every pattern.
Exit status: 0 all as they should be, 1 a difference, 2 usage.
"""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from peers import runs  # noqa: E402

# Several rounds of each pattern. cholesky has two factorizations, so that the border between them is crossed.
TASKS = dict.fromkeys(runs.PATTERNS, 5_000) | {"cholesky": 40_000}


def check_candidate(runner, candidate, threads, repeat):
    """Messages about the patterns on which the candidate differs from serial execution."""
    failures = []
    for pattern in runs.PATTERNS:
        options = {"pattern": pattern, "tasks": TASKS[pattern], "threads": threads, "mode": "check"}
        options["repeat"] = repeat
        try:
            if runner.run(candidate, options)["checksum_ok"] is not True:
                failures.append(f"{candidate.path.name} {pattern}: mode check reports no comparison")
        except runs.RunFailed as error:
            failures.append(str(error))
    return failures


def check_faulty(runner, build):
    """Messages about the patterns on which the faulty peer is not caught."""
    paths = sorted(Path(build).rglob("faulty_peer"))
    if not paths:
        return [f"there is no faulty_peer below {build}; build the target peers"]
    candidate = runs.Candidate("faulty", "", paths[0].resolve(), {})
    failures = []
    for pattern in runs.PATTERNS:
        options = {"pattern": pattern, "tasks": TASKS[pattern], "mode": "check", "repeat": 1}
        status, out, _ = runner.start(candidate, options)
        if status != 1 or '"checksum_ok":false' not in out:
            failures.append(f"faulty_peer {pattern}: tasks out of order were not noticed (status {status})")
    return failures


def main():
    parser = argparse.ArgumentParser(description="Check every runtime and pattern against serial execution.")
    parser.add_argument("--build", required=True, help="folder that holds the executables, searched in depth")
    parser.add_argument("--threads", default="1,2", help="thread counts, separated by commas")
    parser.add_argument("--repeat", type=int, default=2)
    options = parser.parse_args()
    with runs.Runner() as runner:
        candidates = runs.find_candidates(options.build)
        if not candidates:
            parser.error(f"there is no executable of a runtime below {options.build}; build the target peers")
        failures = check_faulty(runner, options.build)
        for threads in options.threads.split(","):
            for candidate in candidates:
                failures += check_candidate(runner, candidate, int(threads), options.repeat)
    for failure in failures:
        print(failure, file=sys.stderr)
    names = sorted({candidate.runtime for candidate in candidates})
    covered = f"{', '.join(names)}: {len(runs.PATTERNS)} patterns, threads {options.threads}"
    print(f"{covered}: {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
