"""CoNLL in files whose ending does not say so: a word and its tags a line."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from ..tags import conll
from . import Shape, Source


def _find(first: list[str], source: Source) -> Callable | None:
    wanted = source.reading.get("shape") == "conll"
    named = {"word_column", "tag_column"} & set(source.reading)
    if not wanted and not named and not conll.looks_like(first):
        return None
    with open(source.path, encoding=source.report.encoding) as stream:
        lines = [line.rstrip("\n") for line in itertools.islice(stream, conll.LOOKED_AT)]
    layout = conll.settle(lines, source.reading, source.report)
    if layout is None:
        return None

    def rows(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict]]:
        source.report.note(
            "info", "conll", f"{source.name} is read as a word and its tags a line.",
            "Read it as a table or as lines with reading={'shape': 'plain'}.",
        )  # fmt: skip
        yield from conll.sentences(lines, layout, source.path, source.report)

    return rows


# delimited files ask only shapes that name their ending
LINES = (Shape("conll", _find, (".csv", ".tsv", ".tab")), Shape("conll", _find))
