"""Where rows with marked spans have their text, their words and their spans, whoever wrote them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from ..tags.offsets import Span

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
    if isinstance(value, dict) and (rows := _in_columns(value)) is not None:
        value = rows
    if not isinstance(value, (list, tuple)):
        return None
    found: list[Span] = []
    for one in value:
        spans = _spans_of(one)
        if spans is None:
            return None
        found += spans
    return found


def _in_columns(value: dict) -> list[dict] | None:
    """Spans that are written as lists side by side: ``{"start": [..], "end": [..], ...}``."""
    lists = [one for one in value.values() if isinstance(one, (list, tuple))]
    if len(lists) < 3 or len(lists) < len(value) or len({len(one) for one in lists}) > 1:
        return None
    rows = [dict(zip(value, row, strict=True)) for row in zip(*lists, strict=True)]
    return rows if all(_spans_of(row) for row in rows) else None


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
    return bool(values) and all(words_in(value) is not None for value in values)


def words_in(value: Any) -> list[str] | None:
    """The words that a value lists; None where it is no list of words."""
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
