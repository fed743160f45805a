"""Texts that belong together as lists: pairs, triplets, sets, and texts with a label for them all.

``["asked", "found"]`` and ``["asked", "found", "wrong"]`` a row, ``{"set": [...]}``,
``{"texts": [...], "label": 0.8}``: as sentence-transformers and collections for it hold them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...i18n import t
from ..reading.tables.headers import USUAL_NAMES, contrast
from . import Shape, Source

_MATCHED = ("anchor", "positive", "negative")
_COMPARED = ("sentence1", "sentence2")
_WORDS = 3  # on average of a text that is no label
_NAME = 2  # words of a name of a column, at most


def _of_lists(content: Any, source: Source) -> list[dict] | None:
    """A list of pairs or of triplets of texts."""
    if not isinstance(content, list) or not content or "header" in source.reading:
        return None
    if not all(_are_texts(row) for row in content):
        return None
    width = len(content[0])
    if width not in (2, 3) or any(len(row) != width for row in content):
        return None
    if {text.strip().lower() for text in content[0]} & set(USUAL_NAMES):
        return None  # a header
    if all(len(text.split()) <= _NAME for text in content[0]) and contrast(content[0], content[1:]):
        return None  # a header of other names
    if not all(map(_varied, zip(*content, strict=True))):
        return None
    names = _MATCHED[:width]
    source.report.note(
        "info", "texts that match",
        t("text_sets.lists", n=len(content), file=source.name, width=width,
          names=", ".join(map(repr, names))),
        t("text_sets.lists_back"), len(content),
    )  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in content]


def _varied(texts: tuple[str, ...]) -> bool:
    """Whether the texts of a column say something, and are no classes."""
    words = sum(len(text.split()) if text.isascii() else len(text) / 2 for text in texts)
    return words >= _WORDS * len(texts) and 2 * len(set(texts)) > len(texts)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _sets(first: list[dict], source: Source) -> Callable | None:
    """Objects with a set of texts of which each belongs to the others."""
    if not all("set" in row for row in first) or not _mostly(first, "set"):
        return None
    if any(isinstance(v, str) and len(v.split()) > 1 for row in first for v in row.values()):
        return None  # what a text has, such as its classes

    def rows(objects: Iterable[tuple[int, dict]]) -> Iterator[tuple[int, dict]]:
        count, alone, more = 0, 0, 0
        for number, row in objects:
            texts = row.get("set")
            if not _are_texts(texts) or len(texts) < 2:
                alone += 1
                continue
            count, more = count + 1, more + (len(texts) > 2)
            rest = {name: value for name, value in row.items() if name != "set"}
            yield number, {**rest, "anchor": texts[0], "positive": texts[1:]}
        _say(source, "sets", count, left=alone)
        if more:
            source.report.note("info", "texts that match", t("text_sets.more", n=more),
                               t("text_sets.more_back"), more)  # fmt: skip

    return rows


def _examples(first: list[dict], source: Source) -> Callable | None:
    """Objects with a list of texts, and maybe a label for them all."""
    if not all("texts" in row for row in first) or not _mostly(first, "texts"):
        return None
    width = Counter(len(row["texts"]) for row in first if _are_texts(row["texts"]))
    (usual, count), *_ = width.most_common(1)
    labels = [row.get("label", row.get("score")) for row in first]
    if usual not in (2, 3) or count < 0.9 * len(first) or not all(map(_is_label, labels)):
        return None
    said = len({label for label in labels if label is not None}) > 1
    if usual == 3 and said:
        return None  # what the label is of cannot be told
    names = _COMPARED if said else _MATCHED[:usual]

    def rows(objects: Iterable[tuple[int, dict]]) -> Iterator[tuple[int, dict]]:
        count, odd = 0, 0
        for number, row in objects:
            texts = row.get("texts")
            if not _are_texts(texts) or len(texts) != usual:
                odd += 1
                continue
            count += 1
            rest = {n: v for n, v in row.items() if n != "texts" and v is not None}
            yield number, {**dict(zip(names, texts, strict=True)), **rest}
        _say(source, "examples", count, left=odd, names=", ".join(map(repr, names)), width=usual)

    return rows


def _is_label(value: Any) -> bool:
    return value is None or isinstance(value, (int, float, str))


def _mostly(rows: list[dict], name: str) -> bool:
    return sum(_are_texts(row[name]) for row in rows) >= 0.9 * len(rows)


def _say(source: Source, kind: str, n: int, *, left: int, **values: Any) -> None:
    source.report.note(
        "info", "texts that match", t(f"text_sets.{kind}", n=n, file=source.name, **values),
        t("data_notes.plain_back"), n,
    )  # fmt: skip
    if left:
        source.report.note(
            "warning", "texts that match", t(f"text_sets.{kind}_left", n=left, **values),
            t("text_sets.left_back"), left,
        )  # fmt: skip


DOCUMENTS = (Shape("text pairs", _of_lists),)
OBJECTS = (Shape("text sets", _sets), Shape("text examples", _examples))
