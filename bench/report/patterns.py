# SPDX-License-Identifier: Apache-2.0
"""Every runtime on every pattern: interleaved rounds, medians, and how many times faster Weir is."""

from peers import runs
from report.claims import Claim
from report.text import print_table

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

# libgomp's time a task grows with its backlog where data have several readers: to hundreds of microseconds at the
# counts above on one thread, and on two while the second one gets no core. Fewer tasks are in its favour.
FEWER_TASKS = {("gomp", "stencil_1d"): 64 * 320, ("gomp", "fork_join"): 66 * 300}
ONE_THREAD_TASKS = {("gomp", "stencil_1d"): 64 * 80, ("gomp", "fork_join"): 66 * 80}

# Runtimes that stand in the table for one pattern only.
ONLY_PATTERN = {"weir_shipped": "stencil_1d"}

# How many times faster than the fastest peer that infers dependencies: (at least, aim).
FASTER = {
    "independent": (4, 7),
    "chain": (8, 20),
    "stencil_1d": (8, 16),
    "fork_join": (10, 25),
    "cholesky": (4, 8),
}
SHIPPED_FASTER = (3, 5)
# Of libgomp's time, which runs these tasks in place.
NO_DEP_SHARE = (1.5, 1.0)


def measured_on(runtime, pattern):
    return ONLY_PATTERN.get(runtime, pattern) == pattern


def task_count(runtime, pattern, threads, divide):
    tasks = TASKS[pattern] // divide // SHARE.get(runtime, 1)
    most = ONE_THREAD_TASKS if threads == 1 else FEWER_TASKS
    return min(tasks, most.get((runtime, pattern), tasks))


def measure(runner, candidates, sizes, threads, progress):
    """{(runtime, pattern): medians}, the faster variant of each runtime."""
    samples = {}
    for number in range(sizes["rounds"]):
        for pattern in runs.PATTERNS:
            for candidate in candidates:
                if not measured_on(candidate.runtime, pattern):
                    continue
                progress(f"round {number + 1} of {sizes['rounds']}: {pattern}, {candidate.runtime}")
                tasks = task_count(candidate.runtime, pattern, threads, sizes["divide"])
                options = {"pattern": pattern, "tasks": tasks, "threads": threads, "repeat": sizes["repeat"]}
                result = runner.run(candidate, options)
                samples.setdefault((candidate, pattern), runs.Samples()).add(result)
    return runs.best_variants(samples)


def times_faster(best, pattern, runtime="weir"):
    """Time of the fastest peer that infers dependencies, divided by Weir's; None without either."""
    weir = best.get((runtime, pattern))
    peers = [best[name, pattern]["ns_per_task"] for name in runs.INFERRING if (name, pattern) in best]
    return min(peers) / weir["ns_per_task"] if weir and peers else None


def claims(best):
    if not any(runtime == "weir" for runtime, _ in best):
        return
    weir, gomp = best["weir", "no_dep"], best.get(("gomp", "no_dep"))
    share = weir["ns_per_task"] / gomp["ns_per_task"] if gomp else None
    yield Claim("no_dep: time", share, "x libgomp's", NO_DEP_SHARE[0], aim=NO_DEP_SHARE[1])
    for pattern, (least, aim) in FASTER.items():
        faster = times_faster(best, pattern)
        yield Claim(f"{pattern}: times faster than the fastest peer", faster, "x", least, False, aim)
    if ("weir_shipped", "stencil_1d") in best:
        faster = times_faster(best, "stencil_1d", "weir_shipped")
        what = "stencil_1d, every task handed over: times faster"
        yield Claim(what, faster, "x", SHIPPED_FASTER[0], False, SHIPPED_FASTER[1])


def print_tables(patterns, runtimes, threads):
    """`patterns` is {pattern: {runtime: medians}}."""

    def rows(field, scale=1.0):
        for pattern, by_runtime in patterns.items():
            held = [by_runtime.get(name) for name in runtimes]
            yield pattern, [medians[field] * scale if medians else None for medians in held]

    best = {(name, pattern): medians for pattern, held in patterns.items() for name, medians in held.items()}
    faster = {pattern: times_faster(best, pattern) for pattern in patterns}
    columns = list(runtimes)
    timed = list(rows("ns_per_task"))
    if any(value is not None for value in faster.values()):
        columns.append("times faster")
        timed = [(pattern, values + [faster[pattern]]) for pattern, values in timed]
    print_table(f"nanoseconds a task, empty tasks, {threads} threads, medians", columns, timed)
    submitting = list(rows("submit_ns_per_task"))
    print_table("of these, nanoseconds a task in the submitting loop", runtimes, submitting)
    print_table("peak resident memory of the process, MiB", runtimes, list(rows("peak_rss_kib", 1 / 1024)))
    chosen = [f"{pattern} {by_runtime[name]['variant']}"
              for pattern, by_runtime in patterns.items()
              for name in runtimes
              if name in by_runtime and by_runtime[name]["variant"]]
    if chosen:
        print(f"\nOMP_WAIT_POLICY of gomp, the faster one: {', '.join(chosen)}")
    shipped = best.get(("weir_shipped", "stencil_1d"))
    if shipped:
        elsewhere = shipped["share_elsewhere"]
        print(f"weir_shipped: every task is handed over; other threads ran {elsewhere:.0%} of them.")
