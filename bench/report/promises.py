# SPDX-License-Identifier: Apache-2.0
"""What Weir promises beside its rates: parallelism, start-up, memory, one thread, more threads than cores."""

import statistics

from peers import runs
from report import patterns
from report.claims import Claim

MANY_TASKS = 10_000_000


def median_of(results, name):
    return statistics.median(value for result in results for value in result[name])


def ratio_of(results, over, under):
    return median_of(results, over) / median_of(results, under)


def thread_counts(runner, weir, shipped, sizes, progress):
    """{(runtime, pattern, threads): ns a task}, medians: empty tasks in place, handed over, and of 10 us."""
    samples = {}
    cases = [(weir, pattern, threads, {}) for pattern in runs.PATTERNS for threads in (1, 2, 4)]
    cases += [(shipped, pattern, threads, {}) for pattern in runs.PATTERNS for threads in (2, 4)]
    work = {"mode": "work", "iterations": 500, "tasks": 64 * 100}
    cases += [(weir, "stencil_1d", threads, work) for threads in (2, 4)]
    for number in range(sizes["rounds"]):
        for candidate, pattern, threads, extra in cases:
            progress(f"round {number + 1} of {sizes['rounds']}: {pattern}, {threads} threads")
            options = {"pattern": pattern, "tasks": patterns.TASKS[pattern] // sizes["divide"],
                       "threads": threads, "repeat": sizes["repeat"]} | extra
            key = (candidate.runtime + (" at work" if extra else ""), pattern, threads)
            samples.setdefault(key, []).extend(runner.run(candidate, options)["ns_per_task"])
    return {key: statistics.median(values) for key, values in samples.items()}


def thread_claims(times):
    what = "one thread, stencil_1d"
    yield Claim(what, times["weir", "stencil_1d", 1], "ns a task", 35)
    worst = max(runs.PATTERNS, key=lambda name: times["weir", name, 1] / times["weir", name, 2])
    share = times["weir", worst, 1] / times["weir", worst, 2]
    yield Claim(f"one thread, slowest pattern ({worst})", share, "x two threads", 1.0)
    for runtime, label in (("weir", "empty tasks"), ("weir_shipped", "tasks handed over"),
                           ("weir at work", "stencil_1d at work")):
        shares = {pattern: times[runtime, pattern, 4] / times[runtime, pattern, 2]
                  for pattern in runs.PATTERNS if (runtime, pattern, 4) in times}
        worst = max(shares, key=shares.get)
        what = f"4 threads on 2 cores, {label} ({worst})"
        yield Claim(what, shares[worst], "x two threads", 1.5)


def parallelism_claims(results):
    figure = ratio_of(results, "independent_two", "independent_one")
    yield Claim("independent tasks of 10 us, two threads", figure, "x one thread", 0.55)
    figure = ratio_of(results, "alternating_two", "alternating_one")
    yield Claim("one kernel alternating 0 and 50 us", figure, "x one thread", 0.58)
    figure = median_of(results, "first_long") * 1e3
    yield Claim("100 tasks of 10 us behind one of 200 ms", figure, "ms", 20)


def start_claims(results):
    for name, what in (("run_back_to_back", "run of one task, back to back"),
                       ("run_after_pause", "run of one task, threads parked")):
        yield Claim(what, median_of(results, name) * 1e6, "us", 20)
    for name in ("construction", "destruction"):
        yield Claim(f"{name} of a runtime", median_of(results, name) * 1e3, "ms", 2)
    yield Claim("resident after construction", median_of(results, "resident_mib"), "MiB", 32)


def views_claims(results):
    figure = ratio_of(results, "pure_views", "pure_separate")
    yield Claim("Cholesky 60 x 60, submit on views of one matrix", figure, "x separate tensors", 1.3)
    figure = ratio_of(results, "overlapped_views", "overlapped_separate")
    yield Claim("the same while tasks run", figure, "x separate tensors", 1.3)


def memory_claims(runner, candidates, divide):
    for candidate, label in zip(candidates, ("", ", all handed over")):
        options = {"pattern": "stencil_1d", "tasks": MANY_TASKS // divide, "repeat": 1}
        peak = runner.run(candidate, options)["peak_rss_kib"] / 1024
        yield Claim(f"{MANY_TASKS // divide:,} stencil tasks{label}: peak resident", peak, "MiB", 64)


def measure(runner, found, candidates, sizes, progress):
    """The claims; `found` are the executables, `candidates` Weir's two under the harness of the peers."""
    results = {name: [] for name in ("promise_parallelism", "promise_start", "promise_views")}
    for number in range(sizes["rounds"]):
        for name, taken in results.items():
            progress(f"round {number + 1} of {sizes['rounds']}: {name}")
            taken.append(runner.measure([found[name], sizes[name]]))
    weir, shipped = candidates
    return [
        *thread_claims(thread_counts(runner, weir, shipped, sizes, progress)),
        *parallelism_claims(results["promise_parallelism"]),
        *start_claims(results["promise_start"]),
        *memory_claims(runner, candidates, sizes["divide"]),
        *views_claims(results["promise_views"]),
    ]
