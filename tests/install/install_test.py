#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs a build into a fresh prefix, moves the prefix, and builds and runs a user's project against it, with each
compiler given: once through the CMake package, once through pkg-config. Moving it proves that no installed file knows
where it was installed."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

CONSUMER = pathlib.Path(__file__).resolve().parent / "consumer"
GREETING = "consumer: 16384 elements are right"
INSTALLED = ["bin/weir", "lib/libweir.so", "include/weir/weir.hpp", "include/weir/weir.h",
             "lib/cmake/weir/weirConfig.cmake", "lib/cmake/weir/weirTargets.cmake",
             "lib/cmake/weir/weirConfigVersion.cmake", "lib/pkgconfig/weir.pc",
             "share/man/man1/weir.1", "share/bash-completion/completions/weir"]


class Failure(Exception):
    pass


def run(*command, env=None):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          env={**os.environ, **(env or {})})
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}\nexit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def expect_greeting(output):
    if GREETING not in output:
        raise Failure(f"the consumer printed {output!r} instead of '{GREETING}'")


def install(arguments):
    staging, prefix = arguments.work / "staging", arguments.work / "prefix"
    run(arguments.cmake, "--install", arguments.build, "--prefix", staging)
    staging.rename(prefix)
    missing = [name for name in INSTALLED if not (prefix / name).exists()]
    if missing:
        raise Failure(f"not installed: {', '.join(missing)}")
    for path in prefix.rglob("*"):
        if path.suffix in (".cmake", ".pc", ".hpp", ".h") and str(arguments.work) in path.read_text(encoding="utf-8"):
            raise Failure(f"{path.relative_to(prefix)} names the directory it was installed to")
    return prefix


def by_cmake(arguments, prefix, cxx):
    build = arguments.work / f"by-cmake-{cxx.name}"
    run(arguments.cmake, "-G", "Ninja", "-S", CONSUMER, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={cxx}")
    run(arguments.cmake, "--build", build)
    expect_greeting(run(build / "consumer"))


def by_pkg_config(arguments, prefix, cxx):
    flags = run("pkg-config", "--cflags", "--libs", "weir",
                env={"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}).split()
    binary = arguments.work / f"by-pkg-config-{cxx.name}"
    run(cxx, "-std=c++20", CONSUMER / "main.cpp", "-o", binary, *flags)
    expect_greeting(run(binary, env={"LD_LIBRARY_PATH": str(prefix / "lib")}))


def by_command(arguments, prefix):
    """The installed command finds the installed programs, all that the build holds."""
    listed = run(prefix / "bin/weir", "list")
    for program in sorted((arguments.build / "lib/weir/programs").glob("*.so")):
        if not (prefix / "lib/weir/programs" / program.name).exists():
            raise Failure(f"lib/weir/programs/{program.name} is not installed")
        if program.stem not in listed:
            raise Failure(f"'weir list' of the install tree does not name {program.stem}:\n{listed}")
    for command, file in (("manual", "share/man/man1/weir.1"), ("completion", "share/bash-completion/completions/weir")):
        if run(prefix / "bin/weir", command) != (prefix / file).read_text(encoding="utf-8"):
            raise Failure(f"{file} is not what 'weir {command}' prints")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--cxx", type=pathlib.Path, required=True, nargs="+")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    try:
        prefix = install(arguments)
        for cxx in arguments.cxx:
            by_cmake(arguments, prefix, cxx)
            by_pkg_config(arguments, prefix, cxx)
        by_command(arguments, prefix)
    except Failure as failure:
        print(failure)
        return 1
    names = " and ".join(cxx.name for cxx in arguments.cxx)
    print(f"installed tree: found by CMake and pkg-config with {names}, and its command lists its programs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
