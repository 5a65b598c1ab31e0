#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The number of rings is one constant: copies the sources, changes that one line, builds the library from the copy, and
sees with ring_count.cpp that sizes, messages and runs follow."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

RINGS = 5
CONSTANT = "include/weir/numbers.h"
LINE = "#define WEIR_RINGS 4 "
COPIED = ["CMakeLists.txt", "CMakePresets.json", "cmake", "include", "src", "programs", "report/page"]


class Failure(Exception):
    pass


def run(*command, status=0):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PTO2_")}
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, env=environment)
    if done.returncode != status:
        raise Failure(f"{' '.join(map(str, command))}\nexit status {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def expect(condition, what):
    if not condition:
        raise Failure(what)


def build(arguments):
    source, binary = arguments.work / "source", arguments.work / "build"
    source.mkdir(parents=True)
    for name in COPIED:
        original = arguments.source / name
        if original.is_dir():
            shutil.copytree(original, source / name)
        elif original.exists():
            shutil.copy(original, source / name)
    constant = source / CONSTANT
    text = constant.read_text(encoding="utf-8")
    expect(text.count(LINE) == 1, f"{CONSTANT} should have the line '{LINE}' once")
    constant.write_text(text.replace(LINE, f"#define WEIR_RINGS {RINGS} "), encoding="utf-8")
    run(arguments.cmake, "-G", "Ninja", "-S", source, "-B", binary, "-DCMAKE_BUILD_TYPE=Debug",
        "-DCMAKE_CXX_FLAGS_DEBUG=-O0", f"-DCMAKE_CXX_COMPILER={arguments.cxx}", "-DWEIR_TESTS=OFF", "-DWEIR_BENCH=OFF",
        "-DWEIR_JOINED=ALL")
    run(arguments.cmake, "--build", binary, "-j", arguments.jobs, "--target", "weir")
    program = binary / "ring_count"
    run(arguments.cxx, "-std=c++20", f"-I{source / 'include'}", pathlib.Path(__file__).with_name("ring_count.cpp"),
        "-o", program, f"-L{binary / 'lib'}", "-lweir", f"-Wl,-rpath,{binary / 'lib'}")
    return program


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--jobs", default=str(os.cpu_count()))
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    try:
        told = run(build(arguments))
        expect(f"exactly {RINGS} separated by commas, not 4" in told, f"a list of four values is told of with: {told}")
    except Failure as failure:
        print(failure)
        return 1
    finally:
        shutil.rmtree(arguments.work, ignore_errors=True)
    print(f"with {RINGS} rings: sizes, messages and runs follow the constant")
    return 0


if __name__ == "__main__":
    sys.exit(main())
