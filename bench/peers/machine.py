# SPDX-License-Identifier: Apache-2.0
"""Describes the machine and the software of a measurement, without names of hosts or people."""

import os
import platform
import subprocess
import time
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

    def seconds(self):
        """CPU time of others since construction."""
        _, busy, own = (now - then for now, then in zip(self.read(), self.begin))
        return max(0.0, busy - own)

    def share(self):
        """From 0 to 1, since construction. Measured figures are worth less the larger it is."""
        capacity, _, _ = (now - then for now, then in zip(self.read(), self.begin))
        return self.seconds() / capacity if capacity > 0 else 0.0


class Patience:
    """Repeats measurements that other processes disturbed, for a limited time in all."""

    # Of the machine, taken by others; and so much CPU time that the kernel's clock ticks cannot feign it.
    DISTURBED_SHARE = 0.05
    DISTURBED_S = 0.03
    LOOK_S = 0.2

    def __init__(self, seconds):
        self.left_s = seconds
        self.disturbed = False  # the last measurement was

    def disturbance(self, load):
        share = load.share()
        return share if share > self.DISTURBED_SHARE and load.seconds() > self.DISTURBED_S else 0.0

    def await_quiet(self):
        """Returns when nothing else ran for a moment, or the time is used up."""
        while self.left_s > 0:
            load = OtherLoad()
            time.sleep(self.LOOK_S)
            self.left_s -= self.LOOK_S
            if self.disturbance(load) == 0:
                return

    def undisturbed(self, measure):
        """Calls `measure` and returns its result; again when it was disturbed and there is time left.

        Which of the results counts does not depend on them: it is the one beside the least other load.
        """
        taken = []
        while True:
            if self.disturbed:
                self.await_quiet()
            load = OtherLoad()
            began = time.monotonic()
            result = measure()
            taken.append((self.disturbance(load), result))
            self.disturbed = taken[-1][0] > 0
            if not self.disturbed or self.left_s <= 0:
                return min(taken, key=lambda pair: pair[0])[1]
            self.left_s -= time.monotonic() - began


def describe():
    return {
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": f"{platform.system()} {platform.release()}",
        "compilers": {name: first_line([name, "--version"]) for name in COMPILERS},
        "packages": {name: first_line(["dpkg-query", "-W", "-f", "${Version}", name]) for name in PACKAGES},
    }
