# SPDX-License-Identifier: Apache-2.0
"""Writes a recording of a run that did not take place, in the files of docs/formats.md: for the tests of the report page
and for looking at it with as many tasks as one likes. The same arguments make the same files.

A tiled Cholesky factorisation is submitted by one thread and runs on simulated cores, first ready, first served; rings are
counted as the runtime does. Returns, or prints, the figures that a report must show.
"""
import argparse
import heapq
import json
import pathlib
import random

KERNELS = ["potrf", "trsm", "syrk", "gemm"]
COST_US = {"potrf": 22.0, "trsm": 31.0, "syrk": 27.0, "gemm": 44.0}
LINES = {"potrf": 61, "trsm": 64, "syrk": 68, "gemm": 71}
TILE = 64
TILE_BYTES = TILE * TILE * 4
SUBMIT_US = 0.35
WINDOW = 1024
CAPACITY = {"task_window": WINDOW, "consumed_window": 4096, "payload": 8 << 20, "heap": 16 << 20, "dep_pool": 8192,
            "tensormap": 65536}


def cholesky(most):
    """(kernel, [(direction, tile)]) of at most so many tasks; steps start anew on further matrices."""
    count, matrix, tiles = 0, 0, 12 if most < 5000 else 40
    while True:
        for k in range(tiles):
            tile = lambda i, j: (matrix, i, j)
            step = [("potrf", [("inout", tile(k, k))])]
            step += [("trsm", [("in", tile(k, k)), ("inout", tile(i, k))]) for i in range(k + 1, tiles)]
            for i in range(k + 1, tiles):
                step.append(("syrk", [("in", tile(i, k)), ("inout", tile(i, i))]))
                step += [("gemm", [("in", tile(i, k)), ("in", tile(j, k)), ("inout", tile(i, j))])
                         for j in range(k + 1, i)]
            for task in step:
                if count == most:
                    return
                count += 1
                yield (k, matrix), task
        matrix += 1


class Simulation:
    """Submits in order while fewer than WINDOW tasks are not released; what is ready runs on the core that is free first."""

    def __init__(self, tasks, cores, seed):
        self.random = random.Random(seed)
        self.rows, self.accesses, self.scopes, self.held_back = [], [], [], []
        self.program = cholesky(tasks)
        self.writer, self.readers = {}, {}
        self.free = [(0.0, core) for core in range(cores)]
        self.ready = []
        self.released = 0
        self.now = 2.0
        self.samples = []
        self.run()

    def run(self):
        while True:
            while (len(self.rows) - self.released < WINDOW and self.program and
                   (not self.ready or self.now <= max(self.ready[0][0], self.free[0][0]))):
                self.submit()
            if not self.ready:
                break
            self.execute(*heapq.heappop(self.ready))
            while self.released < len(self.rows) and "released" in self.rows[self.released]:
                released = self.rows[self.released]["released"]
                if len(self.rows) - self.released == WINDOW and released > self.now:
                    self.held_back.append((self.now, released - self.now))
                    self.now = released
                self.released += 1
        self.scopes[-1]["end"] = self.now
        consumed = 0.0
        for row in self.rows:
            consumed = row["consumed"] = max(consumed, row["released"])
        self.makespan = consumed + 1.0

    def submit(self):
        """The next task. It waits for the last writer of a tile, and a writer for the readers since, too."""
        step, task = next(self.program, (None, None))
        if task is None:
            self.program = None
            return
        index = len(self.rows)
        kernel, accesses = task
        if not self.scopes or self.scopes[-1]["step"] != step:
            if self.scopes:
                self.scopes[-1]["end"] = self.now
            self.scopes.append({"begin": self.now, "first": index, "step": step})
        producers = {}
        for argument, (direction, tile) in enumerate(accesses):
            self.accesses.append((index, argument, direction, tile))
            if tile in self.writer:
                producers.setdefault(self.writer[tile], ("RAW", argument))
            if direction == "in":
                self.readers.setdefault(tile, []).append(index)
                continue
            for reader in self.readers.pop(tile, []):
                producers.setdefault(reader, ("WAR", argument))
            self.writer[tile] = index
        self.now += SUBMIT_US * self.random.uniform(0.8, 1.6)
        row = {"kernel": kernel, "scope": len(self.scopes) - 1, "submitted": self.now, "producers": sorted(producers.items()),
               "consumers": [], "ready": self.now, "waits": 0}
        self.rows.append(row)
        for producer, _ in row["producers"]:
            if "observed" in self.rows[producer]:
                row["ready"] = max(row["ready"], self.rows[producer]["observed"])
            else:
                self.rows[producer]["consumers"].append(index)
                row["waits"] += 1
        if not row["waits"]:
            heapq.heappush(self.ready, (row["ready"], index))
        if index % 4 == 3:
            used = len(self.rows) - self.released
            self.samples.append([us(self.now), 1, used, used + min(index // 9, 700), used * 192, used * TILE_BYTES // 2, used * 2,
                                 min(index // 3, 9000) + used])

    def execute(self, time, index):
        row = self.rows[index]
        core_free, core = heapq.heappop(self.free)
        dispatched = max(time, core_free) + self.random.uniform(0.05, 0.4)
        start = dispatched + self.random.uniform(0.03, 0.2)
        slow = 3.0 if self.random.random() < 0.004 else 1.0
        end = start + COST_US[row["kernel"]] * self.random.uniform(0.92, 1.12) * slow
        observed = end + self.random.uniform(0.04, 0.6)
        row.update(core=core, dispatched=dispatched, start=start, end=end, observed=observed,
                   released=observed + self.random.uniform(0.02, 0.3))
        heapq.heappush(self.free, (row["released"], core))
        for consumer in row["consumers"]:
            other = self.rows[consumer]
            other["waits"] -= 1
            other["ready"] = max(other["ready"], observed)
            if not other["waits"]:
                heapq.heappush(self.ready, (other["ready"], consumer))


def us(time):
    return round(time, 3)


def table(rows):
    return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "]"


def write_swimlane(path, run, level):
    columns = ["ring", "id", "kernel", "site", "scope", "thread", "core", "block", "submitted", "ready", "dispatched",
               "start", "end", "observed", "released", "consumed"]
    tasks = [[1, index + 1, KERNELS.index(row["kernel"]), KERNELS.index(row["kernel"]) + 1, row["scope"] + 1, row["core"],
              row["core"], None] + [us(row[name]) for name in columns[8:]] for index, row in enumerate(run.rows)]
    phases, instants = [], []
    if level >= 3:
        begin = {}
        for row in sorted(run.rows, key=lambda row: row["dispatched"]):
            core = row["core"]
            if row["dispatched"] - begin.get(core, 0.0) > 0.05:
                phases.append([core, "idle", us(begin.get(core, 0.0)), us(row["dispatched"])])
            phases.append([core, "dispatch", us(row["dispatched"]), us(row["start"])])
            phases.append([core, "complete", us(row["end"]), us(row["released"])])
            begin[core] = row["released"]
    if level >= 4:
        instants = [[us(begin), 0, "held_back", 4, {"ring": 1, "resource": "ring_task_window", "duration_us": us(lasts)}]
                    for begin, lasts in run.held_back]
    sites = ["root:0"] + [f"cholesky.cpp:{LINES[kernel]}" for kernel in KERNELS] + ["cholesky.cpp:58"]
    scopes = [[0, 0, 0, None, 0.5, us(run.makespan)]]
    scopes += [[1, 1, 5, 0, us(scope["begin"]), us(scope["end"])] for scope in run.scopes]
    fields = {"format": "weir-swimlane", "version": 1, "level": level, "partial": False, "kernels": [{"name": name, "core_type": "cpu"} for name in KERNELS],
              "sites": sites}
    tables = [("task", "tasks", columns, tasks),
              ("scope", "scopes", ["depth", "ring", "site", "parent", "begin", "end"], scopes),
              ("phase", "phases", ["thread", "phase", "begin", "end"], phases),
              ("counter", "counters", ["time", "ring", *CAPACITY], run.samples),
              ("instant", "instants", ["time", "thread", "what", "site", "detail"], instants)]
    write_tables(path, fields, tables)
    return len(run.samples), len(phases), len(instants)


def write_deps(path, run):
    sites = ["root:0"] + [f"cholesky.cpp:{LINES[kernel]}" for kernel in KERNELS] + ["cholesky.cpp:58"]
    fields = {"format": "weir-deps", "version": 1, "complete": True, "partial": False, "kernels": KERNELS, "sites": sites,
              "scope_sites": [0] + [5] * len(run.scopes)}
    tasks = [[1, index + 1, KERNELS.index(row["kernel"]), KERNELS.index(row["kernel"]) + 1, row["scope"] + 1, 0,
              us(row["submitted"]), None] for index, row in enumerate(run.rows)]
    width = 40 * TILE
    accesses = [[row, argument, direction, False, tile[0],
                 [(tile[1] * TILE * width + tile[2] * TILE) * 4, TILE * 4, [[TILE, width * 4]]]]
                for row, argument, direction, tile in run.accesses]
    fields["buffers"] = max(access[4] for access in accesses) + 1
    edges = [[producer, index, kind, argument, "waited" if run.rows[producer]["released"] > row["submitted"] else "completed"]
             for index, row in enumerate(run.rows) for producer, (kind, argument) in row["producers"]]
    write_tables(path, fields, [
        ("task", "tasks", ["ring", "id", "kernel", "site", "scope", "flags", "submitted", "completed"], tasks),
        ("access", "accesses", ["task", "argument", "direction", "no_dep", "buffer", "box"], accesses),
        ("edge", "edges", ["producer", "consumer", "kind", "argument", "state"], edges),
        ("explicit", "explicit", ["task", "after"], [])])
    return len(accesses), len(edges)


def write_tables(path, fields, tables):
    with open(path, "w", encoding="utf-8") as file:
        file.write("{" + ",\n".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in fields.items()))
        for prefix, name, columns, rows in tables:
            file.write(f',\n"{prefix}_columns":{json.dumps(columns)},\n"{name}":{table(rows)}')
        file.write("}\n")


def peaks(run):
    return [max(sample[2 + i] for sample in run.samples) for i in range(len(CAPACITY))]


def write_run(path, run, cores, level):
    of_rings = lambda value: [0, value, 0, 0]
    plain = lambda values: {"tensormap_pool" if name == "tensormap" else f"ring_{name}":
                            value if name == "tensormap" else of_rings(value) for name, value in zip(CAPACITY, values)}
    document = {"format": "weir-run", "version": 1, "weir": "0.1.0", "program": "cholesky", "platform": "cpu", "clock": "tsc",
                "clock_hz": 1e9, "level": level, "partial": False, "fatal": False, "error": None,
                "makespan_us": us(run.makespan), "tasks": len(run.rows),
                "tasks_in_place": 0, "threads": [{"index": 0, "role": "orchestrator"}] + [{"index": i, "role": "worker"} for i in range(1, cores)],
                "cores": [{"index": i, "type": "cpu", "cluster": 0, "thread": i} for i in range(cores)],
                "sizes": plain(CAPACITY.values()), "peaks": plain(peaks(run)),
                "held_back_by_us": {"ring_task_window": us(sum(lasts for _, lasts in run.held_back))}, "held_back_longest": None, "orchestrator": None, "schedulers": [],
                "events": {"recorded": len(run.rows) * 8, "dropped": 0}}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def write_scopes(folder, run):
    """Only the heap of ring 1 and the running numbers move."""
    folder.mkdir(exist_ok=True)
    lines = []

    def boundary(site, phase, depth, tasks, tail, heap, peak):
        line = {"site": site, "phase": phase, "depth": depth, "ring": depth, "task_window_start": tasks, "task_window_end": tasks,
                "heap_start": tail, "heap_end": heap, "dep_pool_start": 0, "dep_pool_end": 0, "tensormap": 0,
                "consumed_start": tasks, "consumed_end": tasks, "payload_start": 0, "payload_end": 0, "tensormap_start": 0,
                "tensormap_end": 0}
        if phase == "end":
            line.update(task_window_peak=0, heap_peak=peak, dep_pool_peak=0, tensormap_peak=0, consumed_peak=0, payload_peak=0)
        lines.append(line)

    boundary("root:0", "begin", 0, 0, 0, 0, 0)
    firsts = [scope["first"] for scope in run.scopes] + [len(run.rows)]
    for first, last in zip(firsts, firsts[1:]):
        boundary("cholesky.cpp:58", "begin", 1, first, first * TILE_BYTES, first * TILE_BYTES, 0)
        boundary("cholesky.cpp:58", "end", 1, last, first * TILE_BYTES, last * TILE_BYTES, (last - first) * TILE_BYTES)
    boundary("root:0", "end", 0, 0, 0, 0, 0)
    rings = lambda value: [value] * 4
    head = {"version": 6, "fatal": False, "dropped": 0, "total": len(lines), "task_window_max": rings(16384),
            "heap_max": rings(256 << 20), "dep_pool_max": rings(8192), "tensormap_max": 65536,
            "consumed_window_max": rings(32768), "payload_max": rings(8 << 20)}
    text = "\n".join(json.dumps(line, separators=(",", ":")) for line in [head, *lines])
    (folder / "scope_stats.jsonl").write_text(text + "\n", encoding="utf-8")


def make(directory, tasks, cores=4, level=4, deps=True, seed=1):
    run = Simulation(tasks, cores, seed)
    directory.mkdir(parents=True, exist_ok=True)
    counters, phases, instants = write_swimlane(directory / "swimlane.json", run, level)
    accesses, edges = write_deps(directory / "deps.json", run) if deps else (0, 0)
    write_run(directory / "run.json", run, cores, level)
    write_scopes(directory / "scope_stats", run)
    by_kernel = {name: [row for row in run.rows if row["kernel"] == name] for name in KERNELS}
    return {"tasks": len(run.rows), "makespan_us": us(run.makespan), "peaks": dict(zip(CAPACITY, peaks(run))), "edges": edges,
            "events": len(run.rows) + counters + phases + instants + accesses + edges + len(run.scopes) + 1,
            "kernels": {name: {"count": len(rows), "total_us": sum(us(row["end"]) - us(row["start"]) for row in rows)}
                        for name, rows in by_kernel.items()},
            "producers": {index + 1: [producer + 1 for producer, _ in row["producers"]]
                          for index, row in enumerate(run.rows[:1000])}}


def make_mixed(directory):
    """One mixed task of two blocks, 1:1, whose calls run on a cluster each; behind it the plain task 1:2, and 1:3 that
    uses memory of 1:1 when that has completed."""
    calls = [(block, slot) for block in range(2) for slot in range(3)]
    times = [[1, 2, 3, 4 + slot, 20 + 5 * block + slot, 30, 31, 32] for block, slot in calls]
    tasks = [[1, 1, min(slot, 1), 0, 0, 0, 3 * block + slot, block, *call, slot] for (block, slot), call in zip(calls, times)]
    tasks.append([1, 2, 1, 1, 0, 0, 1, 0, 2, 30, 33, 34, 40, 41, 42, 43, None])
    tasks.append([1, 3, 1, 1, 0, 0, 2, 0, 34, 34, 35, 36, 40, 41, 42, 43, None])
    columns = ["ring", "id", "kernel", "site", "scope", "thread", "core", "block", "submitted", "ready", "dispatched", "start",
               "end", "observed", "released", "consumed", "slot"]
    directory.mkdir(parents=True, exist_ok=True)
    fields = {"format": "weir-swimlane", "version": 1, "level": 2, "partial": False,
              "kernels": [{"name": "matmul", "core_type": "AIC"}, {"name": "scale", "core_type": "AIV"}],
              "sites": ["mixed.cpp:7", "mixed.cpp:9"]}
    write_tables(directory / "swimlane.json", fields, [
        ("task", "tasks", columns, tasks),
        ("scope", "scopes", ["depth", "ring", "site", "parent", "begin", "end"], [[0, 0, 0, None, 0, 50]]),
        ("phase", "phases", ["thread", "phase", "begin", "end"], []),
        ("counter", "counters", ["time", "ring", *CAPACITY], []),
        ("instant", "instants", ["time", "thread", "what", "site", "detail"], [])])
    fields = {"format": "weir-deps", "version": 1, "complete": True, "partial": False, "kernels": ["matmul", "scale"],
              "sites": ["mixed.cpp:7", "mixed.cpp:9"], "scope_sites": [0], "buffers": 1}
    write_tables(directory / "deps.json", fields, [
        ("task", "tasks", ["ring", "id", "kernel", "site", "scope", "flags", "submitted", "completed"],
         [[1, 1, 0, 0, 0, 4, 1, 2], [1, 2, 1, 1, 0, 0, 2, None], [1, 3, 1, 1, 0, 0, 34, None]]),
        ("access", "accesses", ["task", "argument", "direction", "no_dep", "buffer", "box"],
         [[0, 0, "out", False, 0, [0, 64, []]], [1, 0, "in", False, 0, [0, 64, []]], [2, 0, "in", False, 0, [0, 64, []]]]),
        ("edge", "edges", ["producer", "consumer", "kind", "argument", "state"],
         [[0, 1, "RAW", 0, "waited"], [0, 2, "scope", None, "completed"]]),
        ("explicit", "explicit", ["task", "after"], [])])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--cores", type=int, default=4)
    parser.add_argument("--level", type=int, default=4)
    parser.add_argument("--no-deps", action="store_true")
    arguments = parser.parse_args()
    figures = make(arguments.directory, arguments.tasks, arguments.cores, arguments.level, not arguments.no_deps)
    print(json.dumps({name: value for name, value in figures.items() if name != "producers"}))
