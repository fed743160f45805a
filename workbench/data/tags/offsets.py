"""Texts with spans marked by their first and last character, as words with a tag each."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Any

from ..reading.reports import FileReport
from .word_cutting import Cutting

#: What offsets may be counted in: characters (code points), UTF-16 units (as JavaScript and Java
#: count), bytes of UTF-8, characters with each line end as two, or as one.
UNITS = ("characters", "utf-16", "bytes", "crlf", "lf")
#: Where a span ends: before its end, with it, or both counted from 1.
ENDS = {"exclusive": (0, 0), "inclusive": (0, 1), "from 1": (-1, 0)}
OVERLAPS = ("longest", "shortest")
WORDS = ("words", "blanks", "characters")
_SURE = 0.8  # share of spans that must fit where offsets are not what is usual


@dataclasses.dataclass(frozen=True)
class Span:
    """A marked part of a text; ``text`` is what it says where the data tells."""

    start: int
    end: int
    kind: str
    text: str | None = None


@dataclasses.dataclass
class Marked:
    """A text with its spans, and its words where the data has them."""

    text: str
    spans: list[Span]
    words: list[tuple[int, int]] | None = None


_SAID = {
    "cut": ("warning", "spans cut a word", "begin or end inside a word; the whole word is taken",
            "Correct them, or cut texts by characters with reading={'words': 'characters'}."),
    "blanks": ("info", "spans with blanks", "begin or end with blanks, which are left out of them",
               ""),
    "outside": ("warning", "spans outside", "lie outside of their text and are left out",
                "Correct their offsets; until then their words are O."),
    "empty": ("warning", "empty spans", "hold no word and are left out",
              "Correct their offsets; until then there is no entity."),
    "overlap": ("warning", "overlapping spans", "overlap another one and are left out",
                "Longer ones were kept; keep shorter ones with reading={'overlaps': 'shortest'}."),
    "moved": ("warning", "spans moved", "have their text elsewhere in the row and are moved there",
              "Correct their offsets."),
    "differs": ("warning", "spans that differ", "have another text than stands at their offsets, "
                "which are taken", "Correct the text or the offsets."),
}  # fmt: skip


class Converter:
    """Words and tags of texts with spans; counts what had to be done.

    Parameters
    ----------
    rows : sequence of Marked
        All of them: from these is found what the offsets count.
    reading : dict
        ``offsets`` (of :data:`UNITS`), ``ends`` (of :data:`ENDS`), ``overlaps``, ``words`` are
        taken instead of what is found.
    """

    def __init__(self, rows: Sequence[Marked], reading: dict[str, Any]):
        kind = reading.get("words", "words")
        self.cutting = Cutting(kind=kind)
        self.shortest = reading.get("overlaps") == "shortest"
        self.counts: Counter[str] = Counter()
        self.first: dict[str, str] = {}
        self.found: list[tuple[str, int]] = []  # what offsets count, where it is not usual
        self.unit = reading.get("offsets") or self._unit(rows)
        self.ends = reading.get("ends") or self._ends(rows)

    def convert(self, row: Marked, place: str) -> dict[str, Any]:
        """``text``, ``tokens`` and ``tags`` (BIO) of a row; ``place`` is for what is said."""
        words = self._words(row)
        tags = ["O"] * len(words)
        taken: set[int] = set()
        for span in self._kept(row, place):
            inside = [i for i, (a, b) in enumerate(words) if a < span.end and b > span.start]
            if not inside:
                self._count("empty", row, span, place)
                continue
            if taken & set(inside):
                self._count("overlap", row, span, place)
                continue
            if words[inside[0]][0] != span.start or words[inside[-1]][1] != span.end:
                self._count("cut", row, span, place)
            taken |= set(inside)
            for i in inside:
                tags[i] = f"{'B' if i == inside[0] else 'I'}-{span.kind}"
            self.counts["entities"] += 1
        return {"text": row.text, "tokens": [row.text[a:b] for a, b in words], "tags": tags}

    def say(self, report: FileReport) -> None:
        """Note what was found out and done, with counts and a way back."""
        for name, (severity, check, what, remedy) in _SAID.items():
            if n := self.counts[name]:
                rows = f"{n:,} marked spans" if n > 1 else "1 marked span"
                said = f"{rows} {what} ({self.first[name]} first)."
                report.note(severity, check, said, remedy, n)
        for what, n in self.found:
            usual = "ends" if what in ENDS else "offsets"
            back = "exclusive" if usual == "ends" else "characters"
            report.note(
                "warning", "offsets", f"{n:,} spans fit their words only if {_COUNTED[what]}; all "
                "are read so.", f"If that is wrong, set reading={{{usual!r}: {back!r}}}.", n,
            )  # fmt: skip

    # --- one row --------------------------------------------------------------------------------

    def _words(self, row: Marked) -> list[tuple[int, int]]:
        if row.words is None:
            row.words = self.cutting.spans(row.text)
        return row.words

    def _kept(self, row: Marked, place: str) -> list[Span]:
        """The spans of a row that stay, trimmed, in their order."""
        spans = [self._placed(row, span, place) for span in row.spans]
        spans = [span for span in spans if span is not None]
        spans.sort(key=lambda s: ((s.end - s.start) * (1 if self.shortest else -1), s.start))
        kept: list[Span] = []
        for span in spans:
            if any(span.start < one.end and span.end > one.start for one in kept):
                self._count("overlap", row, span, place)
            else:
                kept.append(span)
        return sorted(kept, key=lambda s: s.start)

    def _placed(self, row: Marked, span: Span, place: str) -> Span | None:
        start, end = self._shifted(row.text, span)
        text = row.text
        fits = 0 <= start < end <= len(text)
        if span.text and span.text.strip() and (not fits or not _same(text[start:end], span.text)):
            where = _only(text, span.text.strip())
            if where is not None:
                self._count("moved", row, span, place)
                start, end, fits = where, where + len(span.text.strip()), True
            elif fits:
                self._count("differs", row, span, place)
        if not fits:
            empty = start == end and 0 <= start <= len(text)
            self._count("empty" if empty else "outside", row, span, place)
            return None
        inner = text[start:end].strip()
        if not inner:
            self._count("empty", row, span, place)
            return None
        if len(inner) < end - start:
            self._count("blanks", row, span, place)
            start += len(text[start:end]) - len(text[start:end].lstrip())
            end = start + len(inner)
        return Span(start, end, span.kind, span.text)

    def _shifted(self, text: str, span: Span) -> tuple[int, int]:
        first, last = ENDS[self.ends]
        place = _mapped(text, self.unit)
        return place(span.start + first), place(span.end + last)

    def _count(self, name: str, row: Marked, span: Span, place: str) -> None:
        self.counts[name] += 1
        shown = row.text[max(span.start, 0) : max(span.end, 0)] or f"{span.start} to {span.end}"
        self.first.setdefault(name, f"{place}, {shown[:40]!r}")

    # --- what offsets count -----------------------------------------------------------------------

    def _unit(self, rows: Sequence[Marked]) -> str:
        """Of all that spans can be counted in that by which most of them stand at words."""
        best, best_fit = "characters", -1
        for unit in UNITS:
            concerned = [
                row for row in rows if row.spans and _differs(row.text, unit)
            ] if unit != "characters" else []  # fmt: skip
            if not concerned:
                continue
            usual = [self._fit(row, "characters", "exclusive") for row in concerned]
            other = [self._fit(row, unit, "exclusive") for row in concerned]
            n = sum(len(row.spans) for row in concerned)
            if sum(other) > max(sum(usual), best_fit) and sum(other) >= _SURE * n:
                best, best_fit = unit, sum(other)
        if best != "characters":
            self.found.append((best, best_fit))
        return best

    def _ends(self, rows: Sequence[Marked]) -> str:
        total = sum(len(row.spans) for row in rows)
        fits = {ends: sum(self._fit(row, self.unit, ends) for row in rows) for ends in ENDS}
        best = max(fits, key=lambda ends: (fits[ends], ends == "exclusive"))
        if best != "exclusive" and fits[best] >= _SURE * total:
            self.found.append((best, fits[best]))
            return best
        return "exclusive"

    def _fit(self, row: Marked, unit: str, ends: str) -> int:
        """Spans that say their own text, or stand at the beginning and end of words."""
        if not row.spans:
            return 0
        words = self._words(row)
        starts, stops = {a for a, _ in words}, {b for _, b in words}
        first, last = ENDS[ends]
        place = _mapped(row.text, unit)
        found = 0
        for span in row.spans:
            start, end = place(span.start + first), place(span.end + last)
            if not 0 <= start < end <= len(row.text):
                continue
            if span.text:
                found += _same(row.text[start:end], span.text)
            else:
                found += start in starts and end in stops
        return found


_COUNTED = {
    "utf-16": "offsets count UTF-16 units (an emoji is two)",
    "bytes": "offsets count bytes",
    "crlf": "offsets count each line end as two characters",
    "lf": "offsets count each line end as one character",
    "inclusive": "ends are counted in",
    "from 1": "characters are counted from 1",
}


def token_spans(
    words: Sequence[str], spans: Iterable[Span], *, inclusive: bool
) -> tuple[list[str], list[Span]]:
    """Tags (BIO) of words by spans that count words, and the spans that could not be kept.

    Examples
    --------
    >>> token_spans(["Ada", "King", "x"], [Span(0, 1, "per")], inclusive=True)
    (['B-per', 'I-per', 'O'], [])
    """
    tags = ["O"] * len(words)
    lost = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start)):
        end = span.end + inclusive
        if not 0 <= span.start < end <= len(words) or set(tags[span.start : end]) != {"O"}:
            lost.append(span)
            continue
        tags[span.start] = f"B-{span.kind}"
        tags[span.start + 1 : end] = [f"I-{span.kind}"] * (end - span.start - 1)
    return tags, lost


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())


def _only(text: str, part: str) -> int | None:
    """Where a part stands in a text, if it does so once."""
    at = text.find(part)
    return at if at >= 0 and text.find(part, at + 1) < 0 else None


def _sizes(text: str, unit: str) -> list[int]:
    if unit == "utf-16":
        return [1 + (ord(char) > 0xFFFF) for char in text]
    if unit == "bytes":
        return [len(char.encode("utf-8", "surrogatepass")) for char in text]
    if unit == "crlf":
        pairs = zip(text, "\0" + text, strict=False)
        return [1 + (char == "\n" and before != "\r") for char, before in pairs]
    pairs = zip(text, text[1:] + "\0", strict=False)
    return [0 if char == "\r" and after == "\n" else 1 for char, after in pairs]


def _differs(text: str, unit: str) -> bool:
    """Whether counting in a unit gives other places in this text than counting characters."""
    if unit == "utf-16":
        return any(ord(char) > 0xFFFF for char in text)
    if unit == "bytes":
        return not text.isascii()
    return ("\r\n" in text) if unit == "lf" else "\n" in text.replace("\r\n", "")


def _mapped(text: str, unit: str) -> Callable[[int], int]:
    """From a number of units to a number of characters; -1 where that is inside a character."""
    if unit == "characters" or not _differs(text, unit):
        return lambda at: at
    ends = [0, *accumulate(_sizes(text, unit))]
    place = {}
    for characters, units in enumerate(ends):
        place.setdefault(units, characters)
    return lambda at: place.get(at, -1 if 0 <= at <= ends[-1] else at + len(text) + 1)
