"""Files of CoNLL: tables of the sentences that :mod:`.conll` finds in their lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from ..reading.encodings import look, open_text
from ..reading.records import batched
from ..reading.reports import FileReport
from .conll import LOOKED_AT, sentences, settle

if TYPE_CHECKING:
    import pyarrow as pa


def read(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """A file whose ending says that it is CoNLL; columns ``tokens`` and ``tags``.

    Which column holds the words and which the tags is found out and said; ``reading`` may name
    them with ``word_column`` and ``tag_column``.

    Raises
    ------
    DataError
        If no column holds tags, or a line has another number of columns than the others.
    """
    import pyarrow as pa

    encoding = look(path, report, reading.get("encoding")).encoding
    with open_text(path, encoding) as stream:
        first = [line.rstrip("\r\n") for line in itertools.islice(stream, LOOKED_AT)]
    layout = settle(first, reading, report)
    if layout is None:
        shown = next((line for line in first if line.strip()), "")
        raise DataError(
            f"No column of {path} holds tags: {shown[:40]!r}.",
            "Write a word and its tag a line, or name the columns with "
            "reading={'word_column': 1, 'tag_column': 2}.",
        )

    def pieces() -> Iterator[pa.Table]:
        kind = pa.list_(pa.string())
        with open_text(path, encoding) as stream:
            rows = (row for _, row in sentences(enumerate(stream, 1), layout, path, report))
            for batch in batched(rows):
                yield pa.table(
                    {n: pa.array([row[n] for row in batch], kind) for n in ("tokens", "tags")}
                )

    return pieces()
