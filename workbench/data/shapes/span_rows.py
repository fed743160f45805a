"""Rows of a text and marked spans: doccano, Prodigy, spaCy, Dataturks, GLiNER and their like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..reading.expected import expected
from ..tags.offsets import Converter, Marked, token_spans
from ..tags.words_in_text import joined, placed
from . import Source
from .span_keys import Keys, spans_in, words_in


def rows_of(
    objects: Iterable[tuple[int, dict]], keys: Keys, source: Source, what: str
) -> Iterator[tuple[int, dict]]:
    """Words and tags of rows with spans; what is left out and done is noted.

    Parameters
    ----------
    what : str
        How the shape is called in what is said.
    """
    kept, unmarked, answers = [], 0, 0
    for number, row in objects:
        if not expected().for_labels:
            row = {**row, keys.spans: row.get(keys.spans) or []}
        elif row.get("answer", "accept") in ("reject", "ignore"):
            answers += 1
            continue
        if keys.spans not in row and row.get("answer") == "accept":
            row = {**row, keys.spans: []}  # Prodigy: looked at, and there is none
        spans = spans_in(row.get(keys.spans))
        if row.get(keys.spans) is None or not (row.get(keys.text) or row.get(keys.words)):
            unmarked += 1
            continue
        kept.append((number, row, [] if spans is None else spans))
    report = source.report
    if answers:
        report.note("info", "answers", f"{answers:,} rows were rejected or ignored by the "
                    "annotator and are left out.", count=answers)  # fmt: skip
    if unmarked:
        report.note("info", "no annotation", f"{unmarked:,} rows have no annotation and are left "
                    "out.", count=unmarked)  # fmt: skip
    if keys.words and _count_words(kept, keys):
        yield from _by_words(kept, keys, source, what)
    else:
        yield from _by_characters(kept, keys, source, what)


def _count_words(kept: list, keys: Keys) -> bool:
    """Whether spans count words and not characters."""
    if not keys.text:
        return True
    words, characters, total = 0, 0, 0
    for _, row, spans in kept:
        text, tokens = row.get(keys.text) or "", words_in(row.get(keys.words)) or []
        for span in spans:
            total += 1
            words += span.end <= len(tokens)
            inside = text[span.start : span.end]
            edges = text[max(span.start - 1, 0) : span.start] + text[span.end : span.end + 1]
            characters += bool(inside.strip()) and inside == inside.strip() and (
                not edges.isalnum() or span.text == inside
            )  # fmt: skip
    return words == total and 2 * characters < total


def _by_words(kept: list, keys: Keys, source: Source, what: str) -> Iterator[tuple[int, dict]]:
    """Rows whose spans count words."""
    ends = source.reading.get("ends")
    rows = [
        (number, row, words_in(row.get(keys.words)) or [], spans) for number, row, spans in kept
    ]
    past = any(span.end == len(words) for _, _, words, spans in rows for span in spans)
    single = any(span.start == span.end for _, _, _, spans in rows for span in spans)
    inclusive = ends == "inclusive" or (ends is None and not past and (
        single or keys.words == "tokenized_text"))  # fmt: skip
    lost, first, entities = 0, "", 0
    for number, row, words, spans in rows:
        tags, left = token_spans(words, spans, inclusive=inclusive)
        lost += len(left)
        entities += len(spans) - len(left)
        if left and not first:
            first = f"row {number:,}, {left[0].start} to {left[0].end}"
        text = row.get(keys.text) if keys.text else None
        if not isinstance(text, str) or placed(text, words) is None:
            text = joined(words)
        yield number, {**_others(row), "text": text, "tokens": words, "tags": tags}
    said = "the end is the last word itself" if inclusive else "the end is the word after the last"
    other = "exclusive" if inclusive else "inclusive"
    source.report.note(
        "info", "spans", f"{source.name} is read as {what}: {entities:,} spans of words in "
        f"{len(rows):,} rows; {said}.", f"If that is wrong, set reading={{'ends': {other!r}}}.",
        entities,
    )  # fmt: skip
    if lost:
        source.report.note(
            "warning", "overlapping spans", f"{lost:,} spans overlap a longer one or lie outside "
            f"of their words, and are left out ({first} first).", "Correct them.", lost,
        )  # fmt: skip


def _by_characters(kept: list, keys: Keys, source: Source, what: str) -> Iterator[tuple[int, dict]]:
    rows = []
    for number, row, spans in kept:
        text = row[keys.text]
        words = words_in(row.get(keys.words)) if keys.words else None
        words = [word for word in words if word.strip()] if words else None
        given = placed(text, words) if words and "words" not in source.reading else None
        rows.append((number, row, Marked(text, spans, given)))
    converter = Converter([marked for _, _, marked in rows], source.reading)
    bare = 0
    for number, row, marked in rows:
        made = converter.convert(marked, f"row {number:,}")
        bare += not marked.spans
        if made["tokens"]:
            yield number, {**_others(row), **made}
    entities = converter.counts["entities"]
    without = f"; {bare:,} rows have none" if bare else ""
    source.report.note(
        "info", "spans", f"{source.name} is read as {what}: {entities:,} marked spans in "
        f"{len(rows):,} texts{without}. Texts are cut into words.",
        "Read it as it is with reading={'shape': 'plain'}.", entities,
    )  # fmt: skip
    converter.say(source.report)


def _others(row: dict) -> dict:
    """What else a row says that is a single value."""
    return {
        name: value for name, value in row.items()
        if (isinstance(value, (str, int, float, bool)) and name not in ("text", "tokens", "tags"))
        or (name == "label" and _is_set(value))
    }  # fmt: skip


def _is_set(value: Any) -> bool:
    """Whether these are the classes of a whole text."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
