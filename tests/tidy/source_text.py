# SPDX-License-Identifier: Apache-2.0
"""C++ text apart from its comments and literals, and the functions in it. Heuristic, line based, fast."""
import re

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)
NOT_A_FUNCTION = re.compile(
    r"^\s*(?:template\s*<.*?>\s*)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern\s*\"?|concept)\b",
    re.DOTALL)
ACCESS = re.compile(r"^(?:\s*(?:public|protected|private)\s*:)*\s*")
CONSTRUCTOR_LIST = re.compile(r"\)\s*(?:noexcept\s*(?:\([^()]*\))?\s*)?:(?!:)", re.DOTALL)


def blank(text):
    """The same number of lines, nothing else."""
    return "\n" * text.count("\n")


def split_cpp(lines):
    """Returns (code lines, comment lines): each line twice, once without comments and literals, once only its comments."""
    text = "\n".join(lines)
    code, comment, end = [], [], 0
    for match in TOKEN.finditer(text):
        before, token = text[end : match.start()], match.group()
        is_comment = token.startswith("//") or token.startswith("/*")
        code.append(before + (blank(token) if is_comment else '""' + blank(token)))
        comment.append(blank(before) + (token if is_comment else blank(token)))
        end = match.end()
    code.append(text[end:])
    comment.append(blank(text[end:]))
    return "".join(code).split("\n"), "".join(comment).split("\n")


def split_script(lines):
    """The same for languages whose comments start with `#`; a `#` inside a word or a string is not one."""
    code, comment = [], []
    for line in lines:
        match = re.search(r"(?:^|\s)#.*$", line)
        inside_string = match and line[: match.start()].count('"') % 2 == 1
        if match and not inside_string:
            code.append(line[: match.start()])
            comment.append(line[match.start() :])
        else:
            code.append(line)
            comment.append("")
    return code, comment


def without_directives(code):
    """Preprocessor directives, with their continuation lines, become empty lines."""
    result, continued = [], False
    for line in code:
        directive = continued or line.lstrip().startswith("#")
        continued = directive and line.endswith("\\")
        result.append("" if directive else line)
    return result


def is_function(head):
    head = ACCESS.sub("", head)
    if "(" not in head or NOT_A_FUNCTION.match(head):
        return False
    return re.search(r"(?<![=!<>+\-*/|&^])=(?!=)", re.sub(r"\([^()]*\)|operator\S+", "", head)) is None


def functions(code):
    """Yields (first line, last line, head), counted from 1, of every function body outside another function."""
    text = "\n".join(without_directives(code))
    head_start, parens, stack, function = 0, 0, [], None
    line = 1
    for index, char in enumerate(text):
        if char == "\n":
            line += 1
        elif char == "(":
            parens += 1
        elif char == ")":
            parens -= 1
        elif char == ";" and parens == 0 and function is None:
            head_start = index + 1
        elif char == "{":
            head = text[head_start:index]
            kind = "other"
            if stack and stack[-1][0] == "member":
                kind = "member"
            elif function is None and parens == 0 and is_function(head):
                member = CONSTRUCTOR_LIST.search(head) and re.search(r"[\w>]\s*$", head)
                kind = "member" if member else "function"
            if kind == "function":
                stripped = ACCESS.sub("", head)
                first = line - stripped.count("\n")
                function = (len(stack), first, " ".join(stripped.split()))
            stack.append((kind, parens))
            parens = 0 if kind == "function" else parens
            if kind == "other" and function is None and parens == 0:
                head_start = index + 1
        elif char == "}" and stack:
            kind, parens = stack.pop()
            if kind == "function":
                yield function[1], line, function[2]
                function = None
            if kind != "member" and function is None and parens == 0:
                head_start = index + 1
