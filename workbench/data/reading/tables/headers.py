"""Whether the first row of a table holds names, and what the columns are called."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from ....errors import DataError
from ..expected import expected
from ..reports import FileReport

#: Names that columns usually have: a first row with one of them is a header.
USUAL_NAMES = frozenset(
    "text sentence review content comment body message tweet question title document input label "
    "labels class category target sentiment intent topic rating stars score id idx index premise "
    "hypothesis sentence1 sentence2 question1 question2 context answer answers source output "
    "tokens tags summary name date split y emotion polarity utterance "
    "文本 内容 评论 句子 标签 类别 情感".split()
)
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069]")
UNLIKE = "its cells are short and unlike those below"


def contrast(first: list[str], rest: list[list[str]]) -> bool:
    """Whether a column below a cell holds numbers or longer texts, which the cell is none of."""
    for number, cell in enumerate(first):
        column = [row[number].strip() for row in rest if len(row) > number]
        column = [value for value in column if value]
        if not column or NUMBER.fullmatch(cell):
            continue
        if sum(bool(NUMBER.fullmatch(v)) for v in column) > 0.8 * len(column):
            return True
        words = sorted(len(value.split()) for value in column)
        if len(cell.split()) <= 2 and words[len(words) // 2] >= max(3, 2 * len(cell.split())):
            return True
    return False


def settle_header(
    path: Path, rows: list[list[str]], reading: dict[str, Any], report: FileReport
) -> bool:
    """Whether the first row of a table holds names; what was guessed is noted."""
    if "header" in reading:
        return reading["header"]
    header, reason = has_header(rows)
    if not header:
        report.note(
            "warning", "header",
            f"{path.name} seems to have no header row ({reason}); {called(rows[0])}.",
            "If its first row holds names, set reading={'header': True}.",
        )  # fmt: skip
    elif reason == UNLIKE:
        shown = ", ".join(repr(cell.strip()[:20]) for cell in rows[0][:4])
        report.note(
            "info", "header", f"The first row of {path.name} was taken for names: {shown}.",
            "If it is a row like the others, set reading={'header': False}.",
        )  # fmt: skip
    return header


def has_header(rows: list[list[str]]) -> tuple[bool, str]:
    """Whether the first row holds names, and why.

    Examples
    --------
    >>> has_header([["text", "label"], ["fine", "good"]])
    (True, 'its names are usual ones')
    >>> has_header([["fine"], ["bad"]])[0]
    False
    >>> has_header([["a film", "id7"], *([f"and {n}", f"id{n}"] for n in range(10, 14))])
    (False, "'id7' is written as those below it are")
    """
    first, rest = [plain_name(cell) for cell in rows[0]], rows[1:]
    if set(expected().names) & set(first):
        return True, "it names the column that is predicted"
    columns = [
        [row[number].strip() for row in rest if len(row) > number] for number in range(len(first))
    ]
    again = [row for row in rest if [plain_name(cell) for cell in row] == first]
    usual = [n for n, cell in enumerate(first) if cell.lower() in USUAL_NAMES]
    if usual and (again or any(first[n] not in columns[n] for n in usual)):
        return True, "its names are usual ones"
    alike = len(first) in (1, expected().columns)
    if expected().header is False and (alike or not contrast(first, rest)):
        return False, "the run's data have none"
    for cell, column in zip(first, columns, strict=True):
        if NUMBER.fullmatch(cell):
            if not column or sum(bool(NUMBER.fullmatch(v)) for v in column) > 0.8 * len(column):
                return False, f"{cell!r} is a number" + " like those below it" * bool(column)
        elif len(cell) > 60 or len(cell.split()) > 6:
            return False, f"{cell[:30] + '…'!r} is longer than a name"
        elif cell and cell in column and not again:
            return False, f"{cell!r} is also a value of its column"
        elif (form := _form(cell)) != cell and len(column) > 2:
            if sum(_form(value) == form for value in column) > 0.8 * len(column):
                return False, f"{cell!r} is written as those below it are"
    if not rest:
        return True, "it is the only row"
    if len(first) == 1 and not contrast(first, rest) and not re.fullmatch(r"\w*_\w+", first[0]):
        return False, f"{first[0]!r} is no usual name and like the values below it"
    return True, "its values are of another kind" if contrast(first, rest) else UNLIKE


def _form(value: str) -> str:
    """A value with every number in it the same: ``id7`` and ``id12`` have one form."""
    return re.sub(r"\d+", "0#", value)


def plain_name(cell: str) -> str:
    """A cell of the first row as a name: without what nobody sees."""
    return _INVISIBLE.sub("", cell).strip()


def column_names(path: Path, first: list[str], header: bool, report: FileReport) -> list[str]:
    """Names of the columns: stripped, ``column_N`` where there is none, never twice the same."""
    if not header:
        if len(first) == 1:
            return ["text"]
        return [f"column_{number}" for number in range(1, len(first) + 1)]
    names = [visible(cell).strip() for cell in first]
    changed = sum(cell.strip() != name for cell, name in zip(first, names, strict=True))
    if changed:
        note_invisible(path, changed, report)
    nameless = [number for number, name in enumerate(names, 1) if not name]
    for number in nameless:
        names[number - 1] = f"column_{number}"
    if len(nameless) > 3:
        report.note(
            "info",
            "header",
            f"{len(nameless):,} columns of {path.name} have no name: column_{nameless[0]} to "
            f"column_{nameless[-1]}.",
            count=len(nameless),
        )
    for number in nameless if len(nameless) <= 3 else ():
        report.note(
            "info", "header", f"Column {number} of {path.name} has no name: column_{number}."
        )
    counts = Counter(names)
    if twice := next((name for name in names if counts[name] > 1), None):
        places = [str(n) for n, name in enumerate(names, 1) if name == twice]
        raise DataError(
            f"{path} has two columns {twice!r} (columns {' and '.join(places[:4])} of row 1).",
            "Rename one of them.",
        )
    return names


def called(row: list) -> str:
    """How the columns of a table without a header are called, for a sentence."""
    if len(row) == 1:
        return "its column is called text"
    return f"its columns are called column_1 to column_{len(row)}"


def visible(name: str) -> str:
    """A column's name without characters that nobody sees, such as a byte-order mark.

    Examples
    --------
    >>> visible("\\ufefftext\\u200b")
    'text'
    """
    name = _INVISIBLE.sub("", name)
    while name and unicodedata.category(name[-1]) == "Cf":
        name = name[:-1]
    while name and unicodedata.category(name[0]) == "Cf":
        name = name[1:]
    return name


def note_invisible(path: Path, count: int, report: FileReport) -> None:
    """Say that ``count`` names of columns held characters that nobody sees."""
    names = "names of columns" if count > 1 else "name of a column"
    report.note(
        "info", "header",
        f"{count:,} {names} of {path.name} held characters that nobody sees, which were left out.",
        "", count,
    )  # fmt: skip
