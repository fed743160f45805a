"""CoNLL: a word a line with its tags, a blank line between sentences."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError
from ..reading.expected import expected
from ..reading.reports import FileReport
from .conll_columns import WORDS, Columns, find_columns, has_tags, header_of, is_tag, is_ud
from .entity_tags import are_entities, bracket_tags
from .word_cutting import WIDE

LOOKED_AT = 20_000  # lines that columns are judged by
_START = "-DOCSTART-"
_ONE = 100  # words of a sentence beyond which a file has no blank lines between sentences
_SENTENCE = re.compile(rf".*[{WIDE}]{{2}}[。！？]")  # of a script without blanks
STOPS = (".", "!", "?", "。", "！", "？", "।", "؟")
_ASCII_BLANKS = re.compile(r"[ \t]+")
_MORE_OR_LESS = 11  # columns from which sentences may differ: one more for each predicate


class Layout:
    """How the lines of a file are cut into fields, and which of them are comments.

    Parameters
    ----------
    lines : iterable of str
        The first lines, without their ends.
    """

    def __init__(self, lines: Iterable[str]):
        lines = list(lines)
        self.separator = _separator(lines)
        counts: Counter[int] = Counter(
            len(self.fields(line)) for line in lines
            if line.strip(" \t") and not line.startswith(("#", _START))
        )  # fmt: skip
        self.width = counts.most_common(1)[0][0] if counts else 0
        self.varies = self.width >= _MORE_OR_LESS and len(counts) > 1
        self.tags: set[str] = set()
        self.columns: Columns | None = None
        self.names = _global_columns(lines)
        self.header = False
        self.at_stops = False

    def fields(self, line: str) -> list[str]:
        """The fields of a line; blanks of other scripts and no-break ones are part of a word."""
        if self.separator == " ":
            return _ASCII_BLANKS.split(line.strip(" \t"))
        if self.separator == "\t":
            found = line.split("\t")
        else:
            found = next(csv.reader([line], delimiter=self.separator), [])
        while len(found) > max(getattr(self, "width", 0), 2) and not found[-1].strip():
            found.pop()  # separators at the end of a line
        return found

    def is_blank(self, line: str) -> bool:
        """Whether a line parts sentences."""
        return not line.strip(" \t" + self.separator)

    def is_comment(self, line: str, fields: list[str], inside: bool) -> bool:
        """Whether a line that begins with # is about the sentence and not the word #."""
        if not line.startswith("#"):
            return False
        if line.startswith(("#begin document", "#end document")):
            return True
        if len(fields) != self.width:
            return True
        if inside or self.columns is None:
            return not inside
        tag = fields[self.columns.tag]
        return not (tag in self.tags or are_entities(["O", "B-x", tag])
                    or tag == fields[self.columns.word])  # fmt: skip

    def blocks(self, lines: Iterable[str]) -> list[list[list[str]]]:
        """Sentences of the first lines, those that fit alone, to judge the columns by."""
        found: list[list[list[str]]] = [[]]
        for line in lines:
            if self.is_blank(line) or line.startswith((_START, "#")):
                if found[-1] and not line.startswith("#"):
                    found.append([])
                continue
            fields = self.fields(line)
            if _is_range(fields) or (len(fields) != self.width and not self.varies):
                continue
            if len(fields) >= min(self.width, _MORE_OR_LESS):
                found[-1].append(fields)
        return [block for block in found if block]


def settle(lines: list[str], reading: dict[str, Any], report: FileReport) -> Layout | None:
    """The layout of a file by its first lines; None where no column holds tags."""
    layout = Layout(lines)
    if layout.width < 2 and not _as_before(layout, reading):
        return None
    blocks = layout.blocks(lines)
    if not blocks:
        return None
    first = blocks[0][0]
    again = (expected().words or {}).get("header") and first[0].casefold() in WORDS
    if again or header_of(first, [row for block in blocks for row in block][1:]):
        layout.names, layout.header = first, True
        blocks = [block for block in [blocks[0][1:], *blocks[1:]] if block]
    if not blocks:
        return None
    known = _as_before(layout, reading)
    layout.columns = known or find_columns(blocks, layout.names, reading, report)
    if layout.columns is None:
        return None
    columns = layout.columns
    report.words = {"word": columns.word, "tag": columns.tag, "width": layout.width,
                    "header": layout.header}  # fmt: skip
    names = layout.names or range(1, layout.width + 1)
    report.word_columns = [str(name) for name in names]
    layout.at_stops = len(blocks) == 1 and len(blocks[0]) > _ONE
    layout.tags = {row[layout.columns.tag] for block in blocks for row in block}
    return layout


def _as_before(layout: Layout, reading: dict[str, Any]) -> Columns | None:
    """The columns that the run's data had, in lines as wide or without their tags; or None.

    Where there are no tags the words stand for them, which nobody reads.
    """
    before = expected().words or {}
    if "width" not in before or {"word_column", "tag_column"} & set(reading):
        return None
    word, tag, width = before["word"], before["tag"], before["width"]
    if layout.width == width:
        return Columns(word, tag)
    if layout.width in (1, width - 1):
        word = 0 if layout.width == 1 else word - (tag < word)
        return Columns(word, word)
    return None


def sentences(
    lines: Iterable[tuple[int, str]], layout: Layout, path: Path, report: FileReport
) -> Iterator[tuple[int, dict]]:
    """Line number of the first word, ``tokens`` and ``tags`` of each sentence.

    Comments, ``-DOCSTART-`` and the ranges of CoNLL-U are left out; the ranges are counted.

    Raises
    ------
    DataError
        For a line with another number of columns than the others.
    """
    columns = layout.columns
    tokens: list[str] = []
    tags: list[str] = []
    first, width, ranges, header, stops = 0, 0, 0, layout.header, 0

    def whole() -> dict:
        read = bracket_tags(tags) if columns.style == "brackets" else list(tags)
        return {"tokens": list(tokens), "tags": read}

    for number, line in lines:
        line = line.rstrip("\r\n")
        if layout.is_blank(line) or line.startswith(_START):
            if tokens:
                yield first, whole()
            tokens, tags, width = [], [], 0
            continue
        fields = layout.fields(line)
        if layout.is_comment(line, fields, bool(tokens)):
            continue
        if _is_range(fields) and layout.width == 10:
            ranges += 1
            continue
        if header:
            header = False
            continue
        wanted = layout.width if not layout.varies else width or len(fields)
        if len(fields) != wanted or len(fields) <= max(columns.word, columns.tag):
            raise DataError(
                f"Line {number:,} of {path} has {len(fields)} columns where the others have "
                f"{wanted}: {line[:40]!r}.",
                "Write a word and its tag a line, and a blank line between sentences.",
            )
        width = len(fields)
        if not tokens:
            first = number
        tokens.append(fields[columns.word])
        tags.append(columns.tag_of(fields).strip())
        if layout.at_stops and tokens[-1] in STOPS:
            stops += 1
            yield first, whole()
            tokens, tags = [], []
    if tokens:
        yield first, whole()
    if stops:
        report.note(
            "warning", "sentences", f"{path.name} has no blank lines between sentences: each ends "
            f"with a word such as '.', {stops:,} in all.",
            "Write a blank line after each sentence where they end otherwise.", stops,
        )  # fmt: skip
    if ranges:
        report.note(
            "info", "ranges", f"{ranges:,} lines of several words in one, or of words that are "
            "not written, are left out; their parts are read.", count=ranges,
        )  # fmt: skip


def looks_like(lines: list[str]) -> bool:
    """Whether lines of a file whose ending says nothing are a word and its tags each."""
    text = [line for line in lines if not line.startswith("#")]
    if not any(not line.strip() for line in text[:-1]):
        return False  # no blank line between sentences
    layout = Layout(lines)
    if (known := _as_before(layout, {})) is not None:
        words = [layout.fields(line) for line in text if not layout.is_blank(line)]
        if all(len(fields) == layout.width for fields in words) and not _are_texts(words, known):
            return True
    if not 2 <= layout.width <= 60:
        return False
    blocks = layout.blocks(lines)
    rows = [row for block in blocks for row in block]
    if rows and header_of(rows[0], rows[1:]):
        blocks = [block for block in [blocks[0][1:], *blocks[1:]] if block]
        rows = rows[1:]
    words = sum(1 for line in text if not layout.is_blank(line) and not line.startswith(_START))
    if len(rows) < 3 or len(rows) < 0.9 * words or len(rows) < 1.5 * len(blocks):
        return False
    blanks = sum(" " in field.strip() for row in rows for field in row[:2])
    if blanks > 0.05 * len(rows):
        return False  # a table of texts
    return any(line.startswith(_START) for line in lines) or is_ud(rows) or has_tags(blocks)


def _are_texts(rows: list[list[str]], known: Columns) -> bool:
    """Whether lines that could be words are short texts: names, or sentences without blanks."""
    if any(_SENTENCE.fullmatch(fields[known.word]) for fields in rows):
        return True
    rows = [fields for fields in rows if fields[known.word].casefold() not in WORDS]
    places = {known.tag} if known.tag != known.word else set(range(len(rows[0]) if rows else 1))
    places -= {known.word}
    return bool(places) and not any(all(is_tag(fields[n]) for fields in rows) for n in places)


def _separator(lines: list[str]) -> str:
    """What parts the fields: a tab, a blank, or a comma or semicolon."""
    filled = [ln for ln in lines if ln.strip(" \t") and not ln.startswith(("#", _START))][:2000]
    for mark in "\t,;":
        if mark == "\t" and filled and 2 * sum(mark in line for line in filled) > len(filled):
            return mark
        if mark != "\t" and filled and all(mark in line for line in filled):
            if not any(re.search(r"\S[ \t]\S", line) for line in filled):
                return mark
    return " "


def _is_range(fields: list[str]) -> bool:
    """Whether a line of CoNLL-U is a range of words (1-2) or a word that is not written (1.1)."""
    return len(fields) == 10 and not fields[0].isdecimal() and fields[0][:1].isdecimal()


def _global_columns(lines: list[str]) -> list[str] | None:
    """Names of the columns as CoNLL-U Plus declares them."""
    for line in lines[:20]:
        if line.startswith("# global.columns ="):
            return line.partition("=")[2].split()
    return None
