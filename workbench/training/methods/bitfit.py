"""BitFit: the biases are trained, those of the norms too, and the task's head (Ben Zaken et al.,
2022, "BitFit: simple parameter-efficient fine-tuning for transformer-based masked
language-models").

The word layer that a model was pretrained with is no head of a task: of models that write or fill
gaps the biases alone are trained, and what their folder did not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import RecipeError
from workbench.i18n import t

from .full import KEEPS as KEEPS
from .full import Partly

if TYPE_CHECKING:
    import torch

    from . import Start


@dataclass(frozen=True)
class Settings:
    """BitFit has no settings."""


def usual_rate(full: float, settings: Any = None) -> float:
    """The usual learning rate, where ``full`` is that of training all weights.

    The biases are about a thousandth of the weights: at the rate of full fine-tuning they hardly
    move what the model says in a short run.
    """
    return max(full, min(20 * full, 3e-3))


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Partly:
    """Hold still what is no bias, in the body.

    Raises
    ------
    RecipeError
        If the body has no biases.
    """
    from workbench.training.depths import has_words, head_of

    head = head_of(model, start.new)
    biases = {
        name for name, weight in model.named_parameters()
        if weight.requires_grad and name.rpartition(".")[2].endswith("bias")
    }  # fmt: skip
    if not biases - head:
        raise RecipeError(
            t("methods.bitfit.none", model=type(model).__name__), t("methods.bitfit.none_remedy"),
            field="method",
        )  # fmt: skip
    if model.get_output_embeddings() is not None or has_words(model, head):
        head &= {*start.new}
    method = Partly(model, biases | head, start)
    said = "said" if head else "said_alone"
    method.said = t(f"methods.bitfit.{said}", trained=method.counted)
    return method
