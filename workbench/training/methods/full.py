"""All weights of the model are trained."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import ModelError, RecipeError, RunError
from workbench.i18n import t

if TYPE_CHECKING:
    import torch

    from . import Start


KEEPS = ""


@dataclass(frozen=True)
class Settings:
    """Full fine-tuning has no settings."""


class Full:
    """The model as it is."""

    said, keeps, whole = "", KEEPS, True

    def __init__(self, model: torch.nn.Module):
        self.model = model

    def save(self, folder: Path, weights: Mapping[str, torch.Tensor] | None = None) -> None:
        """The library's own folder of the model, whole; ``weights`` in place of its own."""
        from workbench.catalog.loading.missing_weights import weights_to_save

        of_model = weights_to_save(self.model) if weights is None else weights
        self.model.save_pretrained(folder, state_dict=of_model)

    def load(self, folder: Path) -> None:
        """The weights of a folder that :meth:`save` wrote."""
        from safetensors.torch import load_file

        self.put(load_file(folder / "model.safetensors"))

    def rates(self) -> dict[str, float]:
        """All at the recipe's rate."""
        return {}

    def at_step(self, step: int, steps: int) -> None:
        """The same is trained at each step."""

    def weights(self) -> dict[str, torch.Tensor]:
        """Copies of all weights, on the CPU."""
        found = self.model.state_dict()
        return {name: value.detach().to("cpu", copy=True) for name, value in found.items()}

    def put(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Weights as :meth:`weights` gave them; of those that are shared, one is enough."""
        self.model.load_state_dict(weights, strict=False)

    def merge(self) -> torch.nn.Module:
        """The model: nothing was added to it."""
        return self.model


class Partly(Full):
    """The model with some of its weights held still.

    They are computed without gradients, and where nothing below is trained the backward pass ends
    there. Dropout stays where the library has it while a model is trained, in frozen parts too.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place.
    trained : collection of str
        Names of the weights that are trained.
    start : Start
    """

    whole = False

    def __init__(self, model: torch.nn.Module, trained: Collection[str], start: Start):
        super().__init__(model)
        self.start = start
        tied = model.get_expanded_tied_weights_keys(all_submodels=True)
        every = list(model.named_parameters(remove_duplicate=False))
        own = {id(weight) for name, weight in every if name in {*trained, *start.new}}
        # under each name that the library does not tie by itself: without it, one would be missing
        self._own = {name for name, weight in every if id(weight) in own and name not in tied}
        for name, weight in model.named_parameters():
            weight.requires_grad_(weight.requires_grad and name in trained)
        if not trained:
            raise RecipeError(t("methods.nothing"), t("methods.nothing_remedy"), field="method")

    def save(self, folder: Path, weights: Mapping[str, torch.Tensor] | None = None) -> None:
        """What is trained, and of which model the rest is."""
        from workbench.catalog.model_folders import adapters, trained_weights

        trained_weights.write(folder, self.weights() if weights is None else weights)
        adapters.note_base(folder, self.start.folder, self.start.reference)

    def load(self, folder: Path) -> None:
        """The weights of a folder that :meth:`save` wrote; of runs of before it holds all.

        Raises
        ------
        RunError
            If they do not belong to this model, or its other weights are not those of then.
        """
        from workbench.catalog.model_folders import adapters, trained_weights

        if not trained_weights.is_part(folder):
            super().load(folder)
            return
        what = t("adapter.checkpoint", name=folder.name)
        try:
            adapters.check_base(folder, self.start.folder, what)
            trained_weights.laid_on(self.model, folder, what)
        except ModelError as error:
            raise RunError(error.message, error.remedy) from error

    def weights(self) -> dict[str, torch.Tensor]:
        """Copies of what is trained, and of what is new, on the CPU."""
        return {
            name: value.detach().to("cpu", copy=True)
            for name, value in self.model.named_parameters(remove_duplicate=False)
            if name in self._own
        }  # fmt: skip

    @property
    def counted(self) -> str:
        """How many parameters are trained, of all, in words."""
        every = [(part.numel(), part.requires_grad) for part in self.model.parameters()]
        total, trained = sum(n for n, _ in every), sum(n for n, wanted in every if wanted)
        return t("methods.trained", trained=trained, every=total, share=100 * trained / total)


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Full:
    """Nothing is added to the model."""
    return Full(model)
