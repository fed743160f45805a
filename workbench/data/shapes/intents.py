"""JSON documents of what people say to a machine: sayings with their intents."""

from __future__ import annotations

from collections import Counter
from typing import Any

from . import Shape, Source

_SAYINGS = ("patterns", "examples", "utterances", "queries", "samples", "sentences")
_INTENT = ("tag", "intent", "name", "label", "category")


def _rasa(content: Any, source: Source) -> list[dict] | None:
    """Training data of Rasa: ``common_examples`` with text, intent and entities."""
    data = content.get("rasa_nlu_data") if isinstance(content, dict) else None
    rows = data.get("common_examples") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    left = {key: value for key, value in data.items() if key != "common_examples" and value}
    source.report.note("info", "json", f"{source.path.name} is training data of Rasa.")
    _note_left(source, sum(map(_size, left.values())), list(left))
    return [
        {key: value for key, value in row.items() if value != [] or key != "entities"}
        for row in rows
    ]


def _intents(content: Any, source: Source) -> list[dict] | None:
    """Intents, each with a list of what people say: a row a saying."""
    key, found = None, content
    if isinstance(content, dict):
        lists = [k for k, value in content.items() if isinstance(value, list)]
        if len(lists) != 1:
            return None
        key = lists[0]
        found = content[key]
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        return None
    sayings = [*_SAYINGS, "text", "texts"] if key == "intents" else list(_SAYINGS)
    said = next((name for name in sayings if _lists_of_texts(found, name)), None)
    intent = next(
        (name for name in _INTENT if all(isinstance(o.get(name), str) for o in found)), ""
    )
    if said is None or not intent:
        return None
    left = Counter(k for one in found for k, v in one.items() if k not in (said, intent) and v)
    source.report.note(
        "info", "json", f"{source.path.name} holds {len(found):,} intents with what people say: a "
        "row a saying.",
    )  # fmt: skip
    size = sum(_size(one[key]) for one in found for key in left if key in one)
    _note_left(source, size, list(left))
    return [{"text": text, "label": one[intent]} for one in found for text in one[said]]


def _lists_of_texts(found: list[dict], name: str) -> bool:
    values = [one.get(name) for one in found]
    return all(
        isinstance(value, list) and all(isinstance(text, str) for text in value) for value in values
    ) and any(values)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, (list, dict)) else 1


def _note_left(source: Source, count: int, names: list[str]) -> None:
    if count:
        shown = ", ".join(map(repr, names[:5]))
        source.report.note(
            "warning", "json", f"{count:,} values under {shown} of {source.path.name} are no "
            "texts with a label and were left out.",
            "To train on those, write them as a table of their own.", count,
        )  # fmt: skip


DOCUMENTS = (Shape("rasa", _rasa), Shape("intents", _intents))
