r"""A word drawn by its probability, each row with random numbers of its own.

.. math:: p_i \propto \exp(z_i / T)

over the words that ``top_k`` and ``top_p`` leave (Holtzman et al., 2020). A row's numbers come from
a generator of its own, so its text does not depend on the rows that are written beside it: it is
what the library draws for this row alone after ``torch.manual_seed``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.settings import setting

from . import greedy

if TYPE_CHECKING:
    import torch

_COLD = 1e-6  # a quotient by less may be no finite number


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
    """``choose(step, scores)``: a word id a row, int64, of logits of shape (rows, n_words).

    The generator of a row begins with the sum of its seed and that of the settings.
    """
    import torch

    from workbench import libraries

    cool, few, likely = libraries.transformers(
        "TemperatureLogitsWarper", "TopKLogitsWarper", "TopPLogitsWarper"
    )
    changes: list[Any] = []
    if settings.temperature < _COLD:
        changes.append(_below_zero)
    if settings.temperature != 1:
        changes.append(cool(max(float(settings.temperature), torch.finfo(torch.float32).tiny)))
    if settings.top_k:
        changes.append(few(settings.top_k))
    if settings.top_p < 1:
        changes.append(likely(float(settings.top_p)))
    generators: list[torch.Generator] = []

    def choose(step: int, scores: torch.Tensor) -> torch.Tensor:
        if not generators:
            generators.extend(
                torch.Generator(scores.device).manual_seed((settings.seed + seed) % 2**63)
                for seed in seeds
            )
        scores = scores.float()
        for change in changes:
            scores = change(None, scores)
        shares = scores.softmax(-1)
        drawn = [
            torch.multinomial(row, 1, generator=own)
            for row, own in zip(shares, generators, strict=True)
        ]
        return torch.cat(drawn)

    return choose


def _below_zero(_: Any, scores: torch.Tensor) -> torch.Tensor:
    """The same but for a constant: whatever they are divided by, the likeliest stays 0."""
    return scores - scores.max(-1, keepdim=True).values
