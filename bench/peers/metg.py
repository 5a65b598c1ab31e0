# SPDX-License-Identifier: Apache-2.0
"""Minimum effective task granularity, METG(50 %), of stencil_1d, as Task Bench defines it.

granularity = wall time x cores / tasks
efficiency = time of the pure kernel on one thread x tasks / (wall time x cores)

The kernel gets shorter by halves; METG is the granularity at which efficiency falls through one half,
interpolated between the two measured neighbours on a logarithmic scale of granularity.
"""

import math
import statistics

HALF = 0.5

# Below this efficiency of the longest kernel the cores were not free, and METG means nothing.
UNDISTURBED = 0.8
MOST_ITERATIONS = 4096


def interpolate(points):
    """METG in ns from `points`, pairs (granularity ns, efficiency) from long kernels to short ones.

    The first crossing: a runtime that runs shorter tasks on one of two threads comes near one half again, which is
    not what is looked for. None if one half is not crossed, or if the longest kernel already fell short for want of free cores.
    """
    if not points or points[0][1] < UNDISTURBED:
        return None
    for (long_ns, long_share), (short_ns, short_share) in zip(points, points[1:]):
        if long_share >= HALF > short_share:
            place = (long_share - HALF) / (long_share - short_share)
            return math.exp(math.log(long_ns) + place * (math.log(short_ns) - math.log(long_ns)))
    return None


def task_count(kernel_ns, threads, run_ms):
    """Enough steps of 64 tasks to last about `run_ms` on `threads` threads; a task counts as 500 ns more."""
    tasks = run_ms * 1e6 * threads / (kernel_ns + 500)
    return 64 * max(10, min(1600, round(tasks / 64)))


def measure_point(runner, candidates, serial, sweep, iterations):
    """One length of the kernel: ({candidate: granularity ns}, kernel ns), medians of interleaved rounds."""
    options = {"pattern": "stencil_1d", "mode": "work", "iterations": iterations, "repeat": sweep["repeat"]}
    probe = runner.run(serial, options | {"threads": 1, "tasks": 640, "repeat": 1})["ns_per_task"][0]
    tasks = task_count(probe, sweep["threads"], sweep["run_ms"])
    kernel, walls = [], {candidate: [] for candidate in candidates}
    for _ in range(sweep["rounds"]):
        kernel += runner.run(serial, options | {"threads": 1, "tasks": tasks})["ns_per_task"]
        for candidate in candidates:
            result = runner.run(candidate, options | {"threads": sweep["threads"], "tasks": tasks})
            walls[candidate] += result["ns_per_task"]
    granularity = {name: statistics.median(ns) * sweep["threads"] for name, ns in walls.items()}
    return granularity, statistics.median(kernel)


def ended(points):
    """Two points below one half end a runtime's sweep: a single one may be a disturbance.

    So does a longest kernel without free cores, which leaves nothing to find.
    """
    if points[0][1] < UNDISTURBED:
        return True
    return len(points) >= 2 and max(efficiency for _, efficiency in points[-2:]) < HALF


def measure(runner, candidates, sweep, progress):
    """{runtime: {"metg_ns", "variant", "points"}}, the better variant of each; empty without peer serial."""
    serial = [candidate for candidate in candidates if candidate.runtime == "serial"]
    if not serial:
        return {}
    open_candidates = [candidate for candidate in candidates if candidate.runtime != "serial"]
    points = {candidate: [] for candidate in open_candidates}
    iterations = MOST_ITERATIONS
    while iterations >= 1 and open_candidates:
        progress(f"METG: stencil_1d with {iterations} iterations a task")
        granularity, kernel_ns = measure_point(runner, open_candidates, serial[0], sweep, iterations)
        for candidate, granularity_ns in granularity.items():
            points[candidate].append((granularity_ns, kernel_ns / granularity_ns))
        open_candidates = [name for name in open_candidates if not ended(points[name])]
        iterations //= 2
    best = {}
    for candidate, taken in points.items():
        metg_ns = interpolate(taken)
        held = best.get(candidate.runtime)
        if held is None or (metg_ns is not None and (held["metg_ns"] is None or metg_ns < held["metg_ns"])):
            best[candidate.runtime] = {"metg_ns": metg_ns, "variant": candidate.variant, "points": taken}
    return best
