"""WebAnno TSV 3, as INCEpTION and WebAnno export: a token a line, a column a feature of a layer."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError, nearest
from ...i18n import t
from ..reading.encodings import look, open_text
from ..reading.records import batched
from ..reading.reports import FileReport

_FORMAT = re.compile(rb"(\xef\xbb\xbf)?#FORMAT=WebAnno TSV 3")
_SPAN, _CHAIN, _RELATION = "#T_SP=", "#T_CH=", "#T_RL="
_TOKEN = re.compile(r"\d+-\d+")
_PART = re.compile(r"\d+-\d+\.\d+")
_FIRST = 3  # column of the first feature: sentence and token, offsets, token come before
_VALUE = re.compile(r"((?:\\.|[^\\|\[])*)(?:\[(\d+)\])?(?:\||$)")
_LIKELY = ("value", "entity", "label", "tag", "type", "category", "ner")
_ENTITIES = ("namedentity", "ner", "entity")


@dataclasses.dataclass(frozen=True)
class Feature:
    """A column: the layer's name without its package, the feature's, and its place in a line."""

    layer: str
    name: str
    place: int

    @property
    def full(self) -> str:
        """How a setting names it."""
        return f"{self.layer}.{self.name}" if self.name else self.layer


def is_webanno(path: Path) -> bool:
    """Whether the first line of a file says that it is WebAnno TSV 3."""
    with open(path, "rb") as stream:
        return _FORMAT.match(stream.read(100)) is not None


def read(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """Sentences of one layer's spans; columns ``tokens`` and ``tags``.

    A layer of named entities comes first, then the one with the most values; ``reading`` may name
    another with ``tag_column``. A layer with a value for every token gives plain tags. Of spans
    that overlap the longest is kept; spans of parts of tokens are left out. All of that is noted.

    Raises
    ------
    DataError
        If it has no layer of spans, or none of the name that was given.
    """
    import pyarrow as pa

    encoding = look(path, report, reading.get("encoding")).encoding
    with open_text(path, encoding) as stream:
        lines = [line.rstrip("\r\n") for line in stream]
    features = _features(lines)
    blocks = list(_sentences(lines))
    filled = [one for one in features if any(_is_filled(row, one) for b in blocks for row in b)]
    if not filled:
        raise DataError(t("data_notes.web_none", path=path), t("data_notes.web_none_back"))
    chosen = _chosen(path, filled, blocks, reading.get("tag_column"))
    if len(filled) > 1:
        report.note(
            "info" if "tag_column" in reading else "warning", "layers",
            t("data_notes.web_layers", file=path.name, n=len(filled), chosen=chosen.full,
              names=", ".join(repr(one.full) for one in filled[:6])),
            t("data_notes.web_layers_back"), len(filled) - 1,
        )  # fmt: skip
    rows, entities, lost = [], 0, []
    plain = chosen.layer.lower() not in _ENTITIES
    plain = plain and all(_values(row, chosen) for block in blocks for row in block)
    plain = plain and all(n is None for b in blocks for row in b for _, n in _values(row, chosen))
    for number, block in enumerate(blocks, 1):
        tags = _plain(block, chosen) if plain else None
        if tags is None:
            tags, kept, left = _tags(block, chosen)
            entities, lost = entities + kept, lost + [number] * left
        rows.append({"tokens": [row[2] for row in block], "tags": tags})
    report.note(
        "info", "spans",
        t("data_notes.web_read", file=path.name, n=entities, rows=len(rows)), "", len(rows),
    )  # fmt: skip
    parts = sum(bool(_PART.fullmatch(line.split("\t", 1)[0])) for line in lines)
    for where, first in (("overlaps", lost), ("parts", [parts] * parts)):
        if first:
            report.note(
                "warning", "overlapping spans",
                t(f"data_notes.web_{where}", n=len(first), first=first[0]),
                t(f"data_notes.web_{where}_back"), len(first),
            )  # fmt: skip
    kind, names = pa.list_(pa.string()), ("tokens", "tags")
    return (
        pa.table({name: pa.array([row[name] for row in batch], kind) for name in names})
        for batch in batched(rows)
    )


def _features(lines: Iterable[str]) -> list[Feature]:
    """Columns of span layers, as the lines above the sentences list all columns in their order."""
    found, place = [], _FIRST
    for line in lines:
        if line.startswith(("#Text=", *"0123456789")):
            break
        if line.startswith(_SPAN):
            layer, *names = line.removeprefix(_SPAN).split("|")
            layer = layer.rpartition(".")[2]
            for name in names or [""]:
                found.append(Feature(layer, name, place))
                place += 1
        elif line.startswith(_CHAIN):
            place += line.count("|")
        elif line.startswith(_RELATION):  # it has a column more: where it begins
            _, *names = line.split("|")
            place += len([name for name in names if not name.startswith("BT_")]) + 1
    return found


def _sentences(lines: Iterable[str]) -> Iterator[list[list[str]]]:
    block: list[list[str]] = []
    for line in [*lines, ""]:
        fields = line.split("\t")
        if _TOKEN.fullmatch(fields[0]) and len(fields) > 2:
            if block and _sentence(fields) != _sentence(block[0]):  # not parted by a blank line
                yield block
                block = []
            block.append(fields)
        elif not line.strip() and block:
            yield block
            block = []


def _sentence(fields: list[str]) -> str:
    return fields[0].partition("-")[0]


def _values(row: list[str], feature: Feature) -> list[tuple[str, int | None]]:
    """The values of a token, each with the number of its span, where it has one."""
    cell = row[feature.place] if feature.place < len(row) else "_"
    if cell in ("_", ""):
        return []
    found = []
    for match in _VALUE.finditer(cell):
        said, number = re.sub(r"\\(.)", r"\1", match.group(1)), match.group(2)
        if said and said != "_":
            found.append((said if said != "*" else "", int(number) if number else None))
    return found


def _is_filled(row: list[str], feature: Feature) -> bool:
    return bool(_values(row, feature))


def _chosen(
    path: Path, filled: list[Feature], blocks: list[list[list[str]]], wanted: Any
) -> Feature:
    if wanted is not None:
        for one in filled:
            names = (one.full.lower(), one.name.lower(), one.layer.lower())
            if wanted == one.place + 1 or str(wanted).lower() in names:
                return one
        names = [one.full for one in filled]
        raise DataError(
            t("data_notes.web_no_layer", path=path, name=wanted), nearest(str(wanted), names)
        )
    counts: Counter[Feature] = Counter()
    for block in blocks:
        for row in block:
            for one in filled:
                counts[one] += any(said for said, _ in _values(row, one))
    return max(
        filled,
        key=lambda one: (
            counts[one] > 0, one.layer.lower() in _ENTITIES, one.name.lower() in _LIKELY,
            counts[one],
        ),
    )  # fmt: skip


def _plain(block: list[list[str]], chosen: Feature) -> list[str]:
    return [_values(row, chosen)[0][0] or chosen.layer for row in block]


def _tags(block: list[list[str]], chosen: Feature) -> tuple[list[str], int, int]:
    """Tags of a sentence, the number of entities, and of those that were left out."""
    spans: dict[Any, tuple[str, list[int]]] = {}
    for place, row in enumerate(block):
        for turn, (said, number) in enumerate(_values(row, chosen)):
            key = ("span", number) if number is not None else (place, turn)
            spans.setdefault(key, (said or chosen.layer, []))[1].append(place)
    tags, kept = ["O"] * len(block), 0
    for said, places in sorted(spans.values(), key=lambda one: (-len(one[1]), one[1])):
        whole = places == list(range(places[0], places[-1] + 1))
        if not whole or any(tags[place] != "O" for place in places):
            continue
        kept += 1
        for place in places:
            tags[place] = ("B-" if place == places[0] else "I-") + said
    return tags, kept, len(spans) - kept
