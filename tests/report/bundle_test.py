#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report/page/report.html is what its sources and its lock file make: types, lint and unit tests of report/ pass, and a build
from the lock file gives the checked-in page byte by byte. The packages of the lock file come from npm once for a build folder.

Exit status 77, not tested here: npm cannot be reached, and no packages are there from before.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
SECONDS = 400
MOST_BYTES = 400 * 1024
LEFT_OUT = ("node_modules", "page")


def run(folder, *command):
    """Output and status."""
    try:
        done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
                              check=False, env={**os.environ, "CI": "true", "NO_COLOR": "1"})
    except subprocess.TimeoutExpired:
        return 1, f"{' '.join(command)} took longer than {SECONDS} s"
    return done.returncode, done.stdout


def install(source, folder):
    """The packages of the lock file, unless they are there; whether they are. `npm ci` would refuse a lock file that was made
    where a registry lacks packages of other systems; install takes the versions and checksums of the lock file too."""
    lock = (source / "package-lock.json").read_bytes()
    stamp, digest = folder / "node_modules" / ".weir-lock", hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return True
    # Without a network npm ends, or it waits for as long as one lets it.
    status, output = run(folder, "npm", "install", "--no-save", "--ignore-scripts", "--fetch-retries=1")
    if status != 0:
        print(output[-2000:])
        return False
    stamp.write_text(digest, encoding="utf-8")
    return True


def main():
    if shutil.which("npm") is None:
        print("npm is missing: apt-get install nodejs npm")
        return 1
    source = pathlib.Path(os.environ["WEIR_SOURCE_DIR"]) / "report"
    folder = pathlib.Path(os.environ["WEIR_BUILD_DIR"]) / "report"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name not in LEFT_OUT:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for entry in source.iterdir():
        if entry.name not in LEFT_OUT:
            (shutil.copytree if entry.is_dir() else shutil.copy)(entry, folder / entry.name)
    lock = (source / "package-lock.json").read_text(encoding="utf-8")
    if '"resolved"' in lock:
        print("package-lock.json names hosts of packages: make it with 'npm run lock', which leaves them out")
        return 1
    if not install(source, folder):
        print("the packages of package-lock.json could not be installed; see above")
        return SKIPPED
    status, output = run(folder, "npm", "run", "--silent", "check")
    print(output)
    if status != 0:
        return 1
    built, kept = (folder / "page" / "report.html").read_bytes(), (source / "page" / "report.html").read_bytes()
    if built != kept:
        print("report/page/report.html is not what report/src makes: run 'npm install --no-save && npm run build' in report/")
        return 1
    if len(kept) > MOST_BYTES:
        print(f"the page has {len(kept)} bytes without data, more than {MOST_BYTES}")
        return 1
    print(f"the page is what its sources make, {len(kept)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
