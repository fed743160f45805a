"""The labels of one text: what it has, what was predicted, each score beside its threshold."""

from __future__ import annotations

from collections.abc import Sequence

import traitlets

from ..base import View, module

MOST = 12  # labels that are listed, beside all that are given or predicted


class LabelMarks(View):
    """Labels by score: right, missed, invented, and the nearest of those that were left out."""

    TEXTS = "label_sets"
    _esm = module("elements/label_marks.js")
    rows = traitlets.List().tag(sync=True)  # [name, score, threshold or None, mark]

    def __init__(self, **traits):
        super().__init__(**traits)

    def show(
        self,
        names: Sequence[str],
        scores: Sequence[float],
        thresholds: Sequence[float],
        labels: Sequence[str] | None,
        predictions: Sequence[str],
    ) -> None:
        """Show these labels; a threshold that is not known is NaN, labels that are not None."""
        rows = []
        for name, score, limit in zip(names, scores, thresholds, strict=True):
            if labels is None:
                mark = "given" if name in predictions else "left"
            else:
                mark = _MARKS[name in labels, name in predictions]
            known = None if limit != limit else float(limit)
            rows.append([str(name), float(score), known, mark])
        rows.sort(key=lambda row: -row[1])
        told = [row for row in rows if row[3] != "left"]
        rest = [row for row in rows if row[3] == "left"][: max(0, MOST - len(told))]
        self.rows = sorted(told + rest, key=lambda row: -row[1])

    def clear(self) -> None:
        """Show no label."""
        self.rows = []

    def __repr__(self) -> str:
        return f"LabelMarks({len(self.rows)} labels)"


_MARKS = {  # has the label, is predicted
    (True, True): "right", (True, False): "missed", (False, True): "invented",
    (False, False): "left",
}  # fmt: skip
