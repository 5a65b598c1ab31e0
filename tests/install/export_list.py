#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what libweir.so exports: names of the C API and of namespace weir, every function of weir.h, nothing else."""
import argparse
import pathlib
import re
import subprocess
import sys

CPP_NAME = re.compile(r"^_Z(N|NK|T[ISV]N)4weir")
C_NAME = re.compile(r"^weir_\w+$")
VERSION_NODE = re.compile(r"^WEIR_[0-9.]+$")
FIRST_NAME = re.compile(r"^_Z(?:N|NK|T[ISV]N)4weir(\d+)")
DECLARATION = re.compile(r"\b(weir_\w+)\s*\(")


def exported(nm, library):
    done = subprocess.run([nm, "-D", "--defined-only", library], capture_output=True, text=True, check=True)
    names = []
    for line in done.stdout.splitlines():
        kind, name = line.split()[-2:]
        name = name.split("@")[0]
        if not (kind == "A" and VERSION_NODE.match(name)):
            names.append(name)
    return names


def declared(header):
    """The functions that weir.h declares; a word that ends in _t or follows `(*` is a type."""
    with open(header, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"/\*.*?\*/|//[^\n]*|^\s*#(?:[^\n]*\\\n)*[^\n]*", " ", text, flags=re.DOTALL | re.MULTILINE)
    return {name for name in DECLARATION.findall(text) if not re.search(r"\(\s*\*\s*" + name, text)}


def undeclared(names, include):
    """C++ names whose first part below namespace weir is a word of no public header."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(include.rglob("*.hpp")))
    words = set(re.findall(r"\w+", text))
    for name in names:
        match = FIRST_NAME.match(name)
        if match and name[match.end() :][: int(match.group(1))] not in words:
            yield name


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", required=True)
    parser.add_argument("--include", type=pathlib.Path, required=True, help="the folder of the public headers")
    parser.add_argument("--nm", required=True)
    arguments = parser.parse_args()

    names = exported(arguments.nm, arguments.library)
    wrong = [f"exported, but not of the public interface: {name}"
             for name in names if not (CPP_NAME.match(name) or C_NAME.match(name))]
    wrong += [f"exported, but in no public header: {name}" for name in undeclared(names, arguments.include)]
    missing = declared(arguments.include / "weir.h") - set(names)
    wrong += [f"declared in weir.h, but not exported: {name}" for name in sorted(missing)]
    c_names = sum(1 for name in names if C_NAME.match(name))
    if c_names == 0 or c_names == len(names):
        wrong.append(f"{c_names} of {len(names)} exported names are of the C API; both APIs must be exported")
    for line in wrong:
        print(line)
    print(f"{len(names)} names exported ({c_names} of the C API), {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
