"""Prompt tuning: vectors in front of every text are learnt, in place of words of a prompt.

The model stays as it is and reads the virtual tokens as it reads words (Lester et al., 2021). They
and the parts that are new (the task's head) are trained. A classifier of the BERT family looks at
the first virtual token where it looked at the text's first one, as peft's does.
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
    """The usual learning rate, where ``full`` is that of training all weights: as vectors of words
    are large beside the steps that matrices take."""
    return max(full, 1e-2)


@dataclass(frozen=True)
class Settings:
    """What ``method: {kind: prompt}`` may say."""

    tokens: int = setting(20, "tokens", kinds=(int,), low=1, high=4096, front=1)
    """How many virtual tokens are read in front of a text; they take up room in the model."""

    begin: str = setting("words", "name", kinds=(str,), choices=("words", "random"))
    """What they are at first: vectors of ``words`` that are drawn, or ``random`` numbers."""


def fits(model: torch.nn.Module, settings: Settings, start: Start) -> None:
    """Refuse a model that cannot read virtual tokens (RecipeError)."""
    assert start.recipe is not None
    check_model(model, start.recipe, "prompt", settings.tokens)


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Virtual:
    """Let a model read virtual tokens.

    Raises
    ------
    RecipeError
        If it cannot, or texts have no room behind them.
    """
    import peft

    begun = "SAMPLE_VOCAB" if settings.begin == "words" else "RANDOM"
    about = {"num_virtual_tokens": settings.tokens, "prompt_tuning_init": begun}
    return put_in_front(model, peft.PromptTuningConfig, about, start, "prompt")
