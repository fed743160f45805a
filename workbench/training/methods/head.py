"""The head alone is trained, over a body that stays as it was (feature extraction; Peters et al.,
2019, "To tune or not to tune").

With the head goes what the model's folder did not have, such as a new pooler. A model that writes
is trained so where its word layer has a matrix of its own; one that reads and writes words with the
same matrix is refused, as is a model without a head.
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
    """Training the head alone has no settings."""


def usual_rate(full: float, settings: Any = None) -> float:
    """The usual learning rate, where ``full`` is that of training all weights.

    There is nothing pretrained to be kept from harm, and a head that starts from chance and cannot
    lean on its body has a long way to go.
    """
    return max(full, min(20 * full, 3e-3))


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Partly:
    """Hold the body still.

    Raises
    ------
    RecipeError
        If the model has no head that is not of its body too.
    """
    from workbench.training.depths import head_of, reads_its_words

    trained = head_of(model, start.new)
    if not trained:
        why = "tied" if reads_its_words(model) else "none"
        raise RecipeError(
            t(f"methods.head.{why}", model=type(model).__name__), t("methods.head.remedy"),
            field="method",
        )  # fmt: skip
    method = Partly(model, trained, start)
    method.said = t("methods.head.said", trained=method.counted)
    return method
