"""Weights of four bits in groups, each with a scale and a least value of its own.

One scale for a whole row lets its largest weight decide how coarse all others are; groups of 32
are finer, for one bit more a weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.settings import setting

from ..parts import chosen
from ..rounding import round_layers, said, tied

if TYPE_CHECKING:
    from ..work import Work


@dataclass(frozen=True)
class Settings:
    """What ``{"kind": "int4"}`` may say."""

    layers: Any = setting("auto", "classes or names of layers", kinds=(str, list))
    """``auto`` (all but the head), ``all``, ``attention``, ``feed-forward``, ``embeddings``,
    ``head``, the ends of layers' names, or a list of these."""

    group: int = setting(32, "weights", kinds=(int,), low=0, high=65536)
    """Weights of a row that share a scale; 0 for the whole row."""


def apply(work: Work, settings: Settings) -> str:
    """See :mod:`workbench.shipping.compressing.kinds`."""
    names = tied(work.model, chosen(work.model, settings.layers))
    return said(work, names, 4, round_layers(work.model, names, 4, settings.group))
