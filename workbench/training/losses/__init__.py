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
recipe's ``regularisation`` and ``adversarial`` cannot go with it; ``check(recipe)``, which refuses
before anything is loaded, and ``pads(recipe)``, whether batches have to be padded; and of its
object ``figures(outputs)``, further sums over the rows of a batch, which curves show of each step,
and ``disable_dropout``, whether the model computes as it does where it is not trained.

An object that asks another model has ``begin(recipe, prepared, folder)``, called once with the
run's folder; ``listen(recipe, prepared, folder, tick, share)``, which gives the rows to be trained
on; ``look(inputs, labels)``, called before each pass; and ``leave()``, when training is over.

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


def check(recipe: Recipe) -> None:
    """Refuse what can be known to be wrong before anything is loaded (RecipeError)."""
    module = LOSSES.module(recipe.loss["kind"])
    if hasattr(module, "check"):
        module.check(recipe)


def pads(recipe: Recipe) -> bool:
    """Whether the loss needs padded batches."""
    module = LOSSES.module(recipe.loss["kind"])
    return hasattr(module, "pads") and module.pads(recipe)


def said(recipe: Recipe) -> str:
    """Half a sentence about a loss that is not the task's own; "" for that."""
    kind = recipe.loss["kind"]
    if kind == LOSSES.default:
        return ""
    key = "said_of_all" if hasattr(LOSSES.module(kind), "MEASURES") else "said"
    return t(f"losses.{key}", name=t(f"losses.{kind}.title"))


__all__ = ["LOSSES", "check", "pads", "prepare", "said"]
