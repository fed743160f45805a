"""Weights and inputs of eight bits; an input's scale is found for each token as it comes.

Products are of whole numbers, which CPUs compute several times as fast. Tables of vectors have no
products: their weights alone are rounded.
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
    """What ``{"kind": "int8_dynamic"}`` may say."""

    layers: Any = setting("auto", "classes or names of layers", kinds=(str, list))
    """``auto`` (all but the head), ``all``, ``attention``, ``feed-forward``, ``embeddings``,
    ``head``, the ends of layers' names, or a list of these."""


def apply(work: Work, settings: Settings) -> str:
    """See :mod:`workbench.shipping.compressing.kinds`."""
    names = tied(work.model, chosen(work.model, settings.layers))
    return said(work, names, 8, round_layers(work.model, names, 8, 0, "dynamic"))
