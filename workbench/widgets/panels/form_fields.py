"""The fields of the form: what each is, what it offers, and the text of its value."""

from __future__ import annotations

import dataclasses
from typing import Any

from workbench import task_registry, task_words
from workbench.default_settings import FOLLOWING, recipe_defaults
from workbench.following_settings import follow
from workbench.i18n import named, t
from workbench.recipe import Recipe, usual_values
from workbench.task_spec import Role, TaskSpec
from workbench.training.optimisation.schedule import SCHEDULES, usual_warmup

from . import device_field, kind_fields

SHOWN = [  # what one line of text can hold
    spec for spec in dataclasses.fields(Recipe) if not {*spec.metadata["kinds"]} <= {dict, list}
]
NESTED = {kinds.field: kinds for kinds in kind_fields.choices()}
KEPT = {spec.name for spec in dataclasses.fields(Recipe)} - {
    *(spec.name for spec in SHOWN), *NESTED
}  # fmt: skip


def usual_of(task: str, schedule: str) -> dict[str, Any]:
    """Settings that follow from these two, where nobody set them."""
    return {**recipe_defaults(task), "warmup": usual_warmup(schedule)}


def followed_texts(
    recipe: Recipe, rows: int | None, classes: int | None = None, width: int | None = None
) -> dict[str, str]:
    """What stands, paler, in fields that are left to the data and the model: "auto (7)".

    >>> followed_texts(Recipe(), 500, width=384)
    {'epochs': 'auto (10)', 'learning_rate': 'auto (0.0001)'}
    >>> followed_texts(Recipe(), None)["epochs"]
    'auto'
    """
    settled = follow(recipe, rows=rows or 1, width=width, classes=classes)
    found = {one.field: one.value for one in settled}
    unknown = {"epochs": rows is None, "learning_rate": width is None}
    return {
        name: t("form.auto") if unknown[name] else t("form.auto_of", value=found[name])
        for name in FOLLOWING if name in found
    }  # fmt: skip


def own_of(kind: str, task: str, offered: list[str]) -> str:
    """What a task declares as its own model or dataset, where that is offered."""
    own = getattr(task_registry.find(task), kind, None)
    return own if own in offered else offered[0]


def text_of(value: Any) -> str:
    """A value of a recipe as it stands in a field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def texts_of(recipe: Recipe) -> dict[str, str]:
    """The values of a recipe as they stand in all fields."""
    found = {spec.name: text_of(getattr(recipe, spec.name)) for spec in SHOWN}
    found |= kind_fields.texts(recipe)
    found[device_field.NAME] = device_field.text(recipe)
    return found | {f"columns.{role}": recipe.columns.get(role, "") for role in known_roles()}


def known_roles() -> dict[str, tuple[Role, TaskSpec]]:
    """Columns that the tasks here can have, by name, each a field of its own, and whose it is."""
    found: dict[str, tuple[Role, TaskSpec]] = {}
    for one in task_registry.specs():
        for role in one.roles:
            found.setdefault(role.name, (role, one))
    return found


def unused_by(task: str) -> set[str]:
    """Fields that do not apply to a task; none of one that nobody knows."""
    declared = task_registry.find(task)
    if declared is None:
        return set()
    foreign = set(known_roles()) - set(declared.role_names)
    unused = {*declared.unused, *(f"columns.{role}" for role in foreign)}
    return unused | {
        name for kinds in kind_fields.choices() if kinds.field in unused
        for name, _, _ in kind_fields.settings(kinds)
    }  # fmt: skip


def is_listed(reference: str, kind: str = "dataset") -> bool:
    """Whether a catalogue knows this model or dataset."""
    from workbench.catalog import references

    return reference in references.known(kind)


def offers_for(task: str) -> dict[str, list[list[str]]]:
    """The models and datasets that are listed for a task; all of them for one that is unknown."""
    from workbench.catalog import listing, references

    offers = {}
    for kind in ("model", "dataset"):
        known = task in listing.tasks()
        names = listing.offered(kind, task) if known else references.known(kind)
        offers[kind] = [[name, name] for name in names]
    declared = task_registry.find(task)
    known = [declared] if declared else task_registry.specs()
    metrics = dict.fromkeys(name for one in known for name in one.metric_names)
    offers["best_metric"] = [["", t("form.own_metric")]]
    offers |= kind_fields.offers(task)
    offers["best_metric"] += [[name, task_words.metric_title(name, task)] for name in metrics]
    return offers


def fields_shown() -> list[dict]:
    """Each field of the form, those in front first, as its page draws them; no empty parts."""
    offers = {
        "task": [[one.name, task_words.called(one)] for one in task_registry.specs()],
        "best_metric": [["", t("form.own_metric")]],  # and those of the task
        "class_weights": [["", t("form.none")], ["balanced", "balanced"]],
    }
    found = []
    for spec in SHOWN:
        meta = spec.metadata
        choices = offers.get(spec.name) or [[c, c] for c in meta["choices"] or ()]
        kind = "combo" if spec.name in ("model", "dataset") else "choice" if choices else (
            "bool" if bool in meta["kinds"] else "text" if str in meta["kinds"] else "number"
        )  # fmt: skip
        found.append(_field(spec.name, kind, choices, place=meta["front"]))
        if spec.name == "dataset":
            found += [
                _field(f"columns.{role.name}", "column", [], place=None, role=role, task=task)
                for role, task in known_roles().values()
            ]
    found += [*kind_fields.fields(), *device_field.fields()]
    gists = {one.name: task_words.name_and_gist(one)[1] for one in task_registry.specs()}
    next(one for one in found if one["name"] == "task")["gists"] = gists
    shapes = {one: task_words.in_two(t(f"schedule.{one}")) for one in SCHEDULES}
    schedule = next(one for one in found if one["name"] == "schedule")
    schedule["choices"] = [[one, name] for one, (name, _) in shapes.items()]
    schedule["gists"] = {one: gist for one, (_, gist) in shapes.items()}
    in_order = sorted(found, key=lambda one: one["place"] or len(found))
    return [{key: part for key, part in one.items() if part not in ("", None, [])}
            for one in in_order]  # fmt: skip


def _field(
    name: str, kind: str, choices: list, *, place: int | None, role: Role | None = None,
    task: TaskSpec | None = None,
) -> dict:
    if role is None:
        label, hint = t(f"field.{name}"), t(f"hint.{name}")
        unit, empty = named(f"unit.{name}", ""), named(f"empty.{name}", "")
    else:
        label = t("form.column_of", role=task_words.role_title(role, task))
        unit, empty = "", role.name if role.required else t("form.none")
        hint = label
    return {
        "name": name, "label": label, "hint": hint, "unit": unit, "empty": empty, "kind": kind,
        "choices": choices, "front": place is not None, "place": place,
    }  # fmt: skip


def made_of(base: Recipe, typed: dict[str, Any]) -> Recipe:
    """A recipe with what stands in the fields of a form; what is usual there was not set.

    Raises
    ------
    RecipeError
        The first problem.
    """
    usual = usual_values(typed["task"], typed["schedule"])
    left = {name for name, value in usual.items() if typed[name] == value} - base.given
    return base.replace(**{name: value for name, value in typed.items() if name not in left})
