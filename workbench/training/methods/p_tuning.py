"""P-tuning: vectors in front of every text are learnt, computed by a small net.

The net ties the virtual tokens together while they are trained; afterwards they are vectors as in
prompt tuning, and the net is not needed (Liu et al., 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.settings import setting

from ._adapter import KEEPS as KEEPS
from ._virtual import Virtual, check_model, put_in_front

if TYPE_CHECKING:
    import torch

    from . import Start


def usual_rate(full: float, settings: Any = None) -> float:
    """The usual learning rate, where ``full`` is that of training all weights."""
    return max(full, 1e-3)


@dataclass(frozen=True)
class Settings:
    """What ``method: {kind: p_tuning}`` may say."""

    tokens: int = setting(20, "tokens", kinds=(int,), low=1, high=4096, front=1)
    """How many virtual tokens are read in front of a text; they take up room in the model."""

    net: str = setting("mlp", "name", kinds=(str,), choices=("mlp", "lstm"))
    """What computes them: three layers, ``mlp``, or a net that reads them in order, ``lstm``."""

    width: int = setting(128, "numbers", kinds=(int,), low=1, high=16_384)
    """Width of the inner layers of that net."""


def fits(model: torch.nn.Module, settings: Settings, start: Start) -> None:
    """Refuse a model that cannot read virtual tokens (RecipeError)."""
    assert start.recipe is not None
    check_model(model, start.recipe, "p_tuning", settings.tokens)


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Virtual:
    """Let a model read virtual tokens.

    Raises
    ------
    RecipeError
        If it cannot, or texts have no room behind them.
    """
    import peft

    about = {
        "num_virtual_tokens": settings.tokens,
        "encoder_reparameterization_type": settings.net.upper(),
        "encoder_hidden_size": settings.width,
    }
    return put_in_front(model, peft.PromptEncoderConfig, about, start, "p_tuning")
