# SPDX-License-Identifier: Apache-2.0
"""The rules of tidy.py. A rule is a function of (path, lines) that yields (line number, what to do)."""
import re

from source_text import functions, split_cpp, split_script

LICENCE = "SPDX-License-Identifier: Apache-2.0"
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
COMMENT_ABOVE_LINES = 3
CPP = {".cpp", ".hpp", ".c", ".h"}

BANNED = re.compile(r"\b(todo|fixme|xxx|hack|hacky|previously|legacy|no longer|used to|for now)\b", re.IGNORECASE)
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
MEMORY_ORDER = re.compile(r"\bmemory_order(?:_|::)(relaxed|acquire|release|acq_rel|seq_cst|consume)\b")
MACHINE_PATH = re.compile(r"(?<![\w./*}$-])/(?:home|root|work|Users|mnt|scratch)/\w")

# Which folders of src/ a folder may include, beside itself and the public headers.
_LOW = {"model"}
_RINGS = _LOW | {"memory"}
_CORE = _RINGS | {"deps", "scheduler"}
_SIDE = {"config", "observe", "recording"}
MAY_INCLUDE = {
    "json": set(),
    "model": set(),
    "config": _LOW | {"json"},
    "recording": _LOW | {"json"},
    "observe": _LOW | {"recording", "json"},
    "memory": _LOW,
    "deps": _RINGS,
    "scheduler": _RINGS | {"observe", "recording"},
    "orchestrator": _CORE | _SIDE,
    "plan": _CORE | _SIDE | {"orchestrator"},
    "platform": _CORE | _SIDE | {"orchestrator", "plan"},
    "capi": set(),
    "analysis": _LOW | {"recording", "json"},
    "cli": {"analysis", "json"},
}


def _split(path, lines):
    return split_cpp(lines) if path.suffix in CPP else split_script(lines)


def licence(path, lines):
    if not any(LICENCE in line for line in lines[:2]):
        yield 1, f"the first line (second after #!) must hold '{LICENCE}'"


def file_length(path, lines):
    if len(lines) > FILE_LINES_MAX:
        yield len(lines), f"{len(lines)} lines, at most {FILE_LINES_MAX}: split it by mechanism"


def function_length(path, lines):
    if path.suffix in CPP:
        for first, last, head in functions(split_cpp(lines)[0]):
            length = last - first + 1
            if length > FUNCTION_LINES_MAX:
                yield first, f"{length} lines, at most {FUNCTION_LINES_MAX}: {head[:60]}"


def banned_word(path, lines):
    for number, comment in enumerate(_split(path, lines)[1], 1):
        for match in BANNED.finditer(comment):
            yield number, f"'{match.group()}' in a comment: state a present fact and its reason"


def upward_include(path, lines):
    """src/<folder>/ may include what MAY_INCLUDE says; include/ and programs/ include no internal header at all."""
    top = path.parts[0]
    if top not in ("src", "include", "programs") or path.suffix not in CPP:
        return
    code_lines = ((number, INCLUDE.match(line)) for number, line in enumerate(lines, 1))
    for number, match in code_lines:
        if not match or match.group(1) == "<":
            continue
        target = match.group(2)
        folder = target.split("/")[0] if "/" in target else None
        if top == "include":
            yield number, f"a public header includes <weir/...> only, not \"{target}\""
        elif top == "programs" and folder in MAY_INCLUDE:
            yield number, f"a program uses the public API only, not \"{target}\""
        elif top == "src" and folder in MAY_INCLUDE:
            own = path.parts[1]
            if folder != own and folder not in MAY_INCLUDE.get(own, set()):
                yield number, f"src/{own} may not include src/{folder}: the file is in the wrong room"


def memory_order(path, lines):
    """A comment on the line, or on one of the lines above, says what an order pairs with or why none is needed."""
    if path.suffix not in CPP or path.parts[0] == "programs":
        return
    code, comments = split_cpp(lines)
    for number, line in enumerate(code, 1):
        match = MEMORY_ORDER.search(line)
        if match and not re.match(r"\s*(?:using|constexpr)\b", line):
            near = comments[max(0, number - 1 - COMMENT_ABOVE_LINES) : number]
            if not any(comment.strip() for comment in near):
                yield number, f"memory_order_{match.group(1)} without a comment here or {COMMENT_ABOVE_LINES} lines above"


def machine_path(path, lines):
    for number, line in enumerate(lines, 1):
        match = MACHINE_PATH.search(line)
        if match:
            yield number, f"'{match.group()}...' is a path of one machine"


RULES = {
    "licence": licence,
    "file-length": file_length,
    "function-length": function_length,
    "banned-word": banned_word,
    "upward-include": upward_include,
    "memory-order": memory_order,
    "machine-path": machine_path,
}
