"""Shapes that rows may have besides a plain table: recognisers, asked in order.

A file is read in one of four ways, and each has a list of shapes. The first one that knows what it
sees gives the rows; when none does, the file is read as what its ending says. A shape is forced,
and the others are left unasked, with ``reading={"shape": name}``; ``"plain"`` asks none.

``DOCUMENTS``
    A whole JSON document. ``find(content, source)`` gives a list of objects (rows), an object of
    such lists by split name, or None.
``OBJECTS``
    Objects that come one by one: those of a list in a JSON document, or the lines of JSON Lines.
    ``find(first, source)`` sees the first of them and gives a function that turns all of them,
    pairs of number and object, into rows, pairs of number and object; or None.
``LINES``
    Lines of text, without their line ends. ``find(first, source)`` sees the first of them and gives
    a function that turns all of them, pairs of line number and text, into rows; or None. A
    delimited file (.csv, .tsv) asks only those that name its ending.
``TABLES``
    A table that was read from a delimited file, a workbook or columns.
    ``find(table, source)`` gives another ``pyarrow.Table``, or None.

What a shape leaves out, merges or guesses it says with ``source.report.note(...)``, with a count
and a way back; a function over a stream may do so when the stream is at its end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...i18n import t
from ..reading.expected import expected
from ..reading.reports import FileReport

FIRST = 400  # lines or objects that a shape is found by


@dataclasses.dataclass(frozen=True)
class Source:
    """The file that is read: its path, how it shall be read, and what was found out."""

    path: Path
    reading: dict[str, Any]
    report: FileReport

    @property
    def name(self) -> str:
        """How to call it in what is said: the file's name, unless it is a table kept in memory."""
        stored = self.path.name.startswith("sha256-")
        return "The DataFrame" if stored else self.path.name


@dataclasses.dataclass(frozen=True)
class Shape:
    """A recogniser and its name.

    Parameters
    ----------
    find : callable
        As the module says for the list that the shape stands in.
    endings : tuple of str
        The endings of the files that it is asked about, such as ``".txt"``; empty: all.
    """

    name: str
    find: Callable[[Any, Source], Any]
    endings: tuple[str, ...] = ()


def found(shapes: Iterable[Shape], seen: Any, source: Source) -> Any:
    """What the first shape makes of what it sees; None when none knows it.

    Raises
    ------
    DataError
        If ``reading`` names a shape that does not know it.
    """
    wanted = source.reading.get("shape")
    for shape in shapes:
        if wanted is not None and shape.name != wanted:
            continue
        if wanted is None and shape.endings and source.path.suffix.lower() not in shape.endings:
            continue
        if (made := shape.find(seen, source)) is not None:
            return made
        if wanted is not None and wanted == expected().shape:  # nobody said it of this file
            shown = {"name": source.name, "shape": repr(wanted)}
            source.report.note(
                "warning", "shape",
                t("asked.other_shape", **shown), t("asked.other_shape_back"),
            )  # fmt: skip
            left = {name: value for name, value in source.reading.items() if name != "shape"}
            return found(shapes, seen, dataclasses.replace(source, reading=left))
        if wanted is not None:
            raise DataError(
                f"{source.path} is not of the shape {wanted!r}.",
                "Leave shape out of reading, so that it is found out.",
            )
    return None
