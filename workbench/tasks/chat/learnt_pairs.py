"""What is compared of pairs of replies, for people to look through before anything is trained."""

from __future__ import annotations

from typing import Any

from ...data.rendering.trained_rows import TrainedRow, TrainedRows, with_cut
from ...i18n import t
from ..shared.encoding import IGNORED
from ..shared.learnt_texts import UNCUT, around, row_numbers

SIDES = ("chosen", "rejected")


def of_pairs(task: Any, first: Any) -> TrainedRows:
    """Both sides of each pair: what is compared marked, what ``max_length`` cut away at its place.

    Pairs of which nothing is left to be compared are looked through as well.
    """
    tokenizer = first.tokenizer
    frame = first.frame.iloc[: first.most]
    kept = task.encode(tokenizer, frame, first.recipe.max_length)
    whole = task.encode(tokenizer, frame, UNCUT)
    special, found = around(tokenizer), []
    for number, row in enumerate(row_numbers(frame)):
        sides, problems = [], []
        for at, name in enumerate(SIDES):
            ids, labels = kept.sides[number][at]
            every, wanted = whole.sides[number][at]
            side = with_cut(ids, every, special)
            if len(side.ids) == len(wanted):  # in the order of the whole, what was cut with it
                side.learnt = [label != IGNORED for label in wanted]
            else:
                side.learnt = _under(side.cut, labels)
            side.heads[0] = t(f"preferences.{name}")
            if side.count(cut=True):
                problems.append(t("preferences.one_cut", side=side.heads[0]))
            sides.append(side)
        found.append(TrainedRow("train", row, t("learnt.of_data", row=row), sides, problems))
    legend = (t("preferences.compared"), t("learnt.cut"), t("learnt.read"), "")
    notes = [*first.rows.notes, t("preferences.told")]
    return TrainedRows(found, tokenizer, len(first.frame), notes, legend=legend)


def _under(cut: list[bool], labels: list[int]) -> list[bool]:
    """Whether each token is compared, of those that are kept."""
    left = iter(labels)
    return [not gone and next(left, IGNORED) != IGNORED for gone in cut]
