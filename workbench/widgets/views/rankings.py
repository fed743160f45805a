"""The view Rankings: wrong texts that stand before the right one, and the nearest pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.i18n import t

from ..boxes import VBox
from ..elements.table import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 50  # rows of each table


class RankingsView(VBox):
    """Two tables of an Inspect panel's predictions; a row that is chosen is asked about.

    Attributes
    ----------
    hard, near : pandas.DataFrame or None
        What the tables show: :func:`hard_texts`, :func:`nearest_pairs`.
    """

    def __init__(self):
        self.wrong, self.pairs = Sheet(choosable=True), Sheet(choosable=True)
        self.hard: pd.DataFrame | None = None
        self.near: pd.DataFrame | None = None
        self._panel: Any = None
        super().__init__([self.wrong, self.pairs])
        self.add_class("wb-stack")
        for sheet in (self.wrong, self.pairs):
            sheet.observe(self._chosen, "selected")

    def load(self, panel: Any) -> None:
        """Show the predictions of an Inspect panel."""
        self._panel = panel
        panel.query.has_pair = True  # a second text is compared
        table = panel.predictions
        self.hard, self.near = hard_texts(table), nearest_pairs(table)
        names = ["text", "right", "rank", "score", "ahead", "nearer"]
        n = int((table["rank"] > 1).sum())
        self.wrong.show(
            self.hard.head(MOST), [t(f"rankings.{name}") for name in names],
            heading=t("rankings.title"),
            note=t("rankings.note", n=n, of=len(table)) if n else t("rankings.none"),
        )  # fmt: skip
        said = {True: t("rankings.yes"), False: t("rankings.no")}
        shown = self.near.head(MOST)
        shown = shown.assign(right=shown["right"].map(said))
        self.pairs.show(
            shown, [t(f"rankings.{name}") for name in ("text", "found", "score", "is_right")],
            heading=t("rankings.pairs"), note=t("rankings.pairs_note"),
        )  # fmt: skip

    def _chosen(self, change: dict) -> None:
        table = self.hard if change["owner"] is self.wrong else self.near
        if table is not None and self._panel is not None and 0 <= change["new"] < len(table):
            self._panel.ask(str(table["text"].iloc[change["new"]]), None, "")


def hard_texts(predictions: pd.DataFrame) -> pd.DataFrame:
    """Texts that have a wrong one before their own, with the one that stands first.

    Returns
    -------
    pandas.DataFrame, the furthest off first
        ``text``, ``label`` (its own), ``rank``, ``score`` (of its own), ``ahead``, ``nearer`` (its
        score).
    """
    rows = predictions[predictions["rank"] > 1].sort_values(
        ["rank", "score"], ascending=[False, True], kind="stable"
    )
    first: Sequence[str] = [one[0] if len(one) else "" for one in rows["ahead"]]
    found = rows[["text", "label", "rank", "score"]].assign(ahead=first)
    return found.assign(nearer=rows["found_score"]).reset_index(drop=True)


def nearest_pairs(predictions: pd.DataFrame) -> pd.DataFrame:
    """What was found first for each text, the nearest first: ``text``, ``prediction``, ``score``,
    ``right``."""
    rows = predictions.sort_values("found_score", ascending=False, kind="stable")
    return pd.DataFrame(
        {"text": rows["text"], "prediction": rows["prediction"], "score": rows["found_score"],
         "right": rows["rank"] <= 1}
    ).reset_index(drop=True)  # fmt: skip
