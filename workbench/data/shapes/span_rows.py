"""Rows of a text and marked spans: doccano, Prodigy, spaCy, Dataturks, GLiNER and their like."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..tags.offsets import Converter, Marked, Span, token_spans
from ..tags.words_in_text import joined, placed
from . import Source

TEXTS = ("text", "content", "sentence", "document", "doc", "paragraph", "utterance", "query", "raw")
WORDS = ("tokens", "words", "tokenized_text", "token", "sentence")
SPANS = (
    "entities", "spans", "ner", "label", "labels", "annotations", "annotation", "ents", "entity",
    "named_entities", "tags",
)  # fmt: skip
_STARTS = ("start", "start_offset", "startOffset", "begin", "start_char", "char_start", "from",
           "start_idx", "start_index", "startIndex", "beginOffset", "s")  # fmt: skip
_ENDS = ("end", "end_offset", "endOffset", "stop", "end_char", "char_end", "to", "end_idx",
         "end_index", "endIndex", "finish", "e")  # fmt: skip
_KINDS = ("label", "labels", "type", "tag", "entity", "entity_type", "entity_group", "category",
          "class", "name", "kind", "ner", "types")  # fmt: skip
_SURFACES = ("text", "word", "surface", "mention", "entity_text", "span_text", "value", "words")
_PAIRS = ("location", "span", "offsets", "offset", "position", "loc", "char_span")


@dataclasses.dataclass(frozen=True)
class Keys:
    """Where rows have their text, their words and their spans; empty where there is none."""

    text: str
    words: str
    spans: str


def find_keys(first: list[dict]) -> Keys | None:
    """Where rows have marked spans; None where no key holds such."""
    rows = [row for row in first if isinstance(row, dict)]
    if not rows or len(rows) < len(first):
        return None
    names = list(dict.fromkeys(name for row in rows for name in row))
    spans = next((n for n in sorted(names, key=_rank(SPANS)) if _holds_spans(rows, n)), None)
    if spans is None:
        return None
    words = next((n for n in sorted(names, key=_rank(WORDS)) if _holds_words(rows, n)), "")
    texts = [n for n in names if n != spans and _holds_texts(rows, n)]
    text = next((n for n in sorted(texts, key=_rank(TEXTS)) if n.casefold() in TEXTS), "")
    if not text and texts and not words:
        text = max(texts, key=lambda n: sum(len(row.get(n) or "") for row in rows))
    if not text and not words:
        return None
    if words and any(
        _is_beside(rows, words, n) for n in names if n not in (words, spans, text)
    ):  # a tag for each word is there as well
        return None
    return Keys(text, words, spans)


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
        if row.get("answer", "accept") in ("reject", "ignore"):
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


def spans_in(value: Any) -> list[Span] | None:
    """The spans that a value lists; None where it is no list of spans.

    Examples
    --------
    >>> spans_in([[0, 3, "per"]]), spans_in([5])
    ([Span(start=0, end=3, kind='per', text=None)], None)
    """
    if isinstance(value, str):
        if not value.lstrip().startswith(("[", "{")):
            return None
        try:
            value = json.loads(value)
        except ValueError:
            return None
    for name in ("annotations", "entities"):  # one within the other, or alone
        if isinstance(value, dict) and isinstance(value.get(name), (list, tuple, dict)):
            value = value[name]
    if not isinstance(value, (list, tuple)):
        return None
    found: list[Span] = []
    for one in value:
        spans = _spans_of(one)
        if spans is None:
            return None
        found += spans
    return found


# --- recognising --------------------------------------------------------------------------------


def _spans_of(one: Any) -> list[Span] | None:
    if isinstance(one, (list, tuple)) and 3 <= len(one) <= 5:
        if isinstance(one[2], str) and _whole(one[0], one[1]):
            return [Span(int(one[0]), int(one[1]), one[2])]
        named = len(one) == 3 and isinstance(one[0], str) and not one[0].isdecimal()
        if named and _whole(one[1], one[2]):
            return [Span(int(one[1]), int(one[2]), one[0])]
        return None
    if not isinstance(one, dict):
        return None
    kind = next((one[k] for k in _KINDS if one.get(k) and k in one), None)
    if isinstance(kind, (list, tuple)):
        kind = kind[0] if kind else None
    if isinstance(kind, dict):
        kind = kind.get("name") or kind.get("label")
    if isinstance(kind, int) and not isinstance(kind, bool):
        kind = str(kind)  # the number of a label
    if not isinstance(kind, str) or not kind.strip():
        return None
    if isinstance(one.get("points"), list):
        ends = [(p.get("start"), p.get("end"), p.get("text")) for p in one["points"]]
    else:
        ends = [_ends_of(one)]
    found = []
    for start, end, text in ends:
        if not _whole(start, end):
            return None
        found.append(Span(int(start), int(end), kind, text if isinstance(text, str) else None))
    return found


def _ends_of(one: dict) -> tuple[Any, Any, Any]:
    text = next((one[k] for k in _SURFACES if isinstance(one.get(k), str)), None)
    start = next((one[k] for k in _STARTS if k in one), None)
    end = next((one[k] for k in _ENDS if k in one), None)
    if start is None and _whole(one.get("offset"), one.get("length")):
        return one["offset"], int(one["offset"]) + int(one["length"]), text
    if start is None:
        pair = next((one[k] for k in _PAIRS if isinstance(one.get(k), (list, tuple))), None)
        if pair and isinstance(pair[0], (list, tuple)):
            return pair[0][0], pair[-1][-1], text if len(pair) == 1 else None
        if pair and len(pair) == 2:
            return pair[0], pair[1], text
    return start, end, text


def _whole(*values: Any) -> bool:
    return all(
        (isinstance(v, (int, float)) and not isinstance(v, bool) and v == int(v))
        or (isinstance(v, str) and v.strip().isdecimal())
        for v in values
    )


def _rank(usual: tuple[str, ...]) -> Callable[[str], int]:
    return lambda name: usual.index(name.casefold()) if name.casefold() in usual else len(usual)


def _holds_spans(rows: list[dict], name: str) -> bool:
    values = [row[name] for row in rows if row.get(name) is not None]
    found = [spans_in(value) for value in values]
    return bool(values) and None not in found and any(found)


def _holds_words(rows: list[dict], name: str) -> bool:
    values = [row[name] for row in rows if row.get(name)]
    return bool(values) and all(_words_in(value) is not None for value in values)


def _words_in(value: Any) -> list[str] | None:
    if not isinstance(value, (list, tuple)) or not value:
        return None
    if all(isinstance(one, str) for one in value):
        return list(value)
    if all(isinstance(one, dict) and isinstance(one.get("text"), str) for one in value):
        return [one["text"] for one in value] if "label" not in value[0] else None
    return None


def _holds_texts(rows: list[dict], name: str) -> bool:
    values = [row[name] for row in rows if row.get(name) is not None]
    return bool(values) and all(isinstance(value, str) for value in values)


def _is_beside(rows: list[dict], words: str, name: str) -> bool:
    """Whether a key holds one text or number for each word."""
    pairs = [(row[words], row[name]) for row in rows if row.get(words) and row.get(name)]
    return bool(pairs) and all(
        isinstance(other, (list, tuple)) and len(one) == len(other)
        and all(isinstance(x, (str, int)) and not isinstance(x, bool) for x in other)
        for one, other in pairs
    )  # fmt: skip


# --- converting ---------------------------------------------------------------------------------


def _count_words(kept: list, keys: Keys) -> bool:
    """Whether spans count words and not characters."""
    if not keys.text:
        return True
    words, characters, total = 0, 0, 0
    for _, row, spans in kept:
        text, tokens = row.get(keys.text) or "", _words_in(row.get(keys.words)) or []
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
        (number, row, _words_in(row.get(keys.words)) or [], spans) for number, row, spans in kept
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
        words = _words_in(row.get(keys.words)) if keys.words else None
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
