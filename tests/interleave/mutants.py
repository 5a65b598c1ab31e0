#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Applies each mutant of mutants_list.py to a scratch copy of src/, builds the interleaving and model tests against it,
and expects one of them to fail. Prints a table; exits with 1 when a mutant survives for which the list gives
no reason. `--quick`: the mutants of QUICK only, each against the test that is named there.

    tests/interleave/mutants.py --build DIRECTORY [--quick] [--only TEXT] [--jobs N]

DIRECTORY is a release build with the target weir_tests_mutants: what a mutant does not change is linked from there.
"""
import argparse
import json
import re
import shlex
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
TEST_SECONDS_MAX = 90
# An interleaving test that includes none of these is its own file and the explorer.
NEEDS_CORE = ("explored_runtime.hpp", "run_control.hpp", "chip/control_thread.hpp", "chip/board.hpp")
MODEL_TESTS = ("tensormap_model_test", "byte_ring_model_test", "task_ring_model_test")
LIBRARIES = ["-lgmock", "-lgtest", "-lgtest_main", "-lpthread", "-lfmt", "-lhwloc", "-lboost_context"]


class Unit:
    """One object file of the build: the command that made it, and the files that it was made from."""

    def __init__(self, build, entry, files):
        words = shlex.split(entry["command"])
        self.object = build.directory / words[words.index("-o") + 1]
        self.build, self.words, self.source, self.files = build, words, Path(entry["file"]), files

    def compile(self, tree, folder):
        target = folder / str(self.object.relative_to(self.build.directory)).replace("/", "_")
        source = self.source
        if source.is_relative_to(ROOT / "src"):
            source = tree / source.relative_to(ROOT / "src")
        elif source.is_relative_to(self.build.directory):  # includes the sources of a folder
            source = target.with_suffix(".cpp")
            source.write_text(self.source.read_text(encoding="utf-8").replace(str(ROOT / "src"), str(tree)), encoding="utf-8")
        cut = self.words.index("-o")
        command = ["nice", "-n", "10", self.words[0], f"-I{tree}", *self.words[1:cut], "-w", "-UNDEBUG",
                   "-o", str(target), "-c", str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.build.directory)
        return target if done.returncode == 0 else None, done.stderr

    def depends_on(self, files):
        return any(str(ROOT / "src" / file) in self.files for file in files)


class Build:
    """All tests as they are built from the unchanged sources; a mutant compiles again what includes the changed files."""

    def __init__(self, directory, work, jobs, programs):
        self.directory, self.work, self.jobs = directory.resolve(), work, jobs
        self.tree = work / "src"
        shutil.copytree(ROOT / "src", self.tree)
        self.units = {}
        self.read_units()
        core = self.units_of("weir_core_explored")
        self.programs, self.archives = {}, {}
        for path in sorted((TESTS / "interleave").glob("*_test.cpp")):
            if path.stem.startswith("explorer_"):
                continue
            text = path.read_text(encoding="utf-8")
            if "WEIR_EXPLORED_PROGRAMS" in text:  # needs the shipped programs
                continue
            self.programs[path.stem] = [*self.units_of(f"test_interleave_{path.stem}"),
                                        *(core if any(name in text for name in NEEDS_CORE) else [])]
            self.archives[path.stem] = ["weir_test_support_explored", "weir_core_explored"]
        for name in MODEL_TESTS:
            self.programs[name] = [*self.units_of(f"test_model_{name}"), *self.units_of("weir_core", "/deps/tensormap.cpp"),
                                   *self.units_of("weir_shared", "/model/region.cpp")]
            self.archives[name] = ["weir_test_support", "weir_core"]
        if programs:
            self.programs = {name: units for name, units in self.programs.items() if name in programs}

    def read_units(self):
        told = subprocess.run(["ninja", "-C", str(self.directory), "-t", "deps"], capture_output=True, text=True, check=True)
        files = {}
        for line in told.stdout.splitlines():
            if line.startswith("    "):
                files[made].add(str((self.directory / line.strip()).resolve()))
            elif ": #deps" in line:
                made = line.split(":")[0]
                files[made] = set()
        for entry in json.loads((self.directory / "compile_commands.json").read_text(encoding="utf-8")):
            words = shlex.split(entry["command"])
            made = words[words.index("-o") + 1]
            if made in files:
                self.units[made] = Unit(self, entry, files[made])

    def units_of(self, target, ending=(".cpp", ".cxx")):
        found = [made for made, unit in self.units.items()
                 if f"/{target}.dir/" in made and str(unit.source).endswith(ending)]
        if not found:
            sys.exit(f"{self.directory} has no object of {target}: build its target weir_tests_mutants first")
        return found

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
        archives = [str(self.build.directory / "lib" / f"lib{archive}.a") for archive in self.build.archives[name]]
        linked = subprocess.run(["g++", *map(str, objects), "-Wl,--start-group", *archives, "-Wl,--end-group",
                                 "-o", str(program), *LIBRARIES], capture_output=True, text=True, check=False)
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
            # Changed objects come first, so that the archives' own are not taken; a test's own file is always there.
            own = [self.build.units[unit].object for unit in self.build.programs[name][:1] if unit not in compiled]
            failed = self.run(name, [*(compiled[unit] for unit in units), *own])
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
    parser.add_argument("--build", type=Path, required=True, help="a release build with the target weir_tests_mutants")
    arguments = parser.parse_args()
    mutants = chosen(arguments)
    if not mutants:
        sys.exit(f"no mutant's name contains '{arguments.only}'")
    with tempfile.TemporaryDirectory(prefix="weir-mutants-") as work:
        build = Build(arguments.build, Path(work), arguments.jobs, {program for _, _, program in mutants if program})
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
