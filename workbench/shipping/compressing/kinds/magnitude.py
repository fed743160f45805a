"""The smallest weights of each layer become zero (Han et al., 2015).

On the disk only those are kept that are not zero, beside a bit for each. It computes as many
products as before: this saves room, and no time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from workbench.i18n import t
from workbench.settings import setting

from ..parts import chosen
from ..rounding import tied

if TYPE_CHECKING:
    from ..work import Work


@dataclass(frozen=True)
class Settings:
    """What ``{"kind": "magnitude"}`` may say."""

    share: float = setting(0.3, "share", kinds=(int, float), low=0, open_low=True, high=0.99)
    """Share of each layer's weights that go."""

    layers: Any = setting(["attention", "feed-forward"], "classes or names", kinds=(str, list))
    """As of ``int8``."""


def apply(work: Work, settings: Settings) -> str:
    """See :mod:`workbench.shipping.compressing.kinds`."""
    work.check_plain("magnitude")
    names = tied(work.model, chosen(work.model, settings.layers))
    for name in names:
        weight: Any = work.model.get_submodule(name).weight
        n = int(settings.share * weight.numel())
        order = weight.detach().abs().flatten().argsort(stable=True)
        with torch.no_grad():
            weight.view(-1)[order[:n]] = 0.0
        if weight.data_ptr() not in {work.model.get_parameter(one).data_ptr()
                                     for one in work.sparse}:  # fmt: skip
            work.sparse.append(f"{name}.weight")
    return t("compress.sparse", share=settings.share, n=len(names))
