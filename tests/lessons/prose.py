"""Numbers in the prose of a notebook: each comes from the run, from an assertion, or says whence.

A value stands in the text as it is read, and behind it, in a comment that no view of a notebook
shows, the expression that gives it::

    Accuracy 0.797<!--{movies.metrics()["accuracy"]:.3f}--> against a word counter.

So there is one text alone: whoever edits the cell in JupyterLab has value and expression under the
same cursor (a template in the cell's metadata would be lost behind an edited text, or undo the
edit), and GitHub, print and ``nbconvert`` show the plain sentence. The value is what stands between
the comment and the last blank or opening bracket. A number that no run gives says where it is from:
``88,000<!-- given: Devlin et al. 2019 -->``, ``1.73<!-- by hand -->``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

VALUE = re.compile(r"(`[^`]+`|[^\s(\[<>*|`]+)<!--\{(.+?)\}-->")
GIVEN = re.compile(r"(`[^`]+`|[^\s(\[<>*|`]+)<!-- (?:given: \S.*?|by hand) -->")
#: What is no sentence of the lesson: code, formulas, addresses, headings, comments, references.
NO_PROSE = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|\]\([^)]*\)|<!--.*?-->|^#+ .*?$"
    r"|\*\*(?:Papers|Where next|Next):\*\*[^\n]*"
    r"|\b(?:notebooks?|sections?|equations?|exercises?)\s+\d+(?:(?:,| and| to) \d+)*"
    r"|95 % intervals?|\b(?:19|20)\d\d\b",
    re.S | re.M | re.I,
)
SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n\s*\n|\n\s*[-*] ")
#: A sentence with one of these, or with a fraction or a percentage, says what a run gave.
MEASURED = re.compile(
    r"\b(?:accurac\w+|F1|loss(?:es)?|perplexit\w+|errors?|scores?|right|wrong|seconds?|minutes?"
    r"|times as|better|worse|beats?|won|rose|rises|fell|falls?|went|reach(?:es)?|against|points?"
    r"|gains?|cosines?|probabilit\w+|bits|nats|weight|weighs|shares?|found|finds|are kept)\b"
    r"|\d\.\d|\d\s?%",
    re.I,
)
WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty half third quarter tenth hundred"
).replace(" ", "|")
NUMBER = re.compile(
    r"(?<![\w.,-])[-−+]?\d(?:[\d,]*\d)?(?:\.\d+)?(?![\w-])(?:\s?%)?"
    rf"|\b(?:one|{WORDS})\b(?=(?: and a half)? (?:points?|errors?|times|seconds|minutes|of \d"
    rf"|in (?:{WORDS}|\d)|of (?:{WORDS})\b))",
    re.I,
)


def call(expression: str) -> str:
    """The Python that writes a placeholder's value: ``gain:.3f`` is ``format(gain, '.3f')``."""
    value, colon, how = expression.rpartition(":")
    if not colon or re.search(r"[\[\](){}'\"]", how):
        value, how = expression, ""
    ast.parse(value.strip(), mode="eval")  # SyntaxError names what is not Python
    return f"format({value.strip()}, {how!r})"


def values(source: str) -> list[tuple[str, str]]:
    """The ``(value, expression)`` of each placeholder, in the order of the text."""
    return [(m[1], m[2]) for m in VALUE.finditer(source)]


def filled(source: str, new: list[str]) -> str:
    """The text with ``new`` in place of its values; ValueError if one could not be found again."""
    those = iter(new)
    text = VALUE.sub(lambda m: f"{next(those)}<!--{{{m[2]}}}-->", source)
    if [value for value, _ in values(text)] != list(new):
        odd = [value for value in new if re.search(r"[\s(\[<>*|`]", value) or not value]
        raise ValueError(f"a value in prose is one word without blanks or brackets, not {odd}")
    return text


def _number(text: str) -> float:
    digits = re.sub(r"[,\s%]", "", text).replace("−", "-")
    return float(digits) / (100 if "%" in text else 1)


def _literals(tree: ast.AST) -> Iterator[float]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield abs(float(node.value))


def _held(trees: list[ast.AST]) -> set[float]:
    """The numbers that assertions name."""
    asserts = (n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Assert))
    return {number for one in asserts for number in _literals(one)}


def sentences(source: str) -> list[str]:
    """The result sentences of a Markdown cell, without what a placeholder or a source holds."""
    source = GIVEN.sub(" ", VALUE.sub(" ", source))
    return [one for one in SENTENCE.split(NO_PROSE.sub(" ", source)) if MEASURED.search(one)]


def _sections(notebook) -> Iterator[list]:
    """The cells under each ``##``; what comes with the exercises and the title is left out."""
    part: list = []
    for cell in notebook.cells[1:]:
        if cell.cell_type == "markdown" and re.search(r"^## ", cell.source, re.M):
            yield part
            part = []
        part.append(cell)
    yield part


def unheld(notebook, tree) -> list[str]:
    """One sentence for each number in a result sentence that nothing computes or asserts.

    A *result sentence* speaks of what was measured: it has a fraction, a percentage, or a word such
    as accuracy, error, seconds, against. In it a number is held by a placeholder, by an assertion
    under the same heading that names it, by a setting in the code (whole numbers of three digits
    and more), or by the source that it gives. Formulas, code, years and numbers of sections are
    none: what was put in is written as a formula. Nor are exercises, whose check holds them.
    """
    code = [c for c in notebook.cells if c.cell_type == "code"]
    said = {n for c in code for n in _literals(tree(c.source))}
    settings = {n for n in said if n >= 100 and n.is_integer()}
    found = []
    for part in _sections(notebook):
        held = settings | _held([tree(c.source) for c in part if c.cell_type == "code"])
        for cell in part:
            if cell.cell_type != "markdown" or re.match(r"## Exercises|\*\*\d+\.\*\*", cell.source):
                continue
            for sentence in sentences(cell.source):
                for match in NUMBER.finditer(sentence):
                    told = match[0].strip()
                    if told[-1].isalpha() or abs(_number(told)) not in held:
                        start = " ".join(sentence.split())[:60]
                        found.append(f'Nothing computes or asserts {told!r} in "{start} ...".')
    return found


def complaints(notebook, tree) -> list[str]:
    """What is wrong with the values in a notebook's prose, one sentence each."""
    found = unheld(notebook, tree)
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for _, expression in values(cell.source):
            try:
                call(expression)
            except SyntaxError as error:
                found.append(f"{expression!r} in its prose is no expression: {error.msg}.")
        if len(re.findall(r"<!--\{", cell.source)) != len(values(cell.source)):
            found.append(f'A value is missing before an expression in "{cell.source[:40]} ...".')
    return found
