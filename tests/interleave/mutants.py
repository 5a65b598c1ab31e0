#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Applies each mutant of mutants_list.py to a scratch copy of src/, builds the interleaving and model tests against it,
and expects one of them to fail. Prints a table; exits with 1 when a mutant survives for which the list gives
no reason. `--quick`: the mutants of QUICK only, each against the test that is named there.

    tests/interleave/mutants.py [--quick] [--only TEXT] [--jobs N] [--cxx COMPILER]
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
import mutants_list  # noqa: E402

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
SUPPORT = TESTS / "support"
TEST_SECONDS_MAX = 90
# What of the runtime the explored orchestrator needs, and what of it the TensorMap's model test needs.
EXPLORED_CORE = ["model/clock", "model/recording_clock", "model/error", "model/predicate", "model/tensor",
                 "memory/arena", "memory/growth", "memory/mapping", "memory/ring_memory", "memory/touched",
                 "model/region", "deps/tensormap", "config/resource_table", "config/runtime_sizes",
                 "config/size_text", "config/sizes", "config/kernel_times", "config/kernel_times_file", "config/chip_file", "model/chip",
                 "json/json_text"]
EXPLORED_FOLDERS = ["recording", "observe", "orchestrator", "plan", "platform", "platform/cpu", "platform/chip", "scheduler"]
NEEDS_CORE = ("explored_runtime.hpp", "run_control.hpp", "chip/control_thread.hpp")
MODEL_CORE = ["model/region", "deps/tensormap", "model/error", "model/tensor"]
COMMON = ["-std=c++20", "-O1", "-w", '-DWEIR_VERSION_STRING="mutant"']
EXPLORED = ["-DWEIR_SYNC_EXPLORED"]
INSTRUMENTED = ["-fsanitize=thread", "-include", str(SUPPORT / "explored_clock.hpp")]
LIBRARIES = ["-lgmock", "-lgtest", "-lgtest_main", "-lpthread", "-lfmt", "-lhwloc", "-lboost_context"]


def sources_below(folder):
    return sorted(str(path.relative_to(ROOT / "src").with_suffix("")) for path in (ROOT / "src" / folder).glob("*.cpp"))


class Unit:
    """One object file: its source, its flags, and the files that it was made from."""

    def __init__(self, build, name, source, flags):
        self.build, self.name, self.source, self.flags = build, name, source, flags

    def compile(self, tree, folder):
        target = folder / f"{self.name}.o"
        source = tree / self.source if not Path(self.source).is_absolute() else Path(self.source)
        command = ["nice", "-n", "10", self.build.cxx, *COMMON, *self.flags, f"-I{tree}", f"-I{ROOT / 'include'}",
                   f"-I{TESTS}", f"-I{SUPPORT}", "-MMD", "-c", str(source), "-o", str(target)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return target if done.returncode == 0 else None, done.stderr

    def depends_on(self, files):
        text = (self.build.base / f"{self.name}.d").read_text(encoding="utf-8")
        return any(str(self.build.tree / file) in text for file in files)


class Build:
    """All tests, built once from the unchanged sources; a mutant compiles again what includes the changed files."""

    def __init__(self, work, cxx, jobs, programs):
        self.work, self.cxx, self.jobs = work, cxx, jobs
        self.tree, self.base = work / "src", work / "base"
        shutil.copytree(ROOT / "src", self.tree)
        self.base.mkdir()
        self.units = {}
        support = [self.add(f"support_{p.stem}", p, EXPLORED) for p in sorted(SUPPORT.glob("explored*.cpp"))]
        sources = EXPLORED_CORE + [source for folder in EXPLORED_FOLDERS for source in sources_below(folder)]
        core = [self.add(f"explored_{name.replace('/', '_')}", name + ".cpp", EXPLORED + INSTRUMENTED)
                for name in sources]
        model = [self.add(f"model_{name.replace('/', '_')}", name + ".cpp", []) for name in MODEL_CORE]
        self.programs = {}
        for path in sorted((TESTS / "interleave").glob("*_test.cpp")):
            if path.stem.startswith("explorer_"):
                continue
            text = path.read_text(encoding="utf-8")
            own = self.add(path.stem, path, EXPLORED + INSTRUMENTED)
            self.programs[path.stem] = [own, *support, *(core if any(name in text for name in NEEDS_CORE) else [])]
        for name in ("tensormap_model_test", "byte_ring_model_test", "task_ring_model_test"):
            path = TESTS / "model" / f"{name}.cpp"
            self.programs[name] = [self.add(name, path, []), *model]
        if programs:
            self.programs = {name: units for name, units in self.programs.items() if name in programs}

    def add(self, name, source, flags):
        self.units[name] = Unit(self, name, str(source), flags)
        return name

    def compile_all(self):
        needed = sorted({unit for units in self.programs.values() for unit in units})
        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            results = pool.map(lambda name: self.units[name].compile(self.tree, self.base), needed)
            refused = [output for target, output in results if target is None]
        if refused:
            sys.exit("the unchanged sources do not compile:\n" + refused[0])

    def order_of(self, files):
        """Programs that the changed files are part of, those that need least compiling first."""
        affected = {name: [u for u in units if self.units[u].depends_on(files)] for name, units in self.programs.items()}
        return sorted(((units, name) for name, units in affected.items() if units), key=lambda item: len(item[0]))


class Trial:
    """One mutant, in a tree of its own."""

    def __init__(self, build, changed):
        self.build, self.changed = build, changed
        self.folder = Path(tempfile.mkdtemp(prefix="trial-", dir=build.work))
        self.tree = self.folder / "src"
        shutil.copytree(build.tree, self.tree)
        for file, text in changed.items():
            (self.tree / file).write_text(text, encoding="utf-8")

    def run(self, name, objects):
        program = self.folder / name
        linked = subprocess.run([self.build.cxx, *map(str, objects), "-o", str(program), *LIBRARIES],
                                capture_output=True, text=True, check=False)
        if linked.returncode != 0:
            sys.exit(f"{name} does not link:\n{linked.stderr}")
        try:
            done = subprocess.run(["nice", "-n", "10", str(program), "--gtest_fail_fast"], capture_output=True,
                                  text=True, errors="replace", timeout=TEST_SECONDS_MAX, check=False)
        except subprocess.TimeoutExpired:
            return f"{name}: does not end"
        if done.returncode == 0:
            return None
        # A process that is ended by a signal was in the test that it began last.
        failed = re.findall(r"\[  FAILED  \] (\S+)", done.stdout) or re.findall(r"\[ RUN      \] (\S+)", done.stdout)[-1:]
        return failed[0] if failed else f"{name}: ended by signal {-done.returncode}"

    def judge(self, only_program):
        """The test that fails with the changed tree, or None; and how many programs were run."""
        compiled = {}
        programs = [p for p in self.build.order_of(list(self.changed)) if only_program in (None, p[1])]
        for units, name in programs:
            for unit in units:
                if unit in compiled:
                    continue
                compiled[unit], output = self.build.units[unit].compile(self.tree, self.folder)
                if compiled[unit] is None:
                    sys.exit("a mutant does not compile:\n" + output)
            objects = [compiled.get(u) or self.build.base / f"{u}.o" for u in self.build.programs[name]]
            failed = self.run(name, objects)
            if failed:
                return failed, len(programs)
        return None, len(programs)

    def end(self):
        shutil.rmtree(self.folder)


def replaced(text, old, new, name):
    pattern = r"\s*".join(re.escape(word) for word in re.findall(r"\w+|[^\w\s]", old))
    found = list(re.finditer(pattern, text))
    if len(found) != 1:
        sys.exit(f"mutant '{name}': its text occurs {len(found)} times, expected once:\n{old}")
    return text[: found[0].start()] + new + text[found[0].end() :]


def order_mutants():
    """Every acquire, release, acq_rel and seq_cst of some files, weakened one by one."""
    for file in mutants_list.ORDERS:
        text = (ROOT / "src" / file).read_text(encoding="utf-8")
        for match in re.finditer(r"memory_order_(acquire|release|acq_rel|seq_cst)\b", text):
            line_number = text.count("\n", 0, match.start()) + 1
            line = text.splitlines()[line_number - 1].split("//")[0].strip()
            weaker = ["acquire", "release"] if match.group(1) == "acq_rel" else ["relaxed"]
            for order in weaker:
                changed = text[: match.start()] + f"memory_order_{order}" + text[match.end() :]
                place = len(re.findall(r"memory_order_", text[text.rfind("\n", 0, match.start()) : match.start()])) + 1
                yield f"{Path(file).name}: {match.group(1)} {place} -> {order} in `{line}`", {file: changed}


def listed_mutants():
    for name, edits in mutants_list.MUTANTS:
        changed = {}
        for file, old, new in edits:
            text = changed.get(file) or (ROOT / "src" / file).read_text(encoding="utf-8")
            changed[file] = replaced(text, old, new, name)
        yield name, changed


def reason_not_found(name):
    return next((reason for key, reason in mutants_list.NOT_FOUND.items() if key in name), None)


def chosen(arguments):
    """Name, changed files and test program (None: all that are affected) of each mutant that was asked for."""
    mutants = [m for m in [*listed_mutants(), *order_mutants()] if arguments.only in m[0]]
    if not arguments.quick:
        return [(name, changed, None) for name, changed in mutants]
    known = {name for name, _ in [*listed_mutants(), *order_mutants()]}
    unknown = [name for name in mutants_list.QUICK if name not in known]
    if unknown:
        sys.exit(f"QUICK names a mutant that the list does not have: {unknown[0]}")
    return [(name, changed, mutants_list.QUICK[name]) for name, changed in mutants if name in mutants_list.QUICK]


def verdict_on(build, mutant):
    name, changed, program = mutant
    start = time.monotonic()
    trial = Trial(build, changed)
    try:
        failed, programs = trial.judge(program)
    finally:
        trial.end()
    reason = reason_not_found(name)
    if failed is None:
        outcome = "survives" if reason is None else "explained"
        failed = f"**survives** {programs} test programs" if reason is None else f"not found: {reason}"
    else:
        outcome = "found"
    return outcome, f"| {name} | {failed} | {time.monotonic() - start:.0f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="only mutants whose name contains this")
    parser.add_argument("--quick", action="store_true", help="a fixed part, within five minutes")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cxx", default=os.environ.get("CXX", "g++"))
    arguments = parser.parse_args()
    mutants = chosen(arguments)
    if not mutants:
        sys.exit(f"no mutant's name contains '{arguments.only}'")
    with tempfile.TemporaryDirectory(prefix="weir-mutants-") as work:
        build = Build(Path(work), arguments.cxx, arguments.jobs, {program for _, _, program in mutants if program})
        build.compile_all()
        print("| mutant | found by | seconds |\n| --- | --- | --- |", flush=True)
        with ThreadPoolExecutor(max_workers=arguments.jobs) as pool:
            outcomes = []
            for outcome, line in pool.map(lambda mutant: verdict_on(build, mutant), mutants):
                print(line, flush=True)
                outcomes.append(outcome)
    found, explained, survivors = (outcomes.count(kind) for kind in ("found", "explained", "survives"))
    print(f"\n{len(mutants)} mutants: {found} found, {explained} not found for a stated reason, {survivors} survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
