"""The recipe as a form: few settings in front, the rest folded, problems marked at their field."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from typing import Any

import traitlets

from workbench import task_registry
from workbench.errors import SpecError, WorkbenchError
from workbench.i18n import t
from workbench.recipe import Recipe, field_names
from workbench.task_words import called

from ..base import View, module
from ..turns import in_turn
from . import device_field, kind_fields
from .form_fields import (
    KEPT,
    NESTED,
    SHOWN,
    fields_shown,
    followed_texts,
    is_listed,
    known_roles,
    made_of,
    offers_for,
    own_of,
    text_of,
    texts_of,
    unused_by,
    usual_of,
)
from .guards import questions


class RecipeForm(View):
    """Settings of a run as fields.

    A change from the browser names one field, so that two quick ones never undo each other; every
    change is checked by the recipe itself, so the form has no rules of its own. What is allowed and
    hardly meant is asked about at its field (see :mod:`workbench.widgets.panels.guards`).

    Parameters
    ----------
    recipe : Recipe, optional
        What to start from; the default recipe when not given.
    """

    TEXTS = "form"
    _esm = module("panels/form.js")
    fields = traitlets.List().tag(sync=True)  # as fields_shown gives them
    values = traitlets.Dict().tag(sync=True)  # name: text, as typed
    errors = traitlets.Dict().tag(sync=True)  # name: sentence
    questions = traitlets.Dict().tag(sync=True)  # name: [sentence, usual value, button's text]
    offers = traitlets.Dict().tag(sync=True)  # name: [[value, text]] that fit the task
    hidden = traitlets.List().tag(sync=True)  # names of fields that do not apply to the task
    moved = traitlets.Dict().tag(sync=True)  # name: why its value is another one now
    followed = traitlets.Dict().tag(sync=True)  # name: what an empty field comes to
    facts = traitlets.Dict().tag(sync=True)  # name: what is known of the chosen model or dataset
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)  # of the data, to choose from

    def __init__(self, recipe: Recipe | None = None, **traits):
        self._turn = threading.RLock()  # clicks and what is found have threads of their own
        start = recipe or Recipe()
        offers = offers_for(start.task)
        super().__init__(fields=fields_shown(), values=texts_of(start), offers=offers, **traits)
        self._base = start  # carries what the form does not show
        self._task, self._dataset, self._model = start.task, start.dataset, start.model
        self._schedule = start.schedule
        self._kept: dict[str, str] = {}  # unusual values that were meant
        self._width: int | None = None
        self._known: tuple[int | None, int | None] = None, None  # rows and classes of the data
        self._right: Recipe | None = None  # the recipe with what is wrong in it put right
        self.on_msg(self._message)
        self._found: dict[str, str] = {}  # problems that only the data shows
        self.observe(self._check, "values")
        self._check()

    @property
    @in_turn
    def recipe(self) -> Recipe:
        """The recipe that the form holds.

        Raises
        ------
        RecipeError
            The first problem, when a field is wrong.
        SpecError
            If the task contradicts itself.
        """
        return made_of(self._base, self._typed())

    @in_turn
    def set(self, **fields: Any) -> None:
        """Change fields, as typing does; a wrong value is marked, not refused.

        Raises
        ------
        RecipeError
            If there is no such field.
        """
        for name, value in fields.items():
            if name not in field_names():
                Recipe().replace(**{name: value})  # says so, with the nearest names
            typeable = isinstance(value, str | int | float | bool | type(None))
            if name in KEPT or name in NESTED or not typeable:
                self._base = self._base.replace(**{name: value})
        changed = {n: text_of(v) for n, v in fields.items() if n not in KEPT and n not in NESTED}
        chosen, texts = {*fields} & {*NESTED}, kind_fields.texts(self._base).items()
        changed |= {name: text for name, text in texts if name.partition(".")[0] in chosen}
        if isinstance(columns := fields.get("columns"), dict):
            changed |= {f"columns.{role}": columns.get(role, "") for role in known_roles()}
        if "hardware" in fields:
            changed[device_field.NAME] = device_field.text(self._base)
        self.values = {**self.values, **changed}

    @in_turn
    def keep(self, name: str) -> None:
        """Say that an unusual value is meant: it is not asked about again."""
        self._kept[name] = self._text(name)
        self._ask()

    @in_turn
    def take_usual(self, name: str) -> None:
        """Take the usual value instead of the one that is asked about."""
        if name in self.questions:
            self.set(**{name: self.questions[name][1]})

    @in_turn
    def know_width(self, width: int | None) -> None:
        """Say how wide the chosen model is; learning rates are judged by it, and follow from it."""
        self._width = width
        self._ask()

    @in_turn
    def know_rows(self, rows: int | None, classes: int | None = None) -> None:
        """Say how many rows train, and of how many classes; passes follow from it."""
        self._known = rows, classes
        self._ask()

    @in_turn
    def _message(self, _widget, content: dict, _buffers) -> None:
        name = content.get("set") or content.get("keep") or content.get("usual")
        if name not in self.values:
            return
        if "set" in content:
            self.values = {**self.values, name: str(content.get("value", ""))}
        elif "keep" in content:
            self.keep(name)
        else:
            self.take_usual(name)

    @in_turn
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

    def _raw(self, name: str) -> str:
        return str(self.values.get(name, ""))

    def _value(self, spec: dataclasses.Field) -> Any:
        text, kinds = self._text(spec.name), spec.metadata["kinds"]
        if bool in kinds:
            return self.values.get(spec.name) in (True, "true")
        if text == "" and type(None) in kinds:
            return None
        if text == text_of(getattr(self._base, spec.name)):
            return getattr(self._base, spec.name)  # a value that the form cannot type
        for kind in (int, float):
            if kind in kinds:
                try:
                    return kind(text)
                except ValueError:
                    continue
        return text

    def _typed(self) -> dict[str, Any]:
        roles = known_roles()
        columns = {r: c for r, c in self._base.columns.items() if r not in roles}
        columns |= {r: v for r in roles if (v := self._text(f"columns.{r}")) and v != r}
        flat: dict[str, Any] = {spec.name: self._value(spec) for spec in SHOWN}
        flat["hardware"] = device_field.typed(self._base, self._text(device_field.NAME))
        return flat | kind_fields.typed(self._text, self._raw) | {"columns": columns}

    @in_turn
    def _check(self, _change=None) -> None:
        """Mark every wrong field: the recipe names one, it is put right, and the next is named."""
        if self._follow_task():
            return  # called again with the new values
        errors: dict[str, str] = {}
        typed, plain = self._typed(), Recipe()
        self._right = None
        while len(errors) <= len(typed):
            try:
                self._right = made_of(self._base, typed)
                break
            except WorkbenchError as error:
                field = getattr(error, "field", None)
                place = kind_fields.place_of(error, self._text)
                at = place if place and place not in errors else field
                if at == field and (field not in typed or field in errors):
                    errors.setdefault(field if field in typed else "task", str(error))
                    break
                errors[at] = str(error)
                typed[field] = getattr(plain, field)
        if "columns" in errors:
            declared = task_registry.find(self._task) or task_registry.default()
            errors[f"columns.{declared.role_names[0]}"] = errors.pop("columns")
        self.errors = {**self._found, **errors}
        self._hide()
        self._ask()

    def _hide(self) -> None:
        """Leave out of sight what does not apply to the task, unless it is set all the same."""
        others, plain = kind_fields.hidden(self._text), texts_of(Recipe())
        self.hidden = sorted(others | {
            name for name in unused_by(self._task)
            if name not in self.errors and self._text(name) == plain.get(name)
        })  # fmt: skip

    def _ask(self) -> None:
        """Ask about what is allowed and hardly meant, unless the user said that it is meant."""
        right = self._right
        if right is not None:
            self.followed = followed_texts(right, *self._known, self._width)
        asked = {} if right is None else questions(right, self._width)
        self.questions = {
            name: [one.sentence, one.usual, t("form.take", value=one.usual)]
            for name, one in asked.items()
            if name not in self.errors and self._kept.get(name) != self._text(name)
        }

    def _follow_task(self) -> bool:
        """Give untouched settings the defaults of a new task, method, schedule; did any change?

        A listed dataset of another task gives way to the new task's own, or the first one for it.
        """
        before, self._task = self._task, self._text("task")
        shape, self._schedule = self._schedule, self._text("schedule")
        data, self._dataset = self._dataset, self._text("dataset")
        model, self._model = self._model, self._text("model")
        if data != self._dataset:
            self.moved = {}
        changed = {"dataset": data != self._dataset, "model": model != self._model}
        self._drop([name for name, is_other in changed.items() if is_other])
        was, now = (before, shape), (self._task, self._schedule)
        if was == now:
            return False
        old, new = usual_of(*was), usual_of(*now)
        moved = {
            name: text_of(new[name]) for name in old
            if self._text(name) == text_of(old[name]) and new[name] != old[name]
            and name not in self._base.given
        }  # fmt: skip
        if before == self._task:
            self.values = {**self.values, **moved}
            return bool(moved)
        if kinds := kind_fields.moved(before, self._task, self._text):
            with contextlib.suppress(SpecError):  # a task that contradicts itself: _check says so
                self._base = self._base.replace(task=self._task, **{name: None for name in kinds})
            moved |= kinds
        self.offers, title = offers_for(self._task), called(self._task)
        fitting = [name for name, _ in self.offers["dataset"]]
        if data == self._dataset and fitting and is_listed(data) and data not in fitting:
            moved["dataset"] = self._dataset = own_of("dataset", self._task, fitting)
            self.moved = {**self.moved, "dataset": t("form.moved", old=data, task=title)}
            moved |= {f"columns.{role}": "" for role in known_roles()}
        model, able = self._model, [name for name, _ in self.offers["model"]]
        if able and is_listed(model, "model") and model not in able:
            moved["model"] = self._model = own_of("model", self._task, able)
            self.moved = {**self.moved, "model": t("form.moved_model", old=model, task=title)}
        if moved:
            self._drop([name for name in ("dataset", "model") if name in moved], noted=False)
            self.values = {**self.values, **moved}
        return bool(moved)

    def _drop(self, names: list[str], *, noted: bool = True) -> None:
        """Forget what was known of a model or dataset that is another one now, and why it moved."""
        self.facts = {name: said for name, said in self.facts.items() if name not in names}
        if noted:
            self.moved = {name: said for name, said in self.moved.items() if name not in names}

    def __repr__(self) -> str:
        return f"RecipeForm({self.recipe!r})" if not self.errors else "RecipeForm(with problems)"
