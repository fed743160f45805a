"""Prodigy's decisions about whole texts: options that were accepted, and labels that were not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ..reading.expected import expected
from . import Shape, Source
from .span_keys import find_keys

_ANSWERS = ("accept", "reject", "ignore")


def _options(first: list[dict], source: Source) -> Callable | None:
    """Options of which some were accepted: ``{"options": [...], "accept": ["SPORT"]}``."""
    rows = [row for row in first if isinstance(row, dict)]
    if not any(isinstance(row.get("accept"), list) for row in rows):
        return None
    if not all("options" in row or row.get("answer") in _ANSWERS for row in rows):
        return None
    return lambda objects: _accepted([row for row in objects], source)


def _accepted(objects: list[tuple[int, dict]], source: Source) -> Iterator[tuple[int, dict]]:
    kept = _decided(objects, source)
    names = _option_names(row for _, row in kept)
    sets = [[names.get(str(one), str(one)) for one in row.get("accept") or []] for _, row in kept]
    several = any(
        isinstance(row.get("config"), dict) and row["config"].get("choice_style") == "multiple"
        for _, row in kept
    )
    single = not several and all(len(one) <= 1 for one in sets)
    empty = sum(not one for one in sets)
    rows = []
    for (number, row), chosen in zip(kept, sets, strict=True):
        label: Any = (chosen[0] if chosen else None) if single else chosen
        rows.append((number, {**_others(row), "label": label}))
    none = f"; {empty:,} have none" if empty else ""
    source.report.note(
        "info", "options", f"{len(rows):,} texts of {source.name} have the options that were "
        f"accepted as their {'label' if single else 'labels'}{none}.",
        "Read it as it is with reading={'shape': 'plain'}.", len(rows),
    )  # fmt: skip
    if marked := sum(bool(row.get("spans")) for _, row in kept):
        source.report.note(
            "warning", "spans", f"{marked:,} texts of {source.name} have marked spans as well, "
            "which are left out.", "To train on those, export them without the options.", marked,
        )  # fmt: skip
    _note_several([row for _, row in rows], source)
    yield from rows


def _option_names(rows) -> dict[str, str]:
    """What options are called: their id, or their text where ids are numbers."""
    names = {}
    for row in rows:
        for option in row.get("options") or []:
            if isinstance(option, dict) and isinstance(option.get("id"), int):
                names[str(option["id"])] = str(option.get("text", option["id"]))
    return names


def _labels(first: list[dict], source: Source) -> Callable | None:
    """A label that was accepted or rejected: ``{"label": "SPAM", "answer": "reject"}``."""
    if not first or not all(
        isinstance(row, dict) and row.get("answer") in _ANSWERS
        and isinstance(row.get("label"), str) and isinstance(row.get("text"), str)
        for row in first
    ):  # fmt: skip
        return None
    if find_keys(first) is not None:
        return None
    return lambda objects: _answered([row for row in objects], source)


def _answered(objects: list[tuple[int, dict]], source: Source) -> Iterator[tuple[int, dict]]:
    labels = {row.get("label") for _, row in objects if row.get("label") is not None}
    if len(labels) > 1:
        kept = _decided(objects, source)
        _note_several([row for _, row in kept], source)
        yield from ((number, _others(row)) for number, row in kept)
        return
    other = f"not {next(iter(labels))}"
    every = not expected().for_labels
    kept = [(n, row) for n, row in objects if every or row.get("answer") in ("accept", "reject")]
    count = sum(row.get("answer") == "reject" for _, row in kept)
    source.report.note(
        "info", "answers", f"{count:,} texts of {source.name} whose label was rejected have the "
        f"label {other!r}; {len(objects) - len(kept):,} were ignored and are left out.",
        "Read it as it is with reading={'shape': 'plain'}.", count,
    )  # fmt: skip
    for number, row in kept:
        label = row.get("label") if row.get("answer") == "accept" else other
        yield number, {**_others(row), "label": label}


def _decided(objects: list[tuple[int, dict]], source: Source) -> list[tuple[int, dict]]:
    """The rows that were accepted; how many were not is noted."""
    every = not expected().for_labels
    kept = [(n, row) for n, row in objects if every or row.get("answer", "accept") == "accept"]
    if left := len(objects) - len(kept):
        source.report.note(
            "warning", "answers", f"{left:,} rows of {source.name} were rejected or ignored by the "
            "annotator and are left out.", "Read them all with reading={'shape': 'plain'}.", left,
        )  # fmt: skip
    return kept


def _note_several(rows: list[dict], source: Source) -> None:
    texts: dict[str, set] = {}
    for row in rows:
        texts.setdefault(str(row.get("text")), set()).add(str(row.get("label")))
    times = Counter(str(row.get("text")) for row in rows)
    several = sum(count > 1 for count in times.values())
    differ = sum(len(found) > 1 for found in texts.values())
    if several:
        source.report.note(
            "warning", "several annotations", f"{several:,} texts of {source.name} were annotated "
            f"several times, {differ:,} of them in different ways; each time is a row.",
            "Keep one of each with the fix drop_duplicates, or split by the text.", several,
        )  # fmt: skip


def _others(row: dict) -> dict:
    return {
        name: value for name, value in row.items()
        if isinstance(value, (str, int, float, bool)) and name[:1] != "_" and name != "answer"
    }  # fmt: skip


OBJECTS = (Shape("prodigy options", _options), Shape("prodigy answers", _labels))
