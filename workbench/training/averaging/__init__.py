"""Averages of the weights over the steps, a module each; its name is the ``kind`` in a recipe.

Training goes on with the weights as they are; evaluations, checkpoints' models and the finished
model have the averages. A module holds ``Settings`` and ``shares(settings, steps)``, which gives,
for a run of so many optimizer steps, the share that the weights after a step (counted from 1) have
in the average of then: 0 while there is none, 1 where it begins. It depends on the step alone, so
that a run that goes on has the same averages. Nothing heavy is imported before there is a run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.i18n import t
from workbench.recipe_kinds import AVERAGING

if TYPE_CHECKING:
    import torch

    from workbench.recipe import Recipe

FILE = "averaging.safetensors"  # of a checkpoint: the weights as they were, and the averages


class Average:
    """The average of the weights that a run trains.

    Only these are averaged, each once however often it is shared: of LoRA the small matrices, of
    the word embedding the rows that training texts use. Averages are held on the weights' device,
    as wide as they are.

    Parameters
    ----------
    recipe : Recipe
    model : torch.nn.Module
        Whose weights are swapped for the averages within :meth:`applied`.
    """

    def __init__(self, recipe: Recipe, model: torch.nn.Module):
        self.recipe, self.model = recipe, model
        self.share: Callable[[int], float] = lambda step: 0.0
        self.trained: dict[str, torch.nn.Parameter] = {}
        self.means: dict[str, torch.Tensor] = {}

    def begin(self, steps: int, trained: Iterable[torch.nn.Parameter]) -> None:
        """A run of ``steps`` optimizer steps moves these weights.

        Raises
        ------
        RecipeError
            If the average would begin after the last step.
        """
        self.share = shares(self.recipe, steps)
        ids = {id(weight) for weight in trained}
        named = self.model.named_parameters()
        self.trained = {name: weight for name, weight in named if id(weight) in ids}

    def update(self, step: int) -> None:
        """Take in the weights after an optimizer step, counted from 1."""
        import torch

        share = self.share(step)
        if not share:
            return
        with torch.no_grad():
            if not self.means:
                self.means = {name: one.detach().clone() for name, one in self.trained.items()}
                return
            for name, mean in self.means.items():
                mean.lerp_(self.trained[name].detach(), share)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """The model holds the averages, where there are any; afterwards its weights of before."""
        swapped = [(name, self.model.get_parameter(name)) for name in self.means]
        self._swap(swapped)
        try:
            yield
        finally:
            self._swap(swapped)

    def settle(self) -> None:
        """Give the model the averages for good."""
        self._swap([(name, self.model.get_parameter(name)) for name in self.means])
        self.means = {}

    def _swap(self, swapped: list[tuple[str, Any]]) -> None:
        for name, weight in swapped:
            weight.data, self.means[name] = self.means[name], weight.data

    def save(self, folder: Path) -> None:
        """Write what :meth:`load` needs into a checkpoint; nothing while there is no average."""
        from safetensors.torch import save_file

        if self.means:
            found = {f"mean.{name}": mean for name, mean in self.means.items()}
            found |= {f"raw.{n}": self.model.get_parameter(n).detach() for n in self.means}
            save_file({n: one.contiguous() for n, one in found.items()}, folder / FILE)

    def load(self, folder: Path) -> None:
        """Go on from a checkpoint, whose averages the model holds: it gets its weights back."""
        from safetensors.torch import load_file

        self.means = {}
        if not (Path(folder) / FILE).is_file():
            return
        import torch

        found = load_file(Path(folder) / FILE)
        with torch.no_grad():
            for key, value in found.items():
                what, _, name = key.partition(".")
                weight = self.model.get_parameter(name)
                if what == "raw":
                    weight.copy_(value)
                else:
                    self.means[name] = value.to(weight.device)


def shares(recipe: Recipe, steps: int) -> Callable[[int], float]:
    """What part the weights after each step have in the average of then.

    Raises
    ------
    RecipeError
        If the average would begin after the last step.
    """
    settings = AVERAGING.settings(recipe.averaging)
    return AVERAGING.module(recipe.averaging["kind"]).shares(settings, steps)


def said(recipe: Recipe, model: torch.nn.Module) -> str:
    """Half a sentence about the average and the memory it takes; "" where there is none."""
    kind = recipe.averaging["kind"]
    if kind == AVERAGING.default:
        return ""
    size = sum(w.numel() * w.element_size() for w in model.parameters() if w.requires_grad)
    name = t(f"averaging.{kind}.title").partition(": ")[0]
    return t("averaging.said", name=name, megabytes=size / 1e6)


__all__ = ["AVERAGING", "FILE", "Average", "said", "shares"]
