"""How good replies are beside those that were given, and what writes some without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...baselines.nearest import Nearest
from ...baselines.plain import MostFrequent
from ...data.conversations.stored import from_line
from ...measures.overlap import rouge
from ...measures.shape import distinct, length_ratio
from ...measures.translation import chrf

if TYPE_CHECKING:
    import pandas as pd


def measured(written: list[str], wanted: list[str]) -> dict[str, float]:
    """``rougeL``, ``chrf``, ``distinct_2``, ``length_ratio``; {} where no reply was written.

    A question has many good answers: these say how near texts are, not how right.
    """
    if not written:
        return {}
    found = [rouge(written, wanted)["rougeL"], chrf(written, wanted), distinct(written, n=2),
             length_ratio(written, wanted)]  # fmt: skip
    return {one.name: float(one.value) for one in found}


def baselines(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, dict[str, float]]:
    """The reply that occurs most often, and the reply to the nearest question."""
    found = {}
    for made in (MostFrequent(), Nearest()):
        made.fit(_questions(train), train["reply"].tolist())
        found[made.name] = measured(made.write(_questions(test)), test["reply"].tolist())
    return found


def _questions(frame: pd.DataFrame) -> list[str]:
    """What was said right before each reply."""
    asked = []
    for line in frame["conversation"]:
        one, ask = from_line(line)
        asked.append(one.messages[ask - 1].content if ask else "")
    return asked
