"""Ways of changing a model's weights, a module each; its name is the ``kind`` in a recipe.

A module holds ``Settings``, a frozen dataclass of what a recipe's ``method`` may say beside its
kind, ``KEEPS``, the folder beside a run's finished model for what the method saves ("" where that
is the model), ``usual_rate(full, settings)`` (the usual learning rate where ``full`` is that of
full fine-tuning; the same where it is left out), and ``wrap(model, settings, start)``, which
returns a :class:`Method`. Nothing heavy is imported before that is called: recipes are checked by
these modules.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from workbench.recipe import METHODS

if TYPE_CHECKING:
    import torch

    from workbench.recipe import Recipe


@dataclass(frozen=True)
class Start:
    """What training starts from.

    ``recipe`` is the run's, where there is one;
    ``folder`` holds the pretrained model, ``reference`` is the recipe's name for it; ``new`` are
    the names of weights that the folder does not have, such as a new head's; ``seed`` is that of
    what the method adds.
    """

    folder: Path
    reference: str
    new: tuple[str, ...]
    seed: int
    recipe: Recipe | None = None


class Method(Protocol):
    """A way of changing weights, laid on one model.

    ``model`` is what is trained: the library's class, whatever was put into it. ``said`` is half
    a sentence about what is trained,
    "" where it is everything; ``keeps`` is the module's ``KEEPS``; ``whole`` says whether
    :meth:`save` writes all weights, or what is trained alone. One whose changes no plain model
    can hold says ``merges = False``, and ``before()``, a context in which the model is as it was.
    """

    model: torch.nn.Module
    said: str
    keeps: str
    whole: bool

    def save(self, folder: Path, weights: Mapping[str, torch.Tensor] | None = None) -> None:
        """Write what :meth:`load` and plain libraries read; ``weights`` in place of the model's."""

    def load(self, folder: Path) -> None:
        """Give the model the weights that :meth:`save` wrote (RunError if it cannot)."""

    def rates(self) -> dict[str, float]:
        """Factors of the learning rate, by name of the model's parameters; 1 where left out."""

    def at_step(self, step: int, steps: int) -> None:
        """Called before the forward passes of each optimizer step, after ``step`` of ``steps``.

        What it lets be trained may follow from these two numbers alone, so that a run that goes on
        does what it would have done; all that is ever trained has its gradients on before.
        """

    def weights(self) -> dict[str, torch.Tensor]:
        """Copies, on the CPU, of all that :meth:`save` needs."""

    def put(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Give the model the weights that :meth:`weights` gave."""

    def merge(self) -> torch.nn.Module:
        """The plain model that computes the same; nothing is trained after it."""


def wrap(model: torch.nn.Module, recipe: Recipe, start: Start) -> Method:
    """Lay the recipe's method on a model, which is changed in place.

    Raises
    ------
    RecipeError
        If the model has not what the method's settings name.
    """
    module = METHODS.module(recipe.method["kind"])
    start = dataclasses.replace(start, recipe=recipe)
    return module.wrap(model, METHODS.settings(recipe.method), start)


def check(recipe: Recipe) -> None:
    """Refuse what can be refused without the model: a package that is not there (RecipeError)."""
    module = METHODS.module(recipe.method["kind"])
    if hasattr(module, "check"):
        module.check(METHODS.settings(recipe.method))


def fits(model: torch.nn.Module, recipe: Recipe, start: Start) -> None:
    """Refuse a model whose kind or layers the recipe's method cannot do with, before there is data.

    Parameters
    ----------
    model : torch.nn.Module
        Without its weights (on the meta device), and of no use afterwards.

    Raises
    ------
    RecipeError, ModelError
        What :func:`wrap` would raise, where that follows from names and shapes.
    """
    module = METHODS.module(recipe.method["kind"])
    start = dataclasses.replace(start, recipe=recipe)
    getattr(module, "fits", module.wrap)(model, METHODS.settings(recipe.method), start)


def before(method: Any) -> contextlib.AbstractContextManager:
    """In which a model that nothing was learnt with computes what it did before it was wrapped."""
    return method.before() if hasattr(method, "before") else contextlib.nullcontext()


def tokens_taken(recipe: Recipe) -> int:
    """How many of a model's positions the method takes for itself."""
    return getattr(METHODS.settings(recipe.method), "tokens", 0)


def keeps(recipe: Recipe) -> str:
    """Folder of a run for what its method saves beside the finished model; "" where nothing is."""
    return METHODS.module(recipe.method["kind"]).KEEPS


__all__ = ["METHODS", "Method", "Start", "before", "check", "fits", "keeps", "tokens_taken", "wrap"]
