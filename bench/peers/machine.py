# SPDX-License-Identifier: Apache-2.0
"""Describes the machine and the software of a measurement, without names of hosts or people."""

import os
import platform
import subprocess
from pathlib import Path

COMPILERS = ("g++", "clang++-16")
PACKAGES = ("libgomp1", "libomp5-16", "libstarpu-dev", "libtbb12")


def first_line(command):
    """The first line a command prints, or None where the command is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except OSError:
        return None
    lines = done.stdout.splitlines()
    return lines[0].strip() if done.returncode == 0 and lines else None


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


class OtherLoad:
    """Measures which share of the machine processes other than this one and its children take."""

    def __init__(self):
        self.begin = self.read()

    @staticmethod
    def read():
        """(capacity, busy, own) in seconds of CPU time so far, over all cores."""
        ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        per_second = os.sysconf("SC_CLK_TCK")
        idle = ticks[3] + ticks[4]
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
        return sum(ticks) / per_second, (sum(ticks) - idle) / per_second, own

    def share(self):
        """From 0 to 1, since construction. Measured figures are worth less the larger it is."""
        capacity, busy, own = (now - then for now, then in zip(self.read(), self.begin))
        return max(0.0, busy - own) / capacity if capacity > 0 else 0.0


def describe():
    return {
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": f"{platform.system()} {platform.release()}",
        "compilers": {name: first_line([name, "--version"]) for name in COMPILERS},
        "packages": {name: first_line(["dpkg-query", "-W", "-f", "${Version}", name]) for name in PACKAGES},
    }
