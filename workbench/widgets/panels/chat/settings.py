"""How words are chosen, as the few fields of the chat panel say it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from workbench.i18n import t
from workbench.recipe import GENERATION

#: In the order in which they stand; each kind has those that its settings have.
FIELDS = ("temperature", "top_p", "num_beams", "max_new_tokens", "seed")


def kinds() -> list[list[str]]:
    """Each kind of choosing words, with its title."""
    return [[name, t(f"generations.{name}.title")] for name in GENERATION.names()]


def fields_of(generation: Mapping[str, Any]) -> list[list[Any]]:
    """Name, label and value of each setting that a kind has of :data:`FIELDS`."""
    settings = GENERATION.settings(dict(generation))
    return [[name, t(f"chat_panel.setting_{name}"), _text(getattr(settings, name))]
            for name in FIELDS if hasattr(settings, name)]  # fmt: skip


def changed(generation: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A generation with these values in place of its own; numbers may come as texts.

    What the new kind has not is left out; what it has and the old one had stays.

    >>> changed({"kind": "greedy", "max_new_tokens": 9}, {"kind": "sampling", "temperature": "0.5"})
    {'kind': 'sampling', 'max_new_tokens': 9, 'temperature': 0.5}
    >>> changed({"kind": "sampling", "temperature": 0.5, "max_new_tokens": 9}, {"kind": "greedy"})
    {'kind': 'greedy', 'max_new_tokens': 9}
    """
    found = {**generation, **{name: _number(value) for name, value in values.items()}}
    kind = found["kind"]
    if kind not in GENERATION.names() or kind == generation["kind"]:
        return found  # whoever takes it says what is wrong
    known = {one.name for one in dataclasses.fields(GENERATION.settings({"kind": kind}))}
    return {name: value for name, value in found.items() if name in {"kind", *known}}


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            return kind(value.strip())
        except ValueError:
            continue
    return value


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
