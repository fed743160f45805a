"""Moving words to where a model errs, and learning from that, a module each; its name is the
``kind`` of a recipe's ``adversarial``.

A module holds ``Settings``, ``PREDICTS`` (what the tasks that it is for predict) and
``make(settings, length)``, which returns an :class:`._attack.Attack`. What the word embedding
*gives* is moved, never its weights: there is nothing to restore, frozen weights (LoRA) can be moved
too, and a text's move does not hang on the texts beside it.

How far is said as a multiple of ``length``, the mean L2 norm of the model's word vectors as the run
begins. Their scale is a model's own business: MiniLM's are about 1 long, those of Miyato et al.
(2017), of variance 1 in each of 256 dimensions, 16. One number would be a nudge to these and leave
nothing of those.

A run logs ``loss``, the loss of the texts as they are, so that curves of runs compare, and
``added_loss``, that of the moved ones: their sum is what is minimised.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbench.errors import RecipeError
from workbench.i18n import t
from workbench.recipe import ADVERSARIAL
from workbench.task_words import called

if TYPE_CHECKING:
    import torch

    from workbench.recipe import Recipe


def make(recipe: Recipe, model: torch.nn.Module) -> Any:
    """The attack of a recipe; None for none.

    ``model`` has the weights that the run begins with, so that a run that goes on moves words as
    far as before.
    """
    kind = recipe.adversarial["kind"]
    if kind == ADVERSARIAL.default:
        return None
    from ._attack import mean_length

    settings = ADVERSARIAL.settings(recipe.adversarial)
    return ADVERSARIAL.module(kind).make(settings, mean_length(model))


def check(recipe: Recipe, loss: Any) -> None:
    """Refuse a loss that needs all texts of a step at once (RecipeError)."""
    if recipe.adversarial["kind"] != ADVERSARIAL.default and getattr(loss, "whole_step", False):
        raise RecipeError(
            t("adversarial.whole_step", task=called(recipe.task)), t("adversarial.leave_away"),
            field="adversarial",
        )  # fmt: skip


@contextlib.contextmanager
def looking(recipe: Recipe, model: torch.nn.Module) -> Iterator[None]:
    """Refuse a model that does not look its words up in its word embedding (RecipeError), by what
    it computes meanwhile."""
    if recipe.adversarial["kind"] == ADVERSARIAL.default:
        yield
        return
    from ._attack import tables

    calls: list[Any] = []
    handles = [table.register_forward_hook(lambda *_: calls.append(1)) for table in tables(model)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
    if not calls:
        raise RecipeError(
            t("adversarial.no_table", model=recipe.model), t("adversarial.leave_away"),
            field="adversarial",
        )  # fmt: skip


def said(recipe: Recipe, attack: Any) -> str:
    """Half a sentence about the attack that :func:`make` gave; "" for none."""
    if attack is None:
        return ""
    far = attack.size if attack.radius is None else attack.radius
    return t(f"adversarial.{recipe.adversarial['kind']}.said", **recipe.adversarial, far=far)


__all__ = ["ADVERSARIAL", "check", "looking", "make", "said"]
