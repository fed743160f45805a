"""Fields of the form for a choice of kinds: the choice itself, and the settings of each kind.

A recipe holds ``method: {kind: lora, rank: 8}``; the form has a field ``method`` and fields
``method.lora.rank``, of which only those of the chosen kind are in sight.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from typing import Any

from workbench import task_registry
from workbench.default_settings import kinds_for, usual_kind
from workbench.errors import RecipeError, SpecError
from workbench.i18n import named, t
from workbench.recipe import (
    ADVERSARIAL,
    AUGMENTATION,
    LOSSES,
    NESTED,
    REGULARISATION,
    Recipe,
    field_spec,
    fitting,
)
from workbench.settings import Kinds, docs
from workbench.task_words import in_two

from . import device_field

Text = Callable[[str], str]  # what stands in a field of a name


def choices() -> list[Kinds]:
    """The fields of a recipe that choose between kinds, where there is more than one."""
    return [kinds for kinds in NESTED if len(kinds.names()) > 1]


def settings(kinds: Kinds) -> list[tuple[str, str, dataclasses.Field]]:
    """Name in the form, kind and declaration of each setting of each kind."""
    return [
        (f"{kinds.field}.{kind}.{spec.name}", kind, spec)
        for kind in kinds.names()
        for spec in dataclasses.fields(kinds.module(kind).Settings)
    ]


def fields() -> list[dict]:
    """Descriptions of the fields, as :attr:`.form.RecipeForm.fields` holds them."""
    found = []
    for kinds in choices():
        place = field_spec(kinds.field)["front"]
        titles = {kind: _title(kinds, kind) for kind in kinds.names()}
        found.append(
            {"name": kinds.field, "label": t(f"field.{kinds.field}"), "unit": "", "empty": "",
             "hint": t(f"hint.{kinds.field}"), "kind": "choice",
             "choices": [[kind, name] for kind, (name, _) in titles.items()],
             "gists": {kind: gist for kind, (_, gist) in titles.items()},
             "front": place is not None, "place": place}
        )  # fmt: skip
        for name, kind, spec in settings(kinds):
            meta, key = spec.metadata, f"{kinds.words}.{kind}"
            said = " ".join(docs(kinds.module(kind).Settings)[spec.name].split()).removesuffix(".")
            offered = [[one, one] for one in meta["choices"] or ()]
            shape = "choice" if offered else "bool" if bool in meta["kinds"] else (
                "text" if str in meta["kinds"] else "number"
            )  # fmt: skip
            here = place if meta["front"] is not None else None
            unit = meta["unit"] if shape == "number" else ""
            none = t("empty.unset") if type(None) in meta["kinds"] else ""
            found.append(
                {"name": name, "label": named(f"{key}.field.{spec.name}", spec.name),
                 "unit": named(f"{key}.unit.{spec.name}", unit),
                 "empty": named(f"{key}.empty.{spec.name}", none),
                 "hint": named(f"{key}.hint.{spec.name}", said.replace("``", "")), "kind": shape,
                 "choices": offered, "front": here is not None, "place": here}
            )  # fmt: skip
    return found


def offers(task: str) -> dict[str, list[list[str]]]:
    """The kinds that apply to a task, the usual one first, each with its title."""
    return {
        kinds.field: [
            [kind, _title(kinds, kind)[0]]
            for kind in _known(task, kinds) or kinds.names()
        ]
        for kinds in choices()
    }


def _known(task: str, kinds: Kinds) -> Sequence[str]:
    """Kinds that apply to a task, the usual one first; () for all."""
    if kinds in (LOSSES, REGULARISATION, ADVERSARIAL, AUGMENTATION):
        return fitting(task, kinds)
    return kinds_for(task, kinds.field)


def _title(kinds: Kinds, kind: str) -> tuple[str, str]:
    """What a list shows of a kind, and what stands below it when it is chosen."""
    return in_two(named(f"{kinds.words}.{kind}.title", kind))


def moved(before: str, after: str, text: Text) -> dict[str, str]:
    """Fields of kinds that stand as is usual for the task of before, as for the one of now."""
    found, declared = {}, task_registry.find(after)
    for kinds in choices():
        if kinds.field not in ("prompt", "rows", "loss", "regularisation", "augmentation"):
            continue  # others mean the same for every task
        try:
            old, new = (usual_kind(task, kinds)["kind"] for task in (before, after))
        except SpecError:  # a task that contradicts itself: its recipe says so
            continue
        known = _known(after, kinds)
        chosen = text(kinds.field)
        if chosen != new and (
            chosen == old
            or (known and chosen not in known)
            or (declared is not None and kinds.field in declared.unused)
        ):
            found[kinds.field] = new
    return found


def texts(recipe: Recipe) -> dict[str, str]:
    """What stands in each field for a recipe; its kind's defaults in those of other kinds."""
    found = {}
    for kinds in choices():
        given = getattr(recipe, kinds.field)
        found[kinds.field] = given["kind"]
        for name, kind, spec in settings(kinds):
            value = given.get(spec.name) if kind == given["kind"] else spec.default
            found[name] = _shown(value)
    return found


def typed(text: Text, raw: Text) -> dict[str, Any]:
    """The recipe's values that the fields say; what is no number stays text, and is refused.

    ``raw`` gives what stands in a field with the blanks around it, which belong to a text.
    """
    found = {}
    for kinds in choices():
        chosen = text(kinds.field)
        found[kinds.field] = {"kind": chosen} | {
            spec.name: _value(raw(name) if _is_text(spec) else text(name), spec)
            for name, kind, spec in settings(kinds)
            if kind == chosen
        }
    return found


def hidden(text: Text) -> set[str]:
    """Names of the fields of kinds that are not chosen."""
    return {
        name for kinds in choices() for name, kind, _ in settings(kinds)
        if kind != text(kinds.field)
    }  # fmt: skip


def place_of(error: RecipeError, text: Text) -> str | None:
    """The field at which an error of a choice of kinds or of devices belongs; None of others."""
    field, setting = getattr(error, "field", None), getattr(error, "setting", None)
    for kinds in choices():
        if field == kinds.field:
            return f"{field}.{text(field)}.{setting}" if setting else field
    return device_field.NAME if field == "hardware" else None


def _is_text(spec: dataclasses.Field) -> bool:
    kinds = spec.metadata["kinds"]
    return str in kinds and list not in kinds and not spec.metadata["choices"]


def _on_one_line(text: str) -> str:
    """A text as a field of one line holds it: a new line is \\n, a backslash two."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _read_line(text: str) -> str:
    ends = {"n": "\n", "t": "\t", "\\": "\\"}
    return re.sub(r"\\([nt\\])", lambda found: ends[found[1]], text)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return _on_one_line(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)


def _value(text: str, spec: dataclasses.Field) -> Any:
    kinds = spec.metadata["kinds"]
    if bool in kinds:
        return text == "true"
    if text == "" and type(None) in kinds:
        return None
    for kind in (int, float):
        if kind in kinds:
            try:
                return kind(text)
            except ValueError:
                continue
    if _is_text(spec):
        return _read_line(text)
    if list in kinds and text != spec.default:  # names with commas between them
        return [part for one in text.split(",") if (part := one.strip())]
    return text
