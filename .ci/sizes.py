"""Fails on the hard size limits of the code: lines a file, lines and parameters a function, nesting.

No listed linter has these limits, so this reads Swift as text: strings and comments are blanked, then
braces are matched. Usage: sizes.py FOLDER...
"""

import pathlib
import re
import sys

FILE_LINES, TEST_FILE_LINES = 400, 600
FUNCTION_LINES, PARAMETERS, NESTING = 60, 6, 3

BLANKED = re.compile(
    r'#"""(?:.|\n)*?"""#|"""(?:\\.|(?!""")(?:.|\n))*"""|#"(?:.)*?"#|"(?:\\.|[^"\\\n])*"'
    r"|//[^\n]*|/\*(?:.|\n)*?\*/"
)
FUNCTION = re.compile(r"\b(func\s+[^\s(<]+|init\??|subscript|deinit)\s*(?=[(<{ ])")
CONTROL = re.compile(r"^\s*(?:\}\s*)?(?:\w+:\s*)?(if|else|for|while|repeat|switch|do|catch)\b")


def blanked(text):
    """The text with strings and comments replaced by spaces, line breaks kept."""
    return BLANKED.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def closing(code, start, pair):
    """The index of the bracket that closes the one at `start`."""
    depth = 0
    for index in range(start, len(code)):
        depth += (code[index] == pair[0]) - (code[index] == pair[1])
        if depth == 0:
            return index
    return len(code) - 1


def parameter_count(code, start):
    """Commas at the top level of the parameter list that opens at `start`, plus one."""
    inside = code[start + 1 : closing(code, start, "()")]
    if not inside.strip():
        return 0
    depth, commas = 0, 0
    for character in inside.rstrip().rstrip(","):
        depth += (character in "([{<") - (character in ")]}")
        if character == ">" and depth > 0:
            depth -= 1
        commas += character == "," and depth == 0
    return commas + 1


def is_memberwise(code, start):
    """Whether the body behind the parameter list only stores the parameters: it is the type's own shape."""
    end = closing(code, start, "()")
    body = re.compile(r"\s*(?:throws\s*)?\{([^{}]*)\}").match(code, end + 1)
    return bool(body) and all(
        re.fullmatch(r"self\.\w+ = \w+", line.strip()) for line in body.group(1).strip().splitlines()
    )


def deepest(body):
    """The deepest nesting of control flow in a function's body; guards and closures do not count."""
    stack, deepest_level, statement = [], 0, ""
    for character in body:
        if character == "{":
            stack.append(bool(CONTROL.match(statement)))
            deepest_level = max(deepest_level, sum(stack))
            statement = ""
        elif character == "}":
            if stack:
                stack.pop()
            statement = ""
        elif character == "\n":
            statement = statement if re.search(r"[,(&|=]\s*$|^\s*(if|guard|for|while|switch)\b", statement) else ""
        else:
            statement += character
    return deepest_level


def function_faults(path, code):
    """Every function of the file that is too long, takes too much or nests too deep."""
    for match in FUNCTION.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        name = match.group().strip()
        opening = code.find("(", match.start())
        brace = code.find("{", match.start())
        end_of_signature = match.end()
        if opening >= 0 and (brace < 0 or opening < brace):
            count = parameter_count(code, opening)
            if count > PARAMETERS and not is_memberwise(code, opening):
                yield f"{path}:{line}: {name}: wanted at most {PARAMETERS} parameters, got {count}"
            end_of_signature = closing(code, opening, "()")
        rest = re.compile(r"[^{};=]*?\{").match(code, end_of_signature + 1 if opening >= 0 else match.end())
        if not rest or "\n\n" in rest.group():
            continue
        start = rest.end() - 1
        end = closing(code, start, "{}")
        length = code.count("\n", match.start(), end) + 1
        if length > FUNCTION_LINES:
            yield f"{path}:{line}: {name}: wanted at most {FUNCTION_LINES} lines, got {length}"
        depth = deepest(code[start + 1 : end])
        if depth > NESTING:
            yield f"{path}:{line}: {name}: wanted nesting of at most {NESTING}, got {depth}"


def faults(path):
    text = path.read_text(encoding="utf-8")
    limit = TEST_FILE_LINES if path.parts[0] == "Tests" else FILE_LINES
    lines = text.count("\n")
    if lines > limit:
        yield f"{path}: wanted at most {limit} lines, got {lines}"
    if path.suffix == ".swift":
        yield from function_faults(path, blanked(text))


def main(folders):
    files = [p for f in folders for p in sorted(pathlib.Path(f).rglob("*")) if p.suffix in (".swift", ".c", ".h")]
    found = [fault for path in files for fault in faults(path)]
    print("\n".join(found) if found else f"sizes: {len(files)} files within the limits")
    return 1 if found else 0


sys.exit(main(sys.argv[1:]))
