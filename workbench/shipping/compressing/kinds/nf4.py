"""Weights of four bits whose values are dense where normal numbers are, by bitsandbytes (NF4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.catalog.model_folders import four_bits
from workbench.catalog.model_folders.rounded import linear_kinds
from workbench.device import device_name
from workbench.errors import ModelError
from workbench.i18n import t
from workbench.settings import setting

from ..parts import chosen
from ..rounding import said

if TYPE_CHECKING:
    from ..work import Work


@dataclass(frozen=True)
class Settings:
    """What ``{"kind": "nf4"}`` may say."""

    layers: Any = setting(["attention", "feed-forward"], "classes or names", kinds=(str, list))
    """Linear layers: ``attention``, ``feed-forward``, ``head``, or the ends of their names; tables
    of vectors cannot be had so."""


def apply(work: Work, settings: Settings) -> str:
    """See :mod:`workbench.shipping.compressing.kinds`."""
    four_bits.check(t("compress.nf4"), device_name())
    names = [name for name in chosen(work.model, settings.layers)
             if isinstance(work.model.get_submodule(name), linear_kinds())]  # fmt: skip
    odd = [name for name in names if not four_bits.fits(work.model.get_submodule(name))]
    names = [name for name in names if name not in odd]
    if not names:
        raise ModelError(t("four_bits.none"), t("compress.nf4_remedy"))
    moved = four_bits.quantise(work.model, names)
    left = f" {t('compress.nf4_left', names=', '.join(odd))}" if odd else ""
    return said(work, names, 4, moved) + left
