#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over every file of a compilation database that lies in this project, two findings alike shown once.

A file that had no findings is not looked at again until it, a header it includes, its flags or .clang-tidy change; what
is known about it is kept in the build directory.
"""
import argparse
import hashlib
import json
import pathlib
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIDY = "clang-tidy-16"
FINDING = re.compile(r"^/.*: (?:warning|error): ")


def commands(build):
    """file -> its compile command; of a file compiled twice, the ordinary one and not the explored one."""
    chosen = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        path = pathlib.Path(entry["file"])
        if ROOT in path.parents and build not in path.parents:
            if path not in chosen or "-DWEIR_SYNC_EXPLORED" not in entry["command"]:
                chosen[path] = entry
    return chosen


def fingerprint(entry, settings):
    """A digest of everything clang-tidy's verdict can depend on, or None if the file cannot be preprocessed."""
    words = shlex.split(entry["command"])
    while words and "=" in words[0] or words[0].endswith("ccache"):
        words.pop(0)
    if "-o" in words:
        at = words.index("-o")
        del words[at : at + 2]
    done = subprocess.run([*words, "-MM"], cwd=entry["directory"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    digest = hashlib.sha256(settings + entry["command"].encode())
    for name in sorted(set(done.stdout.replace("\\\n", " ").split(": ", 1)[1].split())):
        digest.update((pathlib.Path(entry["directory"]) / name).read_bytes())
    return digest.hexdigest()


def examine(path, entry, settings, build):
    """Returns clang-tidy's output for one file, empty when there is nothing to say."""
    key = fingerprint(entry, settings)
    cache = build / "clang-tidy" / (hashlib.sha256(str(path).encode()).hexdigest() + ".clean")
    if key and cache.exists() and cache.read_text(encoding="utf-8") == key:
        return ""
    done = subprocess.run([TIDY, "-p", str(build), "--quiet", str(path)], capture_output=True, text=True, check=False)
    if done.returncode == 0 and key:
        cache.parent.mkdir(exist_ok=True)
        cache.write_text(key, encoding="utf-8")
        return ""
    return done.stdout or done.stderr


def findings(outputs):
    """Splits outputs into findings (message and its notes) and drops repetitions, as headers are seen many times."""
    seen = {}
    for output in outputs:
        current = None
        for line in output.splitlines():
            if FINDING.match(line):
                current = seen.setdefault(line, []) if line not in seen else None
            if current is not None:
                current.append(line)
            elif not seen and line.strip():
                seen.setdefault(line, [line])
    return ["\n".join(lines) for lines in seen.values()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    settings = (ROOT / ".clang-tidy").read_bytes() + version
    chosen = commands(build)
    with ThreadPoolExecutor(max_workers=arguments.jobs) as pool:
        outputs = list(pool.map(lambda item: examine(*item, settings, build), sorted(chosen.items())))
    found = findings(outputs)
    for text in found:
        print(text.replace(f"{ROOT}/", ""))
    print(f"clang-tidy: {len(chosen)} files, {len(found)} findings")
    return 1 if any(outputs) else 0


if __name__ == "__main__":
    sys.exit(main())
