"""The recipe as a form: few settings in front, the rest folded, problems marked at their field."""

from __future__ import annotations

import dataclasses
from typing import Any

import traitlets

from workbench.errors import WorkbenchError
from workbench.i18n import t
from workbench.recipe import Recipe, task_defaults

from .base import View, module
from .subshell import answer_while_busy

FRONT = (
    "task", "model", "dataset", "epochs", "learning_rate", "batch_size", "max_length",
    "class_weights", "seed",
)  # fmt: skip
ROLES = ("text", "label", "pair")  # columns of the data, each a field of its own
SHOWN = [  # what one line of text can hold
    spec for spec in dataclasses.fields(Recipe) if not {*spec.metadata["kinds"]} <= {dict, list}
]
KEPT = {spec.name for spec in dataclasses.fields(Recipe)} - {spec.name for spec in SHOWN}


class RecipeForm(View):
    """Settings of a run as fields.

    A change from the browser replaces ``values``; every change is checked by the recipe itself, so
    the form has no rules of its own.

    Parameters
    ----------
    recipe : Recipe, optional
        What to start from; the default recipe when not given.
    """

    TEXTS = "form"
    _esm = module("form.js")
    fields = traitlets.List().tag(sync=True)  # {name, label, hint, kind, choices, front, wide}
    values = traitlets.Dict().tag(sync=True)  # name: text, as typed
    errors = traitlets.Dict().tag(sync=True)  # name: sentence
    facts = traitlets.Dict().tag(sync=True)  # name: what is known of the chosen model or dataset
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)  # of the data, to choose from

    def __init__(self, recipe: Recipe | None = None, **traits):
        start = recipe or Recipe()
        super().__init__(fields=_fields(), values=_texts(start), **traits)
        answer_while_busy(self)
        self._base = start  # carries what the form does not show
        self._task = start.task
        self._found: dict[str, str] = {}  # problems that only the data shows
        self.observe(self._check, "values")
        self._check()

    @property
    def recipe(self) -> Recipe:
        """The recipe that the form holds.

        Raises
        ------
        RecipeError
            The first problem, when a field is wrong.
        """
        return self._base.replace(**self._typed())

    def set(self, **fields: Any) -> None:
        """Change fields, as typing does; a wrong value is marked, not refused.

        Raises
        ------
        RecipeError
            If there is no such field.
        """
        known = {spec.name for spec in dataclasses.fields(Recipe)}
        for name, value in fields.items():
            if name not in known:
                Recipe().replace(**{name: value})  # says so, with the nearest names
            if name in KEPT or not isinstance(value, str | int | float | bool | type(None)):
                self._base = self._base.replace(**{name: value})
        changed = {name: _text(v) for name, v in fields.items() if name not in KEPT}
        if isinstance(columns := fields.get("columns"), dict):
            changed |= {f"columns.{role}": columns.get(role, "") for role in ROLES}
        self.values = {**self.values, **changed}

    def mark(self, problems: dict[str, str]) -> None:
        """Mark problems that only the data or the model showed; replaces the last ones."""
        self._found = dict(problems)
        self._check()

    @property
    def problem(self) -> str:
        """The first problem as a sentence that names its field; "" when there is none."""
        for field in self.fields:
            if field["name"] in self.errors:
                return t("form.problem", field=field["label"], sentence=self.errors[field["name"]])
        return ""

    def _text(self, name: str) -> str:
        return str(self.values.get(name, "")).strip()

    def _value(self, spec: dataclasses.Field) -> Any:
        text, kinds = self._text(spec.name), spec.metadata["kinds"]
        if bool in kinds:
            return self.values.get(spec.name) in (True, "true")
        if text == "" and type(None) in kinds:
            return None
        if text == _text(getattr(self._base, spec.name)):
            return getattr(self._base, spec.name)  # a value that the form cannot type
        for kind in (int, float):
            if kind in kinds:
                try:
                    return kind(text)
                except ValueError:
                    continue
        return text

    def _typed(self) -> dict[str, Any]:
        columns = {r: c for r, c in self._base.columns.items() if r not in ROLES}
        columns |= {r: v for r in ROLES if (v := self._text(f"columns.{r}")) and v != r}
        return {spec.name: self._value(spec) for spec in SHOWN} | {"columns": columns}

    def _check(self, _change=None) -> None:
        """Mark every wrong field: the recipe names one, it is put right, and the next is named."""
        if self._follow_task():
            return  # called again with the new values
        errors: dict[str, str] = {}
        typed, plain = self._typed(), Recipe()
        while len(errors) <= len(typed):
            try:
                self._base.replace(**typed)
                break
            except WorkbenchError as error:
                field = getattr(error, "field", None)
                if field not in typed or field in errors:
                    errors.setdefault(field if field in typed else "task", str(error))
                    break
                errors[field] = str(error)
                typed[field] = getattr(plain, field)
        if "columns" in errors:
            errors["columns.text"] = errors.pop("columns")
        self.errors = {**self._found, **errors}

    def _follow_task(self) -> bool:
        """Give untouched settings the defaults of a newly chosen task; whether any changed."""
        before, self._task = self._task, self._text("task")
        if before == self._task:
            return False
        old, new = task_defaults(before), task_defaults(self._task)
        moved = {
            name: _text(new[name]) for name in old
            if self._text(name) == _text(old[name]) and new[name] != old[name]
        }  # fmt: skip
        if moved:
            self._base = self._base.replace(**{name: new[name] for name in moved})
            self.values = {**self.values, **moved}
        return bool(moved)

    def __repr__(self) -> str:
        return f"RecipeForm({self.recipe!r})" if not self.errors else "RecipeForm(with problems)"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _texts(recipe: Recipe) -> dict[str, str]:
    found = {
        spec.name: _text(getattr(recipe, spec.name))
        for spec in SHOWN
    }
    return found | {f"columns.{role}": recipe.columns.get(role, "") for role in ROLES}


def _fields() -> list[dict]:
    from workbench.catalog import references, tasks

    offers = {
        "task": [[name, t(f"task.{name}")] for name in tasks()],
        "model": [[name, name] for name in references.known("model")],
        "dataset": [[name, name] for name in references.known("dataset")],
        "class_weights": [["", t("form.none")], ["balanced", "balanced"]],
    }
    found = []
    for spec in SHOWN:
        meta = spec.metadata
        choices = offers.get(spec.name) or [[c, c] for c in meta["choices"] or ()]
        if spec.name == "best_metric":
            choices = [["", t("form.own_metric")], *choices]
        kind = "combo" if spec.name in ("model", "dataset") else "choice" if choices else (
            "bool" if bool in meta["kinds"] else "text" if str in meta["kinds"] else "number"
        )  # fmt: skip
        found.append(_field(spec.name, kind, choices, front=spec.name in FRONT))
        if spec.name == "dataset":
            found += [_field(f"columns.{role}", "column", [], front=False) for role in ROLES]
    return sorted(found, key=lambda f: FRONT.index(f["name"]) if f["front"] else len(FRONT))


def _field(name: str, kind: str, choices: list, *, front: bool) -> dict:
    key = name.replace(".", "_")
    return {
        "name": name, "label": t(f"field.{key}"), "hint": t(f"hint.{key}"), "kind": kind,
        "choices": choices, "front": front,
    }  # fmt: skip
