r"""Layer-wise learning rates: the head has the recipe's rate, each layer a share of the one above.

.. math:: \eta_{l} = \xi\, \eta_{l + 1}

with the head on top, then the layers from the last to the first, then the embeddings:
discriminative fine-tuning (Howard & Ruder, 2018), used for BERT by Sun et al. (2019, "How to
fine-tune BERT for text classification?") and for ELECTRA (Clark et al., 2020). The two top layers
of an encoder-decoder are equally high. A model without a head has the recipe's rate in its top
layer. Weight decay, which AdamW takes times the rate, falls with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.i18n import t
from workbench.settings import setting

from .full import KEEPS as KEEPS
from .full import Full

if TYPE_CHECKING:
    import torch

    from . import Start


@dataclass(frozen=True)
class Settings:
    """What ``method: {kind: layerwise}`` may say."""

    decay: float = setting(
        0.9, "share", kinds=(int, float), low=0, open_low=True, high=1, front=1
    )
    """The learning rate of a layer as a share of that of the layer above; 1 is full fine-tuning."""


class Layerwise(Full):
    """The model as it is, with a rate for each depth."""

    def __init__(self, model: torch.nn.Module, decay: float):
        from workbench.training.depths import depths

        super().__init__(model)
        levels = depths(model).levels()
        self.factors = {
            name: decay**down for down, level in enumerate(levels) for name in sorted(level)
        }
        self.said = t("methods.layerwise.said", factor=decay ** (len(levels) - 1))

    def rates(self) -> dict[str, float]:
        """The decay, as often as a weight's level is below the top."""
        return self.factors


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Layerwise:
    """Find each weight's depth.

    Raises
    ------
    RecipeError
        If the model's layers cannot be told apart.
    """
    return Layerwise(model, settings.decay)
