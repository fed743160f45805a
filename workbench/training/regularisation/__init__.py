"""What is added to the loss so that a model does not learn its texts by heart, a module each; its
name is the ``kind`` of a recipe's ``regularisation``.

A module holds ``Settings``; ``PREDICTS``, what the tasks that it is for predict, and ``NOT_OF``,
outputs of models that it is not for; and ``make(settings, predicts, loss)``, which returns a
:class:`Regulariser`. What a note and the form call it is the text ``regularisation.<kind>.title``.

A run logs ``loss``, the loss without what is added, so that curves of runs compare, and
``added_loss`` beside it: the sum of both is what is minimised.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from workbench.errors import RecipeError
from workbench.i18n import t
from workbench.recipe import REGULARISATION

from ..objectives import dropout
from ..parallel import ALONE, Alone

if TYPE_CHECKING:
    import torch

    from workbench.recipe import Recipe


class Regulariser(Protocol):
    """What is added to the loss of a step.

    ``passes`` are the forward passes that it needs of a micro-batch; with ``whole_step`` it needs
    the outputs of all of a step's (see :mod:`workbench.training.whole_step`), of which
    ``rows(logits, labels)`` then gives the loss.
    """

    passes: int
    whole_step: bool

    def begin(self, batches: list[dict], seed: int, ranks: Alone = ALONE) -> None:
        """A step begins, of these micro-batches and those that other ``ranks`` have; ``seed`` is of
        what is drawn for it."""

    def share(
        self, found: list[Any], labels: torch.Tensor, total: Callable, whole: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What is minimised of a micro-batch, and how much of it is added to its loss.

        Parameters
        ----------
        found : list
            What the model gave at each pass.
        labels : torch.Tensor
        total : callable
            ``total(found, labels)``: the sum of the losses.
        whole : float or torch.Tensor
            The normaliser of the loss, of the whole step.
        """


def make(recipe: Recipe, predicts: str, loss: Any) -> Regulariser | None:
    """What the recipe adds to ``loss``; None for nothing."""
    module = REGULARISATION.module(recipe.regularisation["kind"])
    return module.make(REGULARISATION.settings(recipe.regularisation), predicts, loss)


def check(recipe: Recipe, model: torch.nn.Module) -> None:
    """Refuse two passes of a model that computes the same at both (RecipeError)."""
    module = REGULARISATION.module(recipe.regularisation["kind"])
    if getattr(module, "NEEDS_DROPOUT", False) and not any(dropout.shares(model)):
        raise RecipeError(
            t("regularisation.no_dropout", model=recipe.model),
            t("regularisation.no_dropout_remedy"), field="regularisation",
        )  # fmt: skip


def said(recipe: Recipe) -> str:
    """Half a sentence about what is added; "" for nothing."""
    kind = recipe.regularisation["kind"]
    return "" if kind == REGULARISATION.default else t(f"regularisation.{kind}.said",
                                                       **recipe.regularisation)  # fmt: skip


__all__ = ["REGULARISATION", "Regulariser", "check", "make", "said"]
