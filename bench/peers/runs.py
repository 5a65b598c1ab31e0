# SPDX-License-Identifier: Apache-2.0
"""Finds the measured executables (peers/harness.hpp) and runs them one at a time."""

import json
import os
import statistics
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from peers.machine import Patience

PATTERNS = ("no_dep", "independent", "chain", "stencil_1d", "fork_join", "cholesky")

# Columns of the tables, from left to right. Any other runtime comes before weir, by name.
ORDER = ("serial", "gomp", "omp", "starpu", "tbb_flow", "tbb_hand")

# Weir as it comes, and told that every kernel is long: a row of diagnosis, for one pattern (table.py).
WEIR = ("weir", "weir_shipped")

# The peers that infer dependencies from accesses, as Weir does.
INFERRING = ("gomp", "omp", "starpu")

# Environments in which a runtime is run; the faster one, per pattern, stands in the table.
VARIANTS = {
    "gomp": {"active": {"OMP_WAIT_POLICY": "active"}, "passive": {"OMP_WAIT_POLICY": "passive"}},
}

TIMEOUT_S = 300


class RunFailed(Exception):
    """An executable ended with an error; the message says which, how it was called and what it printed."""


@dataclass(frozen=True)
class Candidate:
    """One executable in one environment."""

    runtime: str
    variant: str
    path: Path
    environment: dict = field(hash=False)


def runtime_of(path):
    """The runtime an executable is named after, or None for files that are not measured."""
    if path.name.startswith("bench_weir") and path.suffix == "":
        return path.name.removeprefix("bench_")
    if path.name.startswith("peer_") and path.suffix == "":
        return path.name.removeprefix("peer_")
    return None


def sort_key(runtime):
    if runtime in WEIR:
        return (2, 0, runtime)
    return (0, ORDER.index(runtime), runtime) if runtime in ORDER else (1, 0, runtime)


def find_candidates(build):
    """All measured executables below the folder `build`, in the order of the columns."""
    paths = {}
    for folder, _, names in os.walk(build):
        for name in names:
            path = Path(folder, name)
            runtime = runtime_of(path)
            if runtime is None or not path.is_file() or not os.access(path, os.X_OK):
                continue
            if runtime in paths:
                raise RunFailed(f"{paths[runtime]} and {path} are both {runtime}; name one build folder")
            paths[runtime] = path
    candidates = []
    for runtime in sorted(paths, key=sort_key):
        for variant, environment in VARIANTS.get(runtime, {"": {}}).items():
            candidates.append(Candidate(runtime, variant, paths[runtime].resolve(), environment))
    return candidates


def find_products(build):
    """{name: path} of `weir`, and of the executables of bench/work and bench/promises."""
    found = {}
    for path in Path(build).rglob("*"):
        mine = path.name.startswith(("work_", "promise_")) and path.parent.name in ("work", "promises")
        if (mine or (path.name == "weir" and path.parent.name == "bin")) and os.access(path, os.X_OK):
            found[path.name] = path.resolve()
    return found


class Runner:
    """Runs candidates. StarPU keeps what it measures of the machine in a folder that the runner deletes.

    `patience` seconds in all are spent on repeating what other processes disturbed (machine.Patience).
    """

    def __init__(self, patience=0):
        self.patience = Patience(patience)
        self.folder = tempfile.TemporaryDirectory(prefix="peers-")
        self.environment = dict(os.environ, STARPU_HOME=self.folder.name, STARPU_SILENT="1")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def execute(self, command, environment):
        """Runs a command; returns (exit status, stdout, stderr)."""
        command = [str(word) for word in command]
        try:
            done = subprocess.run(
                command,
                env=self.environment | environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            raise RunFailed(f"'{' '.join(command)}' did not end within {TIMEOUT_S} s") from None
        return done.returncode, done.stdout, done.stderr

    @staticmethod
    def command(candidate, options):
        return [candidate.path, *(word for name, value in options.items() for word in (f"--{name}", value))]

    def start(self, candidate, options):
        """Runs a candidate; returns (exit status, stdout, stderr)."""
        return self.execute(self.command(candidate, options), candidate.environment)

    def measure(self, command, environment=None):
        """Runs a command on a machine as quiet as patience makes it; returns the object that it printed."""

        def once():
            status, out, err = self.execute(command, environment or {})
            if status != 0:
                call = " ".join([Path(command[0]).name, *map(str, command[1:])])
                raise RunFailed(f"'{call}' ended with status {status}: {err.strip()}")
            return json.loads(out)

        return self.patience.undisturbed(once)

    def run(self, candidate, options):
        """Measures a candidate; returns the object it printed."""
        return self.measure(self.command(candidate, options), candidate.environment)


@dataclass
class Samples:
    """What the runs of one candidate on one pattern gave, over all rounds."""

    tasks: int = 0
    ns_per_task: list = field(default_factory=list)
    submit_ns_per_task: list = field(default_factory=list)
    peak_rss_kib: list = field(default_factory=list)
    share_elsewhere: list = field(default_factory=list)

    def add(self, result):
        self.tasks = result["tasks"]
        if result["share_elsewhere"] is not None:
            self.share_elsewhere.append(result["share_elsewhere"])
        self.ns_per_task += result["ns_per_task"]
        self.submit_ns_per_task += result["submit_ns_per_task"]
        self.peak_rss_kib.append(result["peak_rss_kib"])

    def medians(self):
        return {
            "tasks": self.tasks,
            "ns_per_task": statistics.median(self.ns_per_task),
            "submit_ns_per_task": statistics.median(self.submit_ns_per_task),
            "peak_rss_kib": statistics.median(self.peak_rss_kib),
            "share_elsewhere": statistics.median(self.share_elsewhere) if self.share_elsewhere else None,
            "samples": len(self.ns_per_task),
        }


def best_variants(samples):
    """{(candidate, key): Samples} -> {(runtime, key): medians and variant of the faster candidate}."""
    best = {}
    for (candidate, key), taken in samples.items():
        medians = taken.medians() | {"variant": candidate.variant}
        held = best.get((candidate.runtime, key))
        if held is None or medians["ns_per_task"] < held["ns_per_task"]:
            best[candidate.runtime, key] = medians
    return best
