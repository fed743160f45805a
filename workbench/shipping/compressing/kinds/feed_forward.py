"""The least needed neurons of each feed-forward part are left out; a plain, narrower model is left.

Each part loses as many, since the library's configurations have one width for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import ModelError
from workbench.i18n import t
from workbench.settings import setting

from ..feed_forwards import cut, feed_forwards, note
from ..importance import importances
from ..recovering import recover

if TYPE_CHECKING:
    from ..work import Work


@dataclass(frozen=True)
class Settings:
    """What ``{"kind": "feed_forward"}`` may say."""

    share: float = setting(0.5, "share", kinds=(int, float), low=0, open_low=True, high=0.99)
    """Share of the neurons that go."""

    texts: int = setting(256, "examples", kinds=(int,), low=1, high=1_000_000)
    """Training examples, from the first, by which it is found what is needed."""

    recover: dict = setting({}, "changes of the recipe", kinds=(dict,))
    """How the run's recipe is changed for a training afterwards, such as ``{"epochs": 1}``; empty
    for none."""


def apply(work: Work, settings: Settings) -> str:
    """See :mod:`workbench.shipping.compressing.kinds`."""
    work.check_plain("feed_forward")
    parts = list(feed_forwards(work.model))
    if not parts:
        raise ModelError(
            t("compress.no_feed_forward", kind=work.model.config.model_type),
            t("compress.no_part_remedy"),
        )
    scores = importances(work, {one.out: 1 for one in parts}, settings.texts)
    for one in parts:
        n = max(1, round(one.neurons * (1 - settings.share)))
        best = scores[one.out].argsort(descending=True, stable=True)[:n]
        cut(work.model, one, best.sort().values.tolist())
        note(work.model.config, one.settings, n)
    said = t("compress.neurons", share=settings.share, parts=len(parts))
    return f"{said} {recover(work, settings.recover)}".strip()
