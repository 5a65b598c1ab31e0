# SPDX-License-Identifier: Apache-2.0
"""Real work: the shipped programs beside the same kernels without Weir (bench/work)."""

import statistics

from report.claims import Claim
from report.text import print_table

ORDER = 4096
FLOPS = ORDER**3 / 3
TILES = (64, 128, 256)
STORAGES = ("f32", "bf16")

# Environments in which libgomp runs; the faster one counts.
GOMP = {
    "active": {"OMP_WAIT_POLICY": "active"},
    "passive": {"OMP_WAIT_POLICY": "passive"},
    "active, priorities": {"OMP_WAIT_POLICY": "active", "OMP_MAX_TASK_PRIORITY": "7"},
}


class Contender:
    """One way to do the work; `run(runner)` returns the seconds of each repeat."""

    def __init__(self, name, command, environment=None, weir=False):
        self.name = name
        self.command = command
        self.environment = environment or {}
        self.weir = weir
        self.seconds = []

    def run(self, runner):
        result = runner.measure(self.command, self.environment)
        # The first run of `weir run` warms up; the others do that before they begin to count.
        taken = [one["elapsed_ns"] / 1e9 for one in result["runs"][1:]] if self.weir else result["seconds"]
        self.seconds += taken


def gomp_contenders(path, options, variants):
    return [Contender("libgomp", [path, *options], GOMP[name]) for name in variants]


def weir_run(path, program, settings, threads, repeat):
    command = [path, "run", program, "--json", "--threads", threads, "--repeat", repeat + 1]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    return Contender("weir", command, weir=True)


def cholesky_contenders(found, threads, repeat):
    """{tile: contenders}; OpenBLAS, which has no tiles, under None."""
    common = ["--order", ORDER, "--threads", threads, "--repeat", repeat]
    groups = {None: [Contender("OpenBLAS", [found["work_cholesky_openblas"], *common])]}
    for tile in TILES:
        groups[tile] = [weir_run(found["weir"], "cholesky", {"n": ORDER, "tile": tile}, threads, repeat)]
        if "work_cholesky_gomp" in found:
            groups[tile] += gomp_contenders(found["work_cholesky_gomp"], [*common, "--tile", tile], GOMP)
    return groups


def attention_contenders(found, threads, repeat):
    groups = {}
    for storage in STORAGES:
        common = ["--storage", storage, "--threads", threads, "--repeat", repeat]
        groups[storage] = [
            weir_run(found["weir"], "paged_attention", {"storage": storage}, threads, repeat),
            Contender("by hand", [found["work_attention_hand"], *common]),
        ]
        if "work_attention_gomp" in found:
            variants = ("active", "passive")
            groups[storage] += gomp_contenders(found["work_attention_gomp"], common, variants)
    return groups


def measure(runner, found, sizes, threads, progress):
    """{"cholesky": {tile: {name: seconds}}, "paged_attention": {storage: {name: seconds}}}, medians."""
    groups = {
        "cholesky": cholesky_contenders(found, threads, sizes["work_repeat"]),
        "paged_attention": attention_contenders(found, threads, 5 * sizes["work_repeat"]),
    }
    for number in range(sizes["rounds"]):
        for program, by_key in groups.items():
            for key, contenders in by_key.items():
                for contender in contenders:
                    label = f"{program} {key or ''}, {contender.name}"
                    progress(f"round {number + 1} of {sizes['rounds']}: {label}")
                    contender.run(runner)
    return {program: {key: medians(contenders) for key, contenders in by_key.items()}
            for program, by_key in groups.items()}


def medians(contenders):
    best = {}
    for contender in contenders:
        taken = statistics.median(contender.seconds)
        best[contender.name] = min(taken, best.get(contender.name, taken))
    return best


def ratio(held, over, under):
    return held[over] / held[under] if over in held and under in held else None


def claims(figures):
    cholesky = figures["cholesky"]
    fastest = min(cholesky[tile]["weir"] for tile in TILES)
    rate = cholesky[None]["OpenBLAS"] / fastest
    yield Claim("cholesky, best tile: rate", rate, "x threaded dpotrf", 1.0, False)
    for tile, least in ((128, 1.15), (64, 1.5)):
        rate = ratio(cholesky[tile], "libgomp", "weir")
        yield Claim(f"cholesky, tile {tile}: rate", rate, "x libgomp's", least, False)
    for storage in STORAGES:
        held = figures["paged_attention"][storage]
        for name, most in (("by hand", 1.05), ("libgomp", 0.9)):
            share = ratio(held, "weir", name)
            yield Claim(f"paged_attention {storage}: time", share, f"x {name}", most)


def print_tables(figures):
    rates = [("one call" if tile is None else f"tile {tile}",
              [FLOPS / held[name] * 1e-9 if name in held else None for name in ("OpenBLAS", "libgomp", "weir")])
             for tile, held in figures["cholesky"].items()]
    print_table(f"cholesky, n = {ORDER}, GFLOP/s", ["OpenBLAS", "libgomp", "weir"], rates)
    times = [(storage, [held[name] * 1e3 if name in held else None for name in ("by hand", "libgomp", "weir")])
             for storage, held in figures["paged_attention"].items()]
    print_table("paged_attention at its defaults, ms", ["by hand", "libgomp", "weir"], times)
