"""spaCy's training data: pairs of a text and what is marked in it, and documents of version 2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ... import task_registry
from ..tags.words_in_text import joined, placed
from . import Shape, Source
from .span_keys import Keys, spans_in
from .span_rows import rows_of

_UNKNOWN = "-"  # a tag that the annotator left open
_LEAST = 0.5  # a class of cats is one from here on


def _pairs(content: Any, source: Source) -> list[dict] | None:
    """Pairs of a text and its annotations: ``["text", {"entities": [[0, 4, "ORG"]]}]``.

    What is marked may also be a list of spans alone, classes under ``cats``, or other fields.
    """
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        content = [pair for pair in content["annotations"] if pair is not None]
    if not isinstance(content, list) or not content:
        return None
    if len(content) > 1 and _is_pair(content[0], str) and not _is_pair(content[1], str):
        content = content[1:]  # the names of the two
    if all(_is_pair(pair, list) for pair in content):
        found = [spans_in(about) for _, about in content]
        if None in found or not any(found):
            return None
        rows = [{"text": text, "entities": about} for text, about in content]
    elif all(_is_pair(pair, dict) for pair in content):
        rows = [_with_words({**about, "text": text}) for text, about in content]
    else:
        return None
    return marked(rows, source)


def _is_pair(pair: Any, kind: type) -> bool:
    return (
        isinstance(pair, list) and len(pair) == 2
        and isinstance(pair[0], str) and isinstance(pair[1], kind)
    )  # fmt: skip


def _with_words(row: dict) -> dict:
    """The row with its words, where a list holds a tag for each that blanks part in its text."""
    words = row["text"].split()
    of_words = [k for k, v in row.items() if isinstance(v, list) and len(v) == len(words) > 1]
    texts = all(isinstance(tag, str) for key in of_words for tag in row[key])
    if not of_words or not texts or {"words", "tokens"} & set(row):
        return row
    return {**row, "tokens": words}


def marked(rows: list[dict], source: Source) -> list[dict]:
    """Rows with ``text``, and ``entities`` or ``cats`` or both, as words and tags and labels."""
    sets = [classes_of(row.get("cats")) for row in rows]
    if any(one is not None for one in sets):
        single = all(one is None or len(one) == 1 for one in sets)
        rows = [
            {**{k: v for k, v in row.items() if k != "cats"},
             "label": None if one is None else one[0] if single else one}
            for row, one in zip(rows, sets, strict=True)
        ]  # fmt: skip
        note_classes(sets, source)
    if not any(spans_in(row.get("entities")) for row in rows):
        if any(one is not None for one in sets):
            rows = [{"text": row["text"], "label": row["label"]} for row in rows]
        return rows
    if any(one is not None for one in sets):
        note_both(sum(one is not None for one in sets), "cats", source)
    keys = Keys("text", "", "entities")
    return [row for _, row in rows_of(enumerate(rows), keys, source, "spaCy's training data")]


def classes_of(cats: Any) -> list[str] | None:
    """The classes of ``cats`` that have at least 0.5; None where there are none to choose from.

    Examples
    --------
    >>> classes_of({"good": 1.0, "bad": 0}), classes_of([{"label": "bad", "value": True}])
    (['good'], ['bad'])
    """
    if isinstance(cats, list):
        if not all(isinstance(one, dict) and isinstance(one.get("label"), str) for one in cats):
            return None
        cats = {one["label"]: one.get("value") for one in cats}
    if not isinstance(cats, dict) or not cats:
        return None
    if not all(isinstance(value, (int, float)) for value in cats.values()):
        return None
    return [name for name, value in cats.items() if value >= _LEAST]


def note_classes(sets: list, source: Source, key: str = "cats") -> None:
    """Say that classes were chosen by their numbers, and how many texts have none."""
    count = sum(one is not None for one in sets)
    none = sum(one == [] for one in sets)
    without = f"; {none:,} have none" if none else ""
    source.report.note(
        "info", "cats", f"The classes of {count:,} texts of {source.name} are those that have at "
        f"least {_LEAST} in {key!r}{without}.", "Read it as it is with reading={'shape': 'plain'}.",
        count,
    )  # fmt: skip


def note_both(count: int, what: str, source: Source) -> None:
    """Say that rows with marked spans have classes as well."""
    source.report.note(
        "info", "choices", f"{count:,} texts of {source.name} have {what} as well as marked spans; "
        "they are in the column 'label'.",
        f"To train on them, choose the task {task_registry.with_label('label')}.", count,
    )  # fmt: skip


# --- documents of version 2 ----------------------------------------------------------------------


def _documents(first: list[dict], source: Source) -> Callable | None:
    """``paragraphs`` of ``sentences`` of ``tokens`` with ``orth`` and ``ner``."""
    if not first or not all(_is_document(row) for row in first):
        return None
    return lambda objects: _sentences([row for _, row in objects], source)


def _is_document(row: Any) -> bool:
    paragraphs = row.get("paragraphs") if isinstance(row, dict) else None
    return isinstance(paragraphs, list) and all(
        isinstance(one, dict) and "qas" not in one and isinstance(one.get("sentences"), list)
        for one in paragraphs
    ) and bool(paragraphs)  # fmt: skip


def _one_document(content: Any, source: Source) -> list[dict] | None:
    return [content] if _is_document(content) else None


def _sentences(documents: list[dict], source: Source) -> Iterator[tuple[int, dict]]:
    """A row a sentence; a row a paragraph where paragraphs have classes."""
    paragraphs = [
        {"cats": one.get("cats"), **part}
        for one in documents if _is_document(one) for part in one["paragraphs"]
    ]  # fmt: skip
    sets = [classes_of(one.get("cats")) for one in paragraphs]
    by_paragraph = any(one is not None for one in sets)
    rows, unknown, without = [], 0, 0
    key = _tag_key(paragraphs)
    for paragraph, chosen in zip(paragraphs, sets, strict=True):
        raw = paragraph.get("raw")
        parts = [_tokens(sentence) for sentence in paragraph["sentences"]]
        if by_paragraph:
            parts = [[token for part in parts for token in part]]
        at = 0
        for part in parts:
            words = [str(token.get("orth")) for token in part]
            if not words:
                without += 1
                continue
            tags = [str(token.get(key) or _UNKNOWN) for token in part]
            unknown += sum(tag == _UNKNOWN for tag in tags)
            text, at = _text(raw, words, at)
            row = {"text": text, "tokens": words,
                   "tags": ["O" if tag == _UNKNOWN and key == "ner" else tag for tag in tags]}
            rows.append((row, chosen))  # fmt: skip
    entities = sum(tag != "O" for row, _ in rows for tag in row["tags"])
    single = all(chosen is None or len(chosen) == 1 for _, chosen in rows)
    if by_paragraph:
        note_classes(sets, source)
        for row, chosen in rows:
            row["label"] = None if chosen is None else chosen[0] if single else chosen
        if entities:
            note_both(sum(one is not None for one in sets), "cats", source)
        else:
            rows = [({"text": row["text"], "label": row["label"]}, None) for row, _ in rows]
    if not by_paragraph or entities:
        _note_tags(len(rows), key, unknown, without, source)
    yield from ((number, row) for number, (row, _) in enumerate(rows))


def _tokens(sentence: Any) -> list[dict]:
    tokens = sentence.get("tokens") if isinstance(sentence, dict) else None
    return [token for token in tokens or [] if isinstance(token, dict) and token.get("orth")]


def _tag_key(paragraphs: list[dict]) -> str:
    """``ner`` where any token has one that says something, else parts of speech."""
    tokens = [t for one in paragraphs for sentence in one["sentences"] for t in _tokens(sentence)]
    if any(token.get("ner") not in (None, "", _UNKNOWN) for token in tokens):
        return "ner"
    return next((key for key in ("tag", "pos") if any(token.get(key) for token in tokens)), "ner")


def _text(raw: Any, words: list[str], at: int) -> tuple[str, int]:
    """The part of a paragraph's text that these words are, and where it ends; or them joined."""
    if isinstance(raw, str):
        places = placed(raw[at:], words)
        if places is not None:
            end = at + places[-1][1]
            return raw[at + places[0][0] : end], end
    return joined(words), at


def _note_tags(rows: int, key: str, unknown: int, without: int, source: Source) -> None:
    source.report.note(
        "info", "spacy", f"{source.name} is read as documents of spaCy: {rows:,} rows, the tags "
        f"are those under {key!r}.", "Read it as it is with reading={'shape': 'plain'}.", rows,
    )  # fmt: skip
    if unknown and key == "ner":
        source.report.note(
            "warning", "spacy", f"{unknown:,} words of {source.name} have no tag (or '-', not "
            "known); they are taken for O.", "Tag them, or leave these sentences out.", unknown,
        )  # fmt: skip
    if without:
        source.report.note(
            "info", "spacy", f"{without:,} sentences without words are left out.", count=without
        )


PAIRS = (Shape("spacy", _pairs),)
DOCUMENTS = (*PAIRS, Shape("spacy documents", _one_document))
OBJECTS = (Shape("spacy documents", _documents),)
