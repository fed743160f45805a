"""The least needed heads of attention are left out, wherever they are (Michel et al., 2019).

Importances are made comparable between layers by dividing by their length in each. A layer keeps
one head at least. The library's classes need as many heads in each layer, so that what is left is
kept in a folder of our own form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.catalog.model_folders import cut_heads
from workbench.errors import ModelError
from workbench.i18n import t
from workbench.settings import setting

from ..importance import importances
from ..recovering import recover

if TYPE_CHECKING:
    from ..work import Work


@dataclass(frozen=True)
class Settings:
    """What ``{"kind": "heads"}`` may say."""

    share: float = setting(0.25, "share", kinds=(int, float), low=0, open_low=True, high=0.99)
    """Share of all heads that go."""

    texts: int = setting(256, "examples", kinds=(int,), low=1, high=1_000_000)
    """Training examples, from the first, by which it is found what is needed."""

    recover: dict = setting({}, "changes of the recipe", kinds=(dict,))
    """How the run's recipe is changed for a training afterwards, such as ``{"epochs": 1}``; empty
    for none."""


def apply(work: Work, settings: Settings) -> str:
    """See :mod:`workbench.shipping.compressing.kinds`."""
    work.check_plain("heads")
    if "method" in settings.recover:  # what is added to the zeros would let the heads speak again
        raise ModelError(t("compress.heads_method"), t("compress.heads_method_remedy"))
    layers = list(cut_heads.attentions(work.model))
    if not layers:
        raise ModelError(t("compress.no_heads", kind=work.model.config.model_type),
                         t("compress.no_part_remedy"))  # fmt: skip
    going = least(work, layers, settings)
    for one in layers:
        cut_heads.silence(work.model, one, going[one.name])
    said = t("compress.heads", n=sum(map(len, going.values())),
             of=sum(one.heads for one in layers))  # fmt: skip
    recovered = recover(work, settings.recover)
    for one in layers:
        gone = going[one.name]
        if not set(gone) <= set(cut_heads.silent(work.model, one)):
            raise ModelError(t("compress.heads_back", layer=one.name),
                             t("compress.heads_method_remedy"))  # fmt: skip
        if gone:
            kept = [head for head in range(one.heads) if head not in gone]
            cut_heads.cut(work.model, one, kept)
            work.cut[one.name] = one, kept
    return f"{said} {recovered}".strip()


def least(
    work: Work, layers: list[cut_heads.Attention], settings: Settings
) -> dict[str, list[int]]:
    """The heads of each layer that are needed least; one at least is left in each."""
    scores = importances(work, {one.out: one.size for one in layers}, settings.texts)
    ranked = []
    for one in layers:
        score = scores[one.out] / scores[one.out].norm().clamp_min(1e-30)
        ranked += [(float(score[head]), one.name, head) for head in range(one.heads)]
    wanted, left = round(settings.share * len(ranked)), {one.name: one.heads for one in layers}
    going: dict[str, list[int]] = {one.name: [] for one in layers}
    for _, name, head in sorted(ranked):
        if wanted and left[name] > 1:
            going[name].append(head)
            left[name] -= 1
            wanted -= 1
    return {name: sorted(heads) for name, heads in going.items()}
