"""What is minimised, a module each; its name is the ``kind`` of a recipe's ``loss``.

A module holds ``Settings``, a frozen dataclass of what a recipe may say beside the kind;
``PREDICTS``, what the tasks that it is for predict (``TaskSpec.predicts``); and
``make(settings, own)``, which returns an object with ``total(logits, labels)`` and
``normaliser(labels)``: a batch's loss is the sum of totals over the sum of normalisers, however it
was cut into micro-batches. ``own`` is the loss that the task would have had. A module that builds
on it has ``ADDS = True``; where it takes its place, settings of the own loss are refused. What a
note and the form call it is the text ``losses.<kind>.title`` of the catalogue of words.

It may have ``NEEDS``, a role that the tasks that it is for must have; ``MEASURES``, the metrics
that evaluations give in place of the task's, the first of which decides; ``ALONE``, whether a
recipe's ``regularisation`` and ``adversarial`` cannot go with it; and of its object
``figures(outputs)``, further sums over the rows of a batch, which curves show of each step, and
``disable_dropout``, whether the model computes as it does where it is not trained.

Recipes are checked by these modules, so they import nothing heavy before ``make`` is called. The
loss that evaluations report stays the task's own, unless there are ``MEASURES``: runs are compared
by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.i18n import t
from workbench.recipe import LOSSES

if TYPE_CHECKING:
    from workbench.data.examples import Examples
    from workbench.recipe import Recipe
    from workbench.tasks.base import Task


def prepare(recipe: Recipe, task: Task, examples: Examples) -> Any:
    """The loss that the recipe's model is trained by.

    Raises
    ------
    RecipeError
        If settings of the loss do not fit the examples.
    """
    module = LOSSES.module(recipe.loss["kind"])
    return module.make(LOSSES.settings(recipe.loss), task.prepare_loss(recipe, examples))


def said(recipe: Recipe) -> str:
    """Half a sentence about a loss that is not the task's own; "" for that."""
    kind = recipe.loss["kind"]
    if kind == LOSSES.default:
        return ""
    key = "said_of_all" if hasattr(LOSSES.module(kind), "MEASURES") else "said"
    return t(f"losses.{key}", name=t(f"losses.{kind}.title"))


__all__ = ["LOSSES", "prepare", "said"]
