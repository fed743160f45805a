"""Folders of brat: a text a file (.txt), and what is marked in it beside (.ann)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from ..reading.expected import expected
from ..reading.reports import FileReport
from ..reading.split_names import split_of
from ..reading.user_files import within
from .offsets import Converter, Marked, Span

if TYPE_CHECKING:
    import pyarrow as pa

_ENTITY = re.compile(r"T\S*\t(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?")


def read_brat(
    folder: Path, reading: dict[str, Any], reports: list[FileReport]
) -> dict[str, pa.Table] | None:
    """Splits of a folder of brat, a line of a text a row; None where there is no ``.ann`` file.

    Sub-folders ``train``, ``dev``, ``test`` are splits. An entity that goes over a line end keeps
    its lines together. Relations, events and notes are left out; so is a text without annotations'
    file, and that is said.

    Returns
    -------
    dict of str to pyarrow.Table, or None
        ``text``, ``tokens``, ``tags``, ``document`` (the file's name).

    Raises
    ------
    DataError
        For a line of an entity that cannot be read.
    """
    import pyarrow as pa

    places = {"train": [folder]}
    if not _annotations(folder):
        places = {}
        for inside in sorted(folder.iterdir()):
            named = split_of(inside.name) if inside.is_dir() else None
            if inside.is_dir() and _annotations(inside):
                places.setdefault(named[0] if named else "train", []).append(inside)
    if not places:
        return None
    report = FileReport(str(folder), "brat")
    known = _annotations if expected().for_labels else _texts
    read = {split: [_document(p) for f in found for p in known(f)]
            for split, found in places.items()}  # fmt: skip
    read = {split: [one for one in documents if one] for split, documents in read.items()}
    without = [
        p.name for found in places.values() for f in found for p in sorted(f.glob("*.txt"))
        if not p.with_suffix(".ann").is_file() and expected().for_labels
    ]  # fmt: skip
    converter = Converter(
        [marked for documents in read.values() for _, marked, _ in documents], reading
    )
    tables, parts, lines = {}, 0, 0
    for split, documents in read.items():
        rows = []
        for name, marked, torn in documents:
            parts += torn
            made = converter.convert(marked, name)
            rows += [{**row, "document": name} for row in _by_line(made, converter.cutting)]
        lines += len(rows)
        if rows:
            tables[split] = pa.Table.from_pylist(rows)
    report.rows, report.columns = lines, 4
    report.note(
        "info", "spans", f"{folder.name} is a folder of brat: {converter.counts['entities']:,} "
        f"marked spans in {sum(map(len, read.values())):,} texts; each of their {lines:,} lines is "
        "a row, cut into words.", "", lines,
    )  # fmt: skip
    if parts:
        report.note("warning", "spans in parts", f"{parts:,} entities have several parts; all from "
                    "the first to the last is taken.", count=parts)  # fmt: skip
    if without:
        report.note("warning", "no annotation", f"{len(without):,} texts have no .ann file and are "
                    f"left out ({without[0]} first).", count=len(without))  # fmt: skip
    converter.say(report)
    reports.append(report)
    return tables


def _annotations(folder: Path) -> list[Path]:
    """The .ann files with a text beside them."""
    found = [p for p in sorted(folder.glob("*.ann")) if not p.name.startswith(".")]
    return [p for p in found if p.with_suffix(".txt").is_file()]


def _texts(folder: Path) -> list[Path]:
    """Where the .ann file of each text is or would be."""
    return [p.with_suffix(".ann") for p in sorted(folder.glob("*.txt")) if p.name[:1] != "."]


def _document(path: Path) -> tuple[str, Marked, int] | None:
    """Name, text with its spans, and how many of these have several parts."""
    for file in (path, path.with_suffix(".txt")):
        within(file, path.parent)
    lines = path.read_text("utf-8-sig").splitlines() if path.is_file() else []
    text = path.with_suffix(".txt").read_bytes().decode("utf-8-sig")
    spans, torn = [], 0
    for number, line in enumerate(lines, 1):
        if not line.startswith("T"):
            continue
        match = _ENTITY.match(line)
        if match is None:
            raise DataError(
                f"Line {number:,} of {path} is no entity of brat: {line[:40]!r}.",
                "It reads T1, a tab, the type, first and last character, a tab, the text.",
            )
        ends = [int(one) for one in re.findall(r"\d+", match[2])]
        torn += len(ends) > 2
        said = match[3] if len(ends) == 2 else None
        spans.append(Span(ends[0], ends[-1], match[1], said))
    return (path.stem, Marked(text, spans), torn) if text.strip() else None


def _by_line(made: dict[str, Any], cutting) -> list[dict[str, Any]]:
    """The words of a text by the lines they stand in, unless an entity goes over their end."""
    text, rows = made["text"], []
    places = cutting.spans(text)
    first = 0
    for i in range(1, len(places) + 1):
        last = i == len(places)
        if not last:
            between = text[places[i - 1][1] : places[i][0]]
            if not re.search(r"[\r\n]", between) or made["tags"][i].startswith("I-"):
                continue
        rows.append(
            {"text": text[places[first][0] : places[i - 1][1]],
             "tokens": made["tokens"][first:i], "tags": made["tags"][first:i]}
        )  # fmt: skip
        first = i
    return rows if places else []
