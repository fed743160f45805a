"""Settings that follow from the data and the model, where a recipe names none of its own.

The rules are those of ``docs/defaults.md``, each with its measurement. They need numbers alone, so
that a form says what they give before anything is loaded; a run settles them once, when it begins,
and its recipe then names what came out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from .default_settings import task_defaults, usual_rate
from .i18n import t
from .task_registry import find
from .task_spec import USUAL, TaskSpec

if TYPE_CHECKING:
    from .recipe import Recipe

RULES = 1  # raised when a rule changes that no value shows, so that what was measured is told apart
STEPS_ROWS = 500  # training rows up to which the steps of a task are enough
FEW_CLASSES = 2  # that need no more steps for more rows
FEWEST, MOST = 2, 25  # passes
MOST_WRITING = 4  # of a model that learns to write texts, which it soon knows by heart
EVALUATIONS = 10  # of a training with more passes than that
WIDTHS = {"encoder": 384, "writer": 576}  # of the models that the tasks' rates are for


class Followed(NamedTuple):
    """A setting that nobody named, what it is for this data and model, and a sentence why."""

    field: str
    value: Any
    why: str


def passes(recipe: Recipe, rows: int, classes: int | None = None) -> int | float:
    """Passes over so many training rows: as many as make :func:`enough_steps`, within bounds.

    Those that the task declares where it does. Two passes at least, and at most :data:`MOST`,
    :data:`MOST_WRITING` of a task that writes, or what the task declares as ``most_passes``.

    Examples
    --------
    >>> from workbench import Recipe
    >>> [passes(Recipe(), rows) for rows in (100, 500, 2000, 50_000)]
    [25, 10, 5, 2]
    >>> [passes(Recipe(), rows, classes=2) for rows in (100, 500, 2000, 50_000)]
    [25, 10, 3, 2]
    >>> passes(Recipe(task="multi-label-classification"), 500)
    19
    >>> passes(Recipe(task="chat"), 100), passes(Recipe(task="sentence-similarity"), 100)
    (4, 3)
    """
    declared = task_defaults(recipe.task)["epochs"]
    if declared is not None:
        return declared
    most = getattr(find(recipe.task), "most_passes", None)
    if most is None or _learns_a_head(recipe):
        most = MOST_WRITING if _writes(recipe.task) else MOST
    enough = math.ceil(enough_steps(recipe.task, rows, classes) / steps_of_pass(recipe, rows))
    return min(max(enough, min(FEWEST, most)), most)


def enough_steps(task: str, rows: int, classes: int | None = None) -> int:
    """Optimizer steps that are enough to learn a task from so many rows, where the passes allow it.

    Those that the task declares up to :data:`STEPS_ROWS` rows; from there they grow with the root
    of the rows, except of :data:`FEW_CLASSES`.

    Parameters
    ----------
    classes : int, optional
        Of the data, where there are some and it is known how many.

    Examples
    --------
    >>> [enough_steps("text-classification", rows) for rows in (100, 500, 2000, 50_000)]
    [300, 300, 600, 3000]
    >>> enough_steps("text-classification", 2000, classes=2)
    300
    >>> enough_steps("multi-label-classification", 500)
    600
    """
    declared = find(task)
    steps = TaskSpec.steps if declared is None else declared.steps
    if classes is not None and classes <= FEW_CLASSES:
        return steps
    return round(steps * math.sqrt(max(1.0, rows / STEPS_ROWS)))


def rate(recipe: Recipe, width: int | None = None) -> float:
    """Learning rate for a model whose hidden states have so many numbers.

    The task's for the width of its own small model, and less in proportion for a wider one; what
    the method makes of it (``usual_rate`` of :mod:`workbench.training.methods`).

    Examples
    --------
    >>> from workbench import Recipe
    >>> rate(Recipe(), 384), rate(Recipe(), 768), rate(Recipe(method="lora"), 384)
    (0.0001, 5e-05, 0.0005)
    """
    full = (USUAL if _learns_a_head(recipe) else task_defaults(recipe.task))["learning_rate"]
    own = WIDTHS["writer" if _writes(recipe.task) else "encoder"]
    return usual_rate(recipe.method, full * min(1.0, own / (width or own)))


def evaluate_every(recipe: Recipe, rows: int, number: float) -> int | None:
    """Steps between evaluations of a training with so many passes; None for once a pass.

    Examples
    --------
    >>> from workbench import Recipe
    >>> evaluate_every(Recipe(), 100, 25), evaluate_every(Recipe(), 500, 10)
    (18, None)
    """
    if number <= EVALUATIONS:
        return None
    return math.ceil(number * steps_of_pass(recipe, rows) / EVALUATIONS)


def steps_of_pass(recipe: Recipe, rows: int) -> int:
    """Optimizer steps of a pass over so many rows, at least one."""
    return max(1, math.ceil(math.ceil(rows / recipe.batch_size) / recipe.gradient_accumulation))


def follow(
    recipe: Recipe, *, rows: int, width: int | None = None, classes: int | None = None
) -> list[Followed]:
    """What a recipe leaves to its data and model, settled; [] where it names everything.

    Parameters
    ----------
    rows : int
        For training, as they are laid into batches.
    width : int, optional
        Numbers of a hidden state of the model, where it is known.
    classes : int, optional
        Of the data, where there are some and it is known how many.

    Examples
    --------
    >>> from workbench import Recipe
    >>> [(one.field, one.value) for one in follow(Recipe(), rows=500, width=384)]
    [('epochs', 10), ('learning_rate', 0.0001)]
    >>> follow(Recipe(epochs=3, learning_rate=1e-4), rows=500)
    []
    """
    found = []
    each = steps_of_pass(recipe, rows)
    if recipe.epochs is None:
        if recipe.max_steps is not None:
            number: int | float = math.ceil(recipe.max_steps / each)
            why = t("follows.max_steps", value=number, steps=recipe.max_steps)
        else:
            number = passes(recipe, rows, classes)
            enough = enough_steps(recipe.task, rows, classes)
            why = _why_passes(recipe, rows, number, each, enough)
        found.append(Followed("epochs", number, why))
        every = None if recipe.max_steps is not None else evaluate_every(recipe, rows, number)
        if recipe.evaluate_every is None and every is not None:
            why = t("follows.evaluate_every", value=every, passes=number)
            found.append(Followed("evaluate_every", every, why))
    if recipe.learning_rate is None:
        value = rate(recipe, width)
        found.append(Followed("learning_rate", value, _why_rate(recipe, value, width)))
    return found


def _why_passes(recipe: Recipe, rows: int, number: float, each: int, enough: int) -> str:
    about = {"value": number, "rows": rows, "steps": round(number * each), "enough": enough}
    if task_defaults(recipe.task)["epochs"] is not None:
        return t("follows.declared", **about)
    if about["steps"] < enough:
        return t("follows.most", **about)
    return t("follows.fewest" if number == FEWEST else "follows.passes", **about)


def _why_rate(recipe: Recipe, value: float, width: int | None) -> str:
    kind = recipe.method["kind"]
    full = rate(recipe.replace(method="full"), width)
    if value != full:
        return t("follows.method", value=value, method=kind, full=full)
    usual = rate(recipe)
    if value != usual:
        return t("follows.width", value=value, width=width, usual=usual)
    return t("follows.rate", value=value)


def _learns_a_head(recipe: Recipe) -> bool:
    """Whether a kind that the recipe chooses has a head from nothing, where its task has none."""
    declared = find(recipe.task)
    return declared is not None and any(
        getattr(recipe, field, {}).get("kind") in kinds
        for field, kinds in declared.new_heads.items()
    )


def _writes(task: str) -> bool:
    declared = find(task)
    return declared is not None and declared.output == "text"
