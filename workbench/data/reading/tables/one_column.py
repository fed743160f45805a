"""A delimited file of one column: whether its lines are texts, or a table without its header."""

from __future__ import annotations

import io
import itertools
import re
from pathlib import Path

from ....errors import DataError
from ..reports import FileReport
from .first_lines import SEPARATORS, Rows
from .quoting import Quoting, Seen

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def bare_lines(text: str, quoting: Quoting, seen: Seen) -> list[str]:
    """The first lines below the first one that are no part of a field in quotes."""
    newline = "" if quoting.end == "any" else quoting.end
    within = {n for first, last in seen.spans[:200] for n in range(first, last + 1)}
    lines = enumerate(io.StringIO(text, newline=newline), 1)
    bare = [line.rstrip("\r\n") for n, line in itertools.islice(lines, 1, 201) if n not in within]
    return [line for line in bare if line and not line.lstrip().startswith(quoting.mark)]


def note(path: Path, body: list[str], first: list[str], report: FileReport, cut: Rows) -> None:
    """Say that a line is one text, where it holds what separates fields elsewhere.

    ``cut(text, separator, limit)`` gives the first rows of a text.

    Raises
    ------
    DataError
        If what stands behind the last separator of each line can only be labels.
    """
    body = [_THOUSANDS.sub("", line) for line in body]
    for separator in SEPARATORS:
        widths = [len(next(iter(cut(line, separator, 1)), [])) for line in body]
        held = sum(width > 1 for width in widths)
        if not held:
            continue
        shown = {"\t": "a tab"}.get(separator, repr(separator))
        last = [line.rsplit(separator, 1)[-1] for line in body]
        texts = len(set(body))  # texts that are repeated end alike, and these are no labels
        few = 2 <= len(set(last)) <= max(2, 0.2 * texts) and texts >= 2 * len(set(last))
        labels = few and not any(value.startswith(" ") for value in last)
        if len(set(widths)) == 1 and labels:
            raise DataError(
                f"The first line of {path} has one name, {first[0][:40]!r}, and the others have "
                f"{widths[0]} fields separated by {shown}.",
                "Write a name for each column into the first line, or set "
                f"reading={{'delimiter': {separator!r}, 'header': False}} if it has none.",
            )
        report.note(
            "warning", "one column",
            f"The first line of {path.name} has one name, so that each line is one text; "
            f"{held:,} of the first {len(body):,} hold {shown}.",
            f"If it separates columns, set reading={{'delimiter': {separator!r}}} and name them.",
            held,
        )  # fmt: skip
        return
