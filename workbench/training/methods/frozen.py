"""The lowest layers stay as they are, with the embeddings or without (Lee et al., 2019, "What would
Elsa do? Freezing layers during transformer fine-tuning").

Of an encoder-decoder the lowest layers of both are frozen. With the embeddings frozen too, a step
goes back no deeper than to the lowest layer that is trained; a decoder that writes words with the
matrix that it reads them with then keeps that too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import RecipeError
from workbench.i18n import t
from workbench.settings import setting

from .full import KEEPS as KEEPS
from .full import Partly

if TYPE_CHECKING:
    import torch

    from . import Start


@dataclass(frozen=True)
class Settings:
    """What ``method: {kind: frozen}`` may say."""

    layers: float = setting(0.5, "layers or share", kinds=(int, float), low=0, high=1000, front=1)
    """How many of the lowest layers are frozen; below 1 the share of them, rounded down."""

    embeddings: bool = setting(True, "on or off", kinds=(bool,))
    """Whether word vectors, positions and what is beside them are frozen as well."""

    def __post_init__(self):
        if self.layers > 1 and self.layers != int(self.layers):
            raise RecipeError(
                t("methods.frozen.part", value=self.layers), t("methods.frozen.part_remedy"),
                field="method", setting="layers",
            )  # fmt: skip
        if not self.layers and not self.embeddings:
            raise RecipeError(
                t("methods.frozen.nothing"), t("methods.frozen.nothing_remedy"), field="method"
            )


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Partly:
    """Hold the lowest layers still.

    Raises
    ------
    RecipeError
        If the model has fewer layers, they cannot be told apart, or nothing would be trained.
    """
    from workbench.training.depths import depths

    found, wanted = depths(model), settings.layers
    n_layers = int(wanted * found.shortest) if wanted < 1 else int(wanted)
    of = " + ".join(str(len(stack)) for stack in found.stacks)
    if n_layers > found.shortest:
        both = "_both" if len(found.stacks) > 1 else ""
        raise RecipeError(
            t(f"methods.frozen.beyond{both}", value=wanted, model=type(model).__name__, n=of),
            t("methods.frozen.beyond_remedy", n=found.shortest),
            field="method", setting="layers",
        )  # fmt: skip
    frozen = found.lowest(n_layers) | (found.embeddings if settings.embeddings else frozenset())
    method = Partly(model, frozenset().union(*found.levels()) - frozen, start)
    said = "said_embeddings" if settings.embeddings else "said"
    method.said = t(f"methods.frozen.{said}", n=n_layers, of=of, trained=method.counted)
    return method
