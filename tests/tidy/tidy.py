#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""House style that no formatter knows. Prints `file:line: rule: what to do` for each finding; exit status 1 if any.

Rules: licence line, file length, function length, banned words in comments, includes against the order of the folders,
memory orders without a comment, paths of one machine. A known exception is a line `rule path` in allow.txt; an entry
that is not needed any more is a finding, and so is an entry that the last commit did not have.
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from rules import RULES  # noqa: E402  (the path above comes first)

ALLOW_FILE = "tests/tidy/allow.txt"
SUFFIXES = {".cpp", ".hpp", ".c", ".h", ".py", ".sh", ".bash", ".cmake"}
NAMES = {"CMakeLists.txt", "weir", "run"}


def git(root, *arguments):
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def source_files(root):
    listed = git(root, "ls-files", "--cached", "--others", "--exclude-standard")
    if listed is None:
        raise SystemExit(f"{root} is no git work tree; run this from a clone")
    paths = [pathlib.PurePosixPath(line) for line in listed.splitlines()]
    return [path for path in paths
            if (path.suffix in SUFFIXES or path.name in NAMES) and (root / path).is_file()]


def entries(text):
    """The `rule path` pairs of an allow list; `#` starts a comment."""
    lines = (line.split("#")[0].split() for line in (text or "").splitlines())
    return {(words[0], words[1]) for words in lines if len(words) >= 2}


def check_allow_list(root, allowed, needed):
    """An entry must be needed, and must not be newer than the last commit's list."""
    for rule, path in sorted(allowed - needed):
        yield f"{ALLOW_FILE}: '{rule} {path}' is not needed any more: remove the entry"
    for revision in ("HEAD", "HEAD^"):
        committed = git(root, "show", f"{revision}:{ALLOW_FILE}")
        if committed is not None:
            for rule, path in sorted(allowed - entries(committed)):
                yield f"{ALLOW_FILE}: '{rule} {path}' is new: the list may only shrink, mend the file instead"
            return


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    files = source_files(root)
    allow_path = root / ALLOW_FILE
    allowed = entries(allow_path.read_text(encoding="utf-8")) if allow_path.exists() else set()
    needed, findings = set(), []
    for path in files:
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        for name, rule in RULES.items():
            for line, message in rule(path, lines):
                if (name, str(path)) in allowed:
                    needed.add((name, str(path)))
                else:
                    findings.append(f"{path}:{line}: {name}: {message}")
    findings += check_allow_list(root, allowed, needed)
    for finding in findings:
        print(finding)
    print(f"tidy: {len(files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
