r"""A word drawn by its probability, each row with random numbers of its own.

.. math:: p_i \propto \exp(z_i / T)

over the words that ``top_k`` and ``top_p`` leave (Holtzman et al., 2020). A row's numbers come from
its seed alone, so its text does not depend on the rows that are written beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.settings import setting

from . import greedy

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Settings(greedy.Settings):
    """What ``generation: {kind: sampling}`` may say."""

    temperature: float = setting(1.0, "factor", kinds=(int, float), low=0, open_low=True, high=100)
    """Below 1 likely words become likelier, above 1 the others."""

    top_k: int = setting(0, "words", kinds=(int,), low=0)
    """Draw from so many of the likeliest words; 0 is all."""

    top_p: float = setting(1.0, "share", kinds=(int, float), low=0, open_low=True, high=1)
    """Draw from the likeliest words that together have this probability."""

    seed: int = setting(0, "integer", kinds=(int,), low=0, high=2**32 - 1)
    """Of the draws; with another one other texts are written."""


def chooser(settings: Settings, seeds: list[int]) -> Callable[[int, torch.Tensor], torch.Tensor]:
    """``choose(step, scores)``: a word id a row, int64, of logits of shape (rows, n_words)."""
    import numpy as np
    import torch

    draws = np.stack(
        [
            np.random.default_rng([settings.seed, seed]).random(settings.max_new_tokens, np.float32)
            for seed in seeds
        ]
    )
    kept: dict[torch.device, torch.Tensor] = {}  # all draws are brought to the device once

    def choose(step: int, scores: torch.Tensor) -> torch.Tensor:
        if scores.device not in kept:
            kept[scores.device] = torch.from_numpy(draws).to(scores.device)
        count = min(settings.top_k or scores.shape[-1], scores.shape[-1])
        values, words = (scores.float() / settings.temperature).topk(count, dim=-1)
        shares = values.softmax(-1)
        before = shares.cumsum(-1) - shares
        shares = shares.masked_fill(before >= settings.top_p, 0.0)  # the likeliest one stays
        ends = shares.cumsum(-1)
        point = kept[scores.device][:, step, None] * ends[:, -1:]
        last = (shares > 0).sum(-1, keepdim=True) - 1
        place = torch.minimum((ends <= point).sum(-1, keepdim=True), last)
        return words.gather(-1, place)[:, 0]

    return choose
