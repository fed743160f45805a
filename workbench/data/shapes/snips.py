"""Queries in pieces, as Snips has them: ``{"data": [{"text": "in "}, {.., "entity": ..}]}``.

Of several intents what a query wants is its label; its entities become tags with
``reading={"shape": "snips entities"}``. Queries of one intent are read for their entities.
"""

from __future__ import annotations

from typing import Any

from ...i18n import t
from . import Shape, Source
from .span_keys import Keys
from .span_rows import rows_of


def _intents(content: Any) -> dict[str, list[list[dict]]] | None:
    """Pieces of all queries by their intent."""
    if isinstance(content, dict) and isinstance(content.get("intents"), dict):
        content = content["intents"]
    if not isinstance(content, dict) or not content:
        return None
    found = {}
    for name, queries in content.items():
        if isinstance(queries, dict):
            queries = queries.get("utterances")
        if not isinstance(queries, list) or not queries:
            return None
        pieces = [one.get("data") if isinstance(one, dict) else None for one in queries]
        if not all(isinstance(one, list) and one and all(map(_is_piece, one)) for one in pieces):
            return None
        found[name] = pieces
    return found


def _is_piece(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("text"), str)


def _query(pieces: list[dict]) -> tuple[str, list[dict]]:
    """The text of a query, and its entities."""
    text, found = "", []
    for piece in pieces:
        start, text = len(text), text + piece["text"]
        kind = piece.get("slot_name") or piece.get("entity")
        if kind:
            found.append({"start": start, "end": len(text), "label": str(kind)})
    return text, found


def _rows(content: Any, source: Source) -> list[dict] | None:
    intents = _intents(content)
    if intents is None:
        return None
    entities = len(intents) == 1 or source.reading.get("shape") == "snips entities"
    rows, marked = [], 0
    for name, queries in intents.items():
        for pieces in queries:
            text, found = _query(pieces)
            marked += len(found)
            rows.append({"text": text, **({"entities": found} if entities else {"intent": name})})
    report = source.report
    report.note(
        "info", "json", t("data_notes.snips", n=len(rows), file=source.name, intents=len(intents)),
        t("data_notes.plain_back"), len(rows),
    )  # fmt: skip
    if marked and not entities:
        report.note(
            "warning", "json", t("data_notes.snips_left", n=marked, file=source.name),
            t("data_notes.snips_back"), marked,
        )  # fmt: skip
    if not entities:
        return rows
    keys = Keys("text", "", "entities")
    return [row for _, row in rows_of(enumerate(rows), keys, source, "queries in pieces")]


def _only_asked(content: Any, source: Source) -> list[dict] | None:
    return _rows(content, source) if source.reading.get("shape") == "snips entities" else None


DOCUMENTS = (Shape("snips", _rows), Shape("snips entities", _only_asked))
