"""Some of the layers go: the first and the last stay, the others evenly between (``wb.shorten``).

Without a training afterwards hardly anything is left of what the model could.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.catalog.loading.safe_loading import load_model
from workbench.i18n import t
from workbench.settings import setting
from workbench.training.distilling.shortening import shorten

from ..recovering import recover

if TYPE_CHECKING:
    from ..work import Work


@dataclass(frozen=True)
class Settings:
    """What ``{"kind": "layers"}`` may say."""

    layers: int = setting(3, "layers", kinds=(int,), low=1, high=1000)
    """How many stay, of encoder and decoder each."""

    recover: dict = setting({}, "changes of the recipe", kinds=(dict,))
    """How the run's recipe is changed for a training afterwards, such as ``{"epochs": 1}``; empty
    for none."""


def apply(work: Work, settings: Settings) -> str:
    """See :mod:`workbench.shipping.compressing.kinds`."""
    work.check_untouched("layers")
    folder = shorten(work.run, settings.layers)
    work.model = load_model(folder, work.predictor().task.auto_class)
    said = t("compress.shortened", n=settings.layers)
    return f"{said} {recover(work, settings.recover)}".strip()
