"""Weights of eight bits, a scale a row or a group: a quarter of the size."""

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
    """What ``{"kind": "int8"}`` may say."""

    layers: Any = setting("auto", "classes or names of layers", kinds=(str, list))
    """``auto`` (all but the head), ``all``, ``attention``, ``feed-forward``, ``embeddings``,
    ``head``, the ends of layers' names, or a list of these."""

    group: int = setting(0, "weights", kinds=(int,), low=0, high=65536)
    """Weights of a row that share a scale; 0 for the whole row."""


def apply(work: Work, settings: Settings) -> str:
    """See :mod:`workbench.shipping.compressing.kinds`."""
    names = tied(work.model, chosen(work.model, settings.layers))
    return said(work, names, 8, round_layers(work.model, names, 8, settings.group))
