"""Settings that a recipe has which names none: they follow from its task and its method."""

from __future__ import annotations

from typing import Any

from . import task_registry
from .errors import RecipeError, SpecError, nearest
from .i18n import t
from .recipe_text import check_plain
from .settings import Kinds
from .task_spec import USUAL

METHODS = Kinds("method", "workbench.training.methods", "full")  # ways of changing weights


FOLLOWING = ("epochs", "learning_rate")  # a recipe that names none leaves them to data and model


def task_defaults(task: str, method: str = "full") -> dict[str, Any]:
    """The settings of :data:`.task_parts.USUAL` that a task declares, or that are usual.

    The rate is the task's for a model as wide as its own, as its kind of method has it
    (:func:`usual_rate`); ``epochs`` is None where the task declares none.

    Examples
    --------
    >>> usual = task_defaults("text-classification")
    >>> usual["epochs"], usual["learning_rate"], usual["max_length"], usual["batch_size"]
    (None, 0.0001, 128, 16)
    """
    declared = task_registry.find(task)
    found = {**USUAL, **(declared.defaults if declared else {})}
    return {**found, "learning_rate": usual_rate(method, found["learning_rate"])}


def recipe_defaults(task: str) -> dict[str, Any]:
    """What a recipe of this task holds that names none of these settings: None for what follows.

    >>> recipe_defaults("text-classification")["learning_rate"] is None
    True
    """
    return {**task_defaults(task), **dict.fromkeys(FOLLOWING)}


def kinds_for(task: str, field: str) -> tuple[str, ...]:
    """Kinds of a recipe's field that apply to a task, the usual one first; () for all.

    >>> kinds_for("chat", "rows")
    ('texts', 'packed')
    """
    declared = task_registry.find(task)
    return tuple(declared.kinds.get(field, ())) if declared else ()


def _checked_kinds(task: str, kinds: Kinds) -> tuple[str, ...]:
    """:func:`kinds_for`, once there are such kinds (SpecError)."""
    known = kinds_for(task, kinds.field)
    for kind in known:
        if kind not in kinds.names():
            raise SpecError(
                t("task.no_kind", task=repr(task), kind=repr(kind), field=kinds.field),
                nearest(kind, kinds.names()),
            )
    return known


def usual_kind(task: str, kinds: Kinds) -> dict:
    """What a recipe of this task has in a field of kinds that names none.

    Raises
    ------
    SpecError
        If the task declares a kind that does not exist.

    >>> from workbench.recipe import ROWS
    >>> usual_kind("language-modelling", ROWS)
    {'kind': 'blocks'}
    """
    return kinds.filled(next(iter(_checked_kinds(task, kinds)), kinds.default))


def of_kind(value: Any, kinds: Kinds, task: str) -> dict:
    """What a recipe of this task has in a field of kinds, filled: the usual one for None.

    Raises
    ------
    RecipeError
        Names the setting, the value and what is allowed.
    SpecError
        If the task declares a kind that does not exist.
    """
    value = usual_kind(task, kinds) if value is None else value
    check_plain(value, kinds.field)
    value, known = kinds.filled(value), _checked_kinds(task, kinds)
    if known and value["kind"] not in known:
        raise RecipeError(
            t("kinds.not_for", field=kinds.field, kind=repr(value["kind"]), task=task),
            nearest(value["kind"], known), field=kinds.field,
        )  # fmt: skip
    return value


def task_samples(task: str) -> dict[str, str]:
    """``model`` and ``dataset`` of a recipe of this task that names none.

    Examples
    --------
    >>> task_samples("regression")
    {'model': 'sample:minilm-l6', 'dataset': 'sample:movie-strength'}
    """
    declared, first = task_registry.find(task), task_registry.default()
    return {
        name: (declared and getattr(declared, name)) or getattr(first, name)
        for name in ("model", "dataset")
    }


def sample_columns(task: str, dataset: str) -> dict[str, str]:
    """The columns of a task's roles in a sample that calls them otherwise; {} for other data.

    Examples
    --------
    >>> sample_columns("text-to-text", "sample:cmudict")
    {'source': 'word', 'target': 'phonemes'}
    """
    declared = task_registry.find(task)
    return dict(declared.sample_columns.get(dataset, {})) if declared else {}


def usual_rate(method: str | dict, full: float) -> float:
    """The usual learning rate of a method where ``full`` is that of training all weights.

    ``method`` is its kind, or what a recipe says of it with all its settings.
    """
    kind = method if isinstance(method, str) else method["kind"]
    own = getattr(METHODS.module(kind), "usual_rate", None) if kind in METHODS.names() else None
    if own is None:
        return full
    settings = None if isinstance(method, str) else METHODS.settings(method)
    return float(f"{own(full, settings):.6g}")
