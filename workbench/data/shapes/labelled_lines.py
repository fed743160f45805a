"""Lines of text that carry their label: fastText, TREC, a label before or behind the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from . import Shape, Source

_TEXTS = (".txt", ".text", ".train", ".valid", ".dev", ".test", ".ft", ".data", ".dat", "")
_FASTTEXT = re.compile(r"__label__(\S+)")
_LEADING = re.compile(r"(?:__label__\S+\s+)+")
_TREC = re.compile(r"([A-Z]{2,12}:[A-Za-z]+)\s+(\S.*)")
_DIGIT = re.compile(r"([+-]?\d)\s+(\S.*)")
_SEPARATORS = (" ||| ", "|||", "::", "\t", ";", "|", "~", "@", "#", ": ", ",")
_PARTS = ("text", "sentence", "review", "comment", "message", "label", "class", "category",
          "emotion", "sentiment", "intent")  # fmt: skip


def _fasttext(first: list[str], source: Source) -> Callable | None:
    """``__label__a __label__b text``, or the labels behind the text."""
    lines = [line for line in first if line.strip()]
    marked = [line for line in lines if _FASTTEXT.search(line)]
    if not marked or len(marked) < 0.9 * len(lines):
        return None
    before = sum(bool(_LEADING.match(line.lstrip())) for line in marked)
    if before < 0.5 * len(marked) and sum(_trailing(line) for line in marked) < 0.9 * len(marked):
        return None

    def rows(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict]]:
        several = without = count = 0
        for number, line in numbered:
            if not line.strip():
                continue
            labels = _FASTTEXT.findall(line)
            text = " ".join(_FASTTEXT.sub(" ", line).split()) if labels else line.strip()
            count += 1
            several += len(labels) > 1
            without += not labels
            yield number, {"text": text, "labels": labels}
        source.report.note(
            "info", "shape", f"{source.path.name} is written as fastText reads it: {count:,} texts "
            "with __label__ before their labels.",
        )  # fmt: skip
        if without:
            source.report.note(
                "warning", "shape", f"{without:,} lines of {source.path.name} have no __label__.",
                "Give them one, or take them out.", without,
            )  # fmt: skip

    def single(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict]]:
        for number, row in rows(numbered):
            labels = row["labels"]
            yield number, {"text": row["text"], "label": labels[0] if labels else None}

    return rows if _several(source) else single


def _trailing(line: str) -> bool:
    return re.search(r"(?:__label__\S+\s*)+$", line) is not None


def _several(source: Source) -> bool:
    """Whether any line of the file has more than one label."""
    encoding = source.report.encoding or "utf-8"
    with open(source.path, encoding=encoding) as stream:
        return any(line.count("__label__") > 1 for line in stream)


def _trec(first: list[str], source: Source) -> Callable | None:
    """``COARSE:fine text``, as questions of TREC are given out."""
    lines = [line.strip() for line in first if line.strip()]
    found = [_TREC.fullmatch(line) for line in lines]
    if len(lines) < 2 or not all(found):
        return None
    if len({match.group(1) for match in found}) > max(2, 0.5 * len(lines)):
        return None
    return _rows_by(source, _TREC, "a label such as {!r} before each text")


def _digit(first: list[str], source: Source) -> Callable | None:
    """``1 text``: a digit before each text. Numbered lines count on and are none of these."""
    lines = [line.strip() for line in first if line.strip()]
    found = [_DIGIT.fullmatch(line) for line in lines]
    if len(lines) < 6 or not all(found):
        return None
    digits = [int(match.group(1)) for match in found]
    counts = Counter(digits)
    counting = sum(b == a + 1 for a, b in zip(digits, digits[1:], strict=False))
    if len(counts) < 2 or min(counts.values()) < 2 or counting > 0.6 * len(digits):
        return None
    return _rows_by(source, _DIGIT, "a label such as {!r} before each text")


def _rows_by(source: Source, pattern: re.Pattern, said: str) -> Callable:
    def rows(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict]]:
        count, shown, odd = 0, "", []
        for number, line in numbered:
            line = line.strip()
            if not line:
                continue
            match = pattern.fullmatch(line)
            if match is None:
                odd.append(number)
                yield number, {"text": line, "label": None}
                continue
            count, shown = count + 1, shown or match.group(1)
            yield number, {"text": match.group(2), "label": match.group(1)}
        _note(source, count, said.format(shown), odd)

    return rows


def _note(source: Source, count: int, said: str, odd: list[int]) -> None:
    source.report.note(
        "info", "shape", f"{source.path.name} has {count:,} lines with {said}.",
        "If each line is a text without a label, set reading={'shape': 'plain'}.",
    )  # fmt: skip
    if odd:
        source.report.note(
            "warning", "shape", f"{len(odd):,} lines of {source.path.name} have no label, first "
            f"line {odd[0]:,}.", "Give them one, or take them out.", len(odd),
        )  # fmt: skip


def _parted(first: list[str], source: Source) -> Callable | None:
    """``text;label`` or ``label<tab>text``: one side of the separator is of a few values."""
    lines = [line for line in first if line.strip()]
    for mark in _SEPARATORS:
        body = lines[1:] if _is_header(lines[0].split(mark)) else lines
        counts = {line.count(mark) for line in lines}
        if len(counts) == 1 and (len(body) < len(lines) or (mark == "\t" and max(counts) > 1)):
            return None  # a plain table
        if mark == "," and any(line.startswith('"') for line in body):
            continue
        if len(body) < (10 if mark == "," else 4) or not all(mark in line for line in body):
            continue
        for at_end in (True, False):
            sides = [_cut(line, mark, at_end) for line in body]
            if _are_labels([label for _, label in sides], [text for text, _ in sides], mark):
                return _rows_parted(source, mark, at_end, len(body) < len(lines))
    return None


def _is_header(cells: list[str]) -> bool:
    return len(cells) > 1 and any(cell.strip().lower() in _PARTS for cell in cells)


def _cut(line: str, mark: str, at_end: bool) -> tuple[str, str]:
    if at_end:
        text, _, label = line.rpartition(mark)
    else:
        label, _, text = line.partition(mark)
    return text.strip(), label


def _are_labels(labels: list[str], texts: list[str], mark: str) -> bool:
    """Whether these are few, short, and each of them comes again beside other texts."""
    if mark != "\t" and any(label.startswith(" ") for label in labels):
        return False  # a comma within a sentence is followed by a blank
    counts = Counter(label.strip() for label in labels)
    if not 2 <= len(counts) <= max(2, 0.25 * len(labels)) or "" in counts:
        return False
    if any(len(label) > 40 or len(label.split()) > 3 for label in counts):
        return False
    words = sorted(len(text.split()) for text in texts)
    alone = sum(count == 1 for count in counts.values())
    return alone <= 0.1 * len(labels) and (words[len(words) // 2] > 1 or mark == "\t")


def _rows_parted(source: Source, mark: str, at_end: bool, header: bool) -> Callable:
    def rows(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict]]:
        count, odd, shown = 0, [], ""
        for number, line in numbered:
            if not line.strip() or (header and number == 1):
                continue
            if mark not in line:
                odd.append(number)
                yield number, {"text": line.strip(), "label": None}
                continue
            text, label = _cut(line, mark, at_end)
            count, shown = count + 1, shown or label.strip()
            yield number, {"text": text, "label": label.strip()}
        name = {"\t": "a tab"}.get(mark, repr(mark))
        side = f"{name} and a label such as {shown!r} behind each text"
        if not at_end:
            side = f"a label such as {shown!r} and {name} before each text"
        _note(source, count, side, odd)

    return rows


LINES = (
    Shape("fasttext", _fasttext, (*_TEXTS, ".csv", ".tsv")),
    Shape("trec", _trec, (*_TEXTS, ".label")),
    Shape("digit", _digit, _TEXTS),
    Shape("parted", _parted, _TEXTS),
)
