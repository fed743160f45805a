"""How far the cells of an xlsx workbook reach, before anything makes room for all between them.

A reader of workbooks makes a full rectangle of a sheet: one stray cell in its last corner asks for
17 thousand million cells. And a count that a file states of itself is room made in advance. Both
are looked at in the file itself; where they cannot be meant, a copy without them is read.
"""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ....errors import DataError

MOST = 20_000_000  # cells of the rectangle that is made of a sheet
STRAY = 0.01  # share of the cells that may be left out as strays, and at least a hundred
CLEANED = 2**28  # bytes of a part that is rewritten

_FAR = re.compile(rb"""\br=["'](?:[A-Z]{3}\d|[A-Z]{0,2}\d{5,})""")
_TAG = re.compile(rb"""<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)>""")
_CLOSED = re.compile(rb"</(?:\w+:)?c\s*>")
_REF = re.compile(rb"""\br=["']([A-Z]{0,3})(\d{0,7})["']""")
_TABLE_OF_TEXTS = re.compile(rb"<(?:\w+:)?sst\b[^>]*>")
_COUNT = re.compile(rb"""\s(?:uniqueCount|count)=["'](-?\d+)["']""")
_BLOCK = 2**20


@dataclasses.dataclass(frozen=True)
class Extent:
    """What is left out of a sheet: cells beyond ``rows`` and ``columns``, both counted from 1."""

    rows: int
    columns: int
    cells: int
    examples: tuple[str, ...]


def strays(archive: zipfile.ZipFile, path: Path) -> dict[str, Extent]:
    """Sheets whose cells span too large a rectangle, by part name, and what is left out of each.

    Raises
    ------
    DataError
        If no few strays are to blame for it.
    """
    found = {}
    for name in archive.namelist():
        is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
        if is_sheet and any(_FAR.search(block) for block in _blocks(archive, name)):
            last = _cut(*_used(archive, name), path)
            if last is not None:
                found[name] = _beyond(archive, name, *last)
    return found


def false_counts(archive: zipfile.ZipFile) -> list[str]:
    """Tables of texts that state more entries than their bytes can hold."""
    found = []
    for entry in archive.infolist():
        if entry.filename.startswith("xl/") and entry.filename.endswith(".xml"):
            with archive.open(entry) as stream:
                head = _TABLE_OF_TEXTS.search(stream.read(4096))
            stated = [int(n[:30]) for n in _COUNT.findall(head.group())] if head else []
            if any(not 0 <= n <= entry.file_size for n in stated):
                found.append(entry.filename)
    return found


def clean(path: Path, extents: dict[str, Extent], counts: list[str], target: Path) -> None:
    """Write a copy of the workbook without stray cells and without counts that are false."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as sink:
        for entry in source.infolist():
            name = entry.filename
            if (name in extents or name in counts) and entry.file_size > CLEANED:
                raise too_far(path, f"the part {name} has {entry.file_size / 2**20:,.0f} MB")
            content = source.read(entry)
            if name in extents:
                content = _without(content, extents[name])
            if name in counts:
                content = _TABLE_OF_TEXTS.sub(
                    lambda head: _COUNT.sub(b"", head.group()), content, count=1
                )
            sink.writestr(zipfile.ZipInfo(name), content)


def part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part in which a sheet of that name lies; None when the workbook does not say."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return None
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for one in book.iter():
        if one.tag.endswith("}sheet") and one.get("name") == sheet:
            named = [value for key, value in one.attrib.items() if key.endswith("}id")]
            target = targets.get(named[0], "") if named else ""
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return None


def too_far(path: Path, why: str) -> DataError:
    """What is said of a workbook whose cells cannot be held."""
    return DataError(
        f"{path} cannot be read as a workbook: {why}.",
        "Delete what lies beyond the table in a spreadsheet program, or export the sheet as csv.",
    )


class _Places:
    """Where each cell of a sheet lies, told tag by tag; one that does not say so follows the last.

    ``row`` and ``column`` count from 1.
    """

    def __init__(self) -> None:
        self.row = self.column = 0
        self._letters: dict[bytes, int] = {}

    def tell(self, kind: bytes, attributes: bytes) -> bool:
        """Take the next tag, ``row`` or ``c``; true when it is a cell."""
        found = _REF.search(attributes)
        letters, digits = found.groups() if found else (b"", b"")
        if kind == b"row":
            self.row, self.column = int(digits) if digits else self.row + 1, 0
            return False
        if letters and letters not in self._letters:
            self._letters[letters] = _number(letters)
        self.column = self._letters[letters] if letters else self.column + 1
        self.row = int(digits) if digits else max(self.row, 1)
        return True


def _cells(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[int, int]]:
    """Row and column of each cell of a sheet."""
    places = _Places()
    for block in _blocks(archive, name):
        for kind, attributes in _TAG.findall(block):
            if places.tell(kind, attributes):
                yield places.row, places.column


def _used(archive: zipfile.ZipFile, name: str) -> tuple[Counter[int], Counter[int]]:
    """How many cells each row and each column has."""
    rows: Counter[int] = Counter()
    columns: Counter[int] = Counter()
    for row, column in _cells(archive, name):
        rows[row] += 1
        columns[column] += 1
    return rows, columns


def _beyond(archive: zipfile.ZipFile, name: str, rows: int, columns: int) -> Extent:
    """The cells below ``rows`` or right of ``columns``, and how far the others reach."""
    out, last = [], (0, 0)
    for row, column in _cells(archive, name):
        if row > rows or column > columns:
            out.append((row, column))
        else:
            last = max(last[0], row), max(last[1], column)
    examples = tuple(f"{_letters(column)}{row}" for row, column in out[:3])
    return Extent(*last, len(out), examples)


def _blocks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part block by block, each cut before a tag so that none is torn."""
    with archive.open(name) as stream:
        left = b""
        while chunk := stream.read(_BLOCK):
            block = left + chunk
            end = block.rfind(b"<")
            if end <= 0 or len(block) - end > _BLOCK:  # a long text: its tag was seen
                end = len(block)
            yield block[:end]
            left = block[end:]
        yield left


def _cut(rows: Counter[int], columns: Counter[int], path: Path) -> tuple[int, int] | None:
    """Last row and column to keep so that the rectangle is small enough; None when it is so."""
    cells = sum(rows.values())
    room = max(MOST, 4 * cells)
    counts = {"rows": rows, "columns": columns}
    kept = {side: sorted(count) for side, count in counts.items()}
    before = {side: numbers[-1:] for side, numbers in kept.items()}
    while kept["rows"] and kept["rows"][-1] * kept["columns"][-1] > room:
        ends = {side: _gap(numbers) for side, numbers in kept.items()}
        lost = {side: sum(counts[side][n] for n in kept[side][end:]) for side, end in ends.items()}
        far = {side: kept[side][-1] / kept[side][end - 1] > 2 for side, end in ends.items()}
        side = max(far, key=lambda one: (far[one], -lost[one]))
        if not far[side] or lost[side] > max(100, STRAY * cells):
            raise too_far(
                path,
                f"its {cells:,} cells lie spread over {kept['rows'][-1]:,} rows and "
                f"{kept['columns'][-1]:,} columns",
            )
        kept[side] = kept[side][: ends[side]]
    same = all(kept[side][-1:] == last for side, last in before.items())
    return None if same else (kept["rows"][-1], kept["columns"][-1])


def _gap(numbers: list[int]) -> int:
    """Where the widest gap of sorted numbers lies: how many stand before it."""
    if len(numbers) < 2:
        return 1
    return max(range(1, len(numbers)), key=lambda n: numbers[n] - numbers[n - 1])


def _without(content: bytes, extent: Extent) -> bytes:
    """A sheet without the cells beyond what is kept."""
    places, parts, end = _Places(), [], 0
    for tag in _TAG.finditer(content):
        if not places.tell(tag[1], tag[2]):
            continue
        if places.row > extent.rows or places.column > extent.columns:
            parts.append(content[end : tag.start()])
            end = tag.end()
            if not tag[2].endswith(b"/"):
                closed = _CLOSED.search(content, end)
                end = closed.end() if closed else len(content)
    return b"".join([*parts, content[end:]])


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
