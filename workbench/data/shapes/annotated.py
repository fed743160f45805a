"""Texts with marked spans, with offsets or with what is marked alone, or with classes alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import Shape, Source
from .spacy import classes_of, note_classes
from .span_keys import TEXTS, Keys, find_keys
from .span_rows import rows_of

_CATS = ("cats", "labels", "label", "classes", "categories")
_NAMED = ("entities", "ner", "named_entities", "ents")
_SURFACE = ("text", "entity", "word", "mention", "name", "span", "value")
_KIND = ("type", "types", "label", "labels", "entity_type", "tag", "category")


def _spans(first: list[dict], source: Source) -> Callable | None:
    """Rows of a text with spans."""
    keys = find_keys(first)
    if keys is None:
        return None
    if source.reading.get("shape") != "spans" and _has_intent(first):
        return None  # what a whole text wants is what such data is for
    return lambda objects: rows_of(objects, keys, source, "rows with marked spans")


def _has_intent(first: list[dict]) -> bool:
    return sum(isinstance(row.get("intent"), str) for row in first) > 0.9 * len(first)


# --- classes alone -------------------------------------------------------------------------------


def _classes(first: list[dict], source: Source) -> Callable | None:
    """Annotations without offsets, as older doccano has them: ``[{"label": 2, "user": 1}]``."""
    lists = [row.get("annotations") for row in first if row.get("annotations")]
    if not lists or not all(isinstance(row.get("text"), str) for row in first):
        return None
    if not all(_are_classes(one) for one in lists):
        return None
    return lambda objects: _class_rows(list(objects), source)


def _are_classes(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and isinstance(one.get("label"), (str, int))
        and "user" in one and not any("start" in key for key in one)
        for one in value
    )  # fmt: skip


def _class_rows(objects: list[tuple[int, dict]], source: Source) -> Iterator[tuple[int, dict]]:
    sets = [
        list(dict.fromkeys(str(one["label"]) for one in row.get("annotations") or []))
        if _are_classes(row.get("annotations") or []) else []
        for _, row in objects
    ]  # fmt: skip
    single = all(len(one) <= 1 for one in sets)
    users = sum(len({a.get("user") for a in row.get("annotations") or []}) > 1
                for _, row in objects)  # fmt: skip
    source.report.note(
        "info", "annotations", f"{len(sets):,} texts of {source.name} have classes under "
        "'annotations'; they are in the column 'label'.",
        "Read it as it is with reading={'shape': 'plain'}.", len(sets),
    )  # fmt: skip
    if users:
        source.report.note(
            "warning", "several annotations", f"{users:,} texts were annotated by several people; "
            "they have the classes of all.", "Export the annotations of one.", users,
        )  # fmt: skip
    for (number, row), chosen in zip(objects, sets, strict=True):
        others = {k: v for k, v in row.items() if isinstance(v, (str, int, float))}
        label: Any = (chosen[0] if chosen else None) if single else chosen
        yield number, {**others, "label": label}


def _switches(first: list[dict], source: Source) -> Callable | None:
    """Classes that are on or off: ``{"cats": {"SPORT": 1, "TRADE": 0}}``."""
    for key in _CATS:
        values = [row[key] for row in first if row.get(key)]
        if values and all(classes_of(one) is not None and len(one) > 1 for one in values):
            return lambda objects, key=key: _switched(list(objects), key, source)
    return None


def _switched(
    objects: list[tuple[int, dict]], key: str, source: Source
) -> Iterator[tuple[int, dict]]:
    sets = [classes_of(row.get(key)) for _, row in objects]
    note_classes(sets, source, key)
    single = all(one is None or len(one) == 1 for one in sets)
    for (number, row), one in zip(objects, sets, strict=True):
        others = {k: v for k, v in row.items() if k != key}
        yield number, {**others, "label": None if one is None else one[0] if single else one}


# --- names without offsets -----------------------------------------------------------------------


def _names(first: list[dict], source: Source) -> Callable | None:
    """Entities by what they say: ``{"PER": ["Ada King"]}``, ``[{"entity": .., "types": [..]}]``."""
    for key in _NAMED:
        found = [_mentions(row.get(key)) for row in first if row.get(key)]
        if found and None not in found and any(found):
            text = next(
                (n for n in (*TEXTS, "input") if all(isinstance(r.get(n), str) for r in first)), ""
            )
            if text:
                return lambda objects, key=key, text=text: _located(objects, key, text, source)
    outputs = [row.get("output") for row in first]
    if all(isinstance(one, dict) and set(one) & set(_NAMED) for one in outputs):
        flat = [{**row, **row["output"]} for row in first]
        if (made := _names(flat, source)) is not None:
            return lambda objects: made((n, {**row, **(row.get("output") or {})})
                                        for n, row in objects)  # fmt: skip
    return None


def _mentions(value: Any) -> list[tuple[str, str]] | None:
    """Pairs of what is said and its type; None where the value is something else."""
    if isinstance(value, dict):
        if not all(
            isinstance(names, list) and all(isinstance(name, str) for name in names)
            for names in value.values()
        ):
            return None
        return [(name, kind) for kind, names in value.items() for name in names if name.strip()]
    if not isinstance(value, list):
        return None
    found = []
    for one in value:
        if not isinstance(one, dict):
            return None
        kind = next((one[k] for k in _KIND if one.get(k)), None)
        kind = kind[0] if isinstance(kind, list) and kind else kind
        surface = next((one[k] for k in _SURFACE if isinstance(one.get(k), str)), None)
        if not isinstance(kind, str) or not surface:
            return None
        found.append((surface, kind))
    return found


def _located(
    objects: Iterable[tuple[int, dict]], key: str, text: str, source: Source
) -> Iterator[tuple[int, dict]]:
    rows, missing, first, repeated = [], 0, "", 0
    for number, row in objects:
        said, spans = str(row.get(text) or ""), []
        for surface, kind in dict.fromkeys(_mentions(row.get(key)) or []):
            places = [m.span() for m in re.finditer(_whole_words(surface.strip()), said)]
            if not places:
                missing += 1
                first = first or f"row {number:,}, {surface[:40]!r}"
            repeated += len(places) > 1
            spans += [{"start": a, "end": b, "label": kind} for a, b in places]
        rest = {k: v for k, v in row.items() if k != key}
        rows.append((number, {**rest, "text": said, "spans": spans}))
    keys = Keys("text", "", "spans")
    yield from rows_of(iter(rows), keys, source, "texts with names")
    again = f"; {repeated:,} stand there several times and are marked each time" * (repeated > 0)
    source.report.note(
        "info", "names", f"The entities of {source.name} have no offsets: they were looked for in "
        f"their texts{again}.", "Give offsets where one place is meant.", max(repeated, 1),
    )  # fmt: skip
    if missing:
        source.report.note(
            "warning", "names", f"{missing:,} entities do not stand in their text and are left out "
            f"({first} first).", "Write them as the text does.", missing,
        )  # fmt: skip


def _whole_words(surface: str) -> str:
    before = r"(?<!\w)" if surface[:1].isalnum() else ""
    behind = r"(?!\w)" if surface[-1:].isalnum() else ""
    return before + re.escape(surface) + behind


# --- names with their offsets --------------------------------------------------------------------


def _placed_names(first: list[dict], source: Source) -> Callable | None:
    """As CLUENER has them: ``{"name": {"Ada": [[0, 2]]}}``, the end being the last character."""
    for key in ("label", "labels", *_NAMED):
        found = [_places(row.get(key)) for row in first if row.get(key)]
        if found and None not in found and any(found):
            text = next((n for n in TEXTS if all(isinstance(r.get(n), str) for r in first)), "")
            if text:
                return lambda objects, key=key, text=text: rows_of(
                    ((n, {**row, key: _places(row.get(key) or {})}) for n, row in objects),
                    Keys(text, "", key), source, "texts with names and their places",
                )  # fmt: skip
    return None


def _places(value: Any) -> list[dict] | None:
    """Spans of what is said by type and by name; None where the value is something else."""
    if not isinstance(value, dict):
        return None
    found = []
    for kind, names in value.items():
        if not isinstance(names, dict):
            return None
        for name, places in names.items():
            if not isinstance(places, list) or not all(_is_place(one) for one in places):
                return None
            found += [{"start": a, "end": b, "label": kind, "text": name} for a, b in places]
    return found


def _is_place(value: Any) -> bool:
    return isinstance(value, list) and [type(one) for one in value] == [int, int]


OBJECTS = (
    Shape("spans", _spans), Shape("classes", _classes), Shape("placed names", _placed_names),
    Shape("names", _names),
    Shape("cats", _switches),
)  # fmt: skip
