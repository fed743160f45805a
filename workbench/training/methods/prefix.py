"""Prefix tuning: keys and values that every layer finds in front of a text are learnt.

Attention looks at them as at tokens that were read before (Li and Liang, 2021). They alone are
trained; with ``projection`` they are computed from fewer numbers by a small net while they are
trained, which the paper found steadier. For decoders: others keep nothing of what they have read.
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
    return max(full, 1e-2)


@dataclass(frozen=True)
class Settings:
    """What ``method: {kind: prefix}`` may say."""

    tokens: int = setting(20, "tokens", kinds=(int,), low=1, high=4096, front=1)
    """How many virtual tokens each layer finds in front of a text."""

    projection: bool = setting(False, "on or off", kinds=(bool,))
    """Whether they are computed by a net of two layers while they are trained."""


def fits(model: torch.nn.Module, settings: Settings, start: Start) -> None:
    """Refuse a model that cannot read virtual tokens (RecipeError)."""
    assert start.recipe is not None
    check_model(model, start.recipe, "prefix", settings.tokens)


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Virtual:
    """Let every layer of a model look at virtual tokens.

    Raises
    ------
    RecipeError
        If it cannot, or texts have no room behind them.
    """
    import peft

    about: dict[str, Any] = {"num_virtual_tokens": settings.tokens}
    about |= {"prefix_projection": settings.projection}
    if settings.projection:
        about["encoder_hidden_size"] = model.config.hidden_size
    return put_in_front(model, peft.PrefixTuningConfig, about, start, "prefix")
