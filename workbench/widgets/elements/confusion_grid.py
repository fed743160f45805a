"""The confusion matrix as a table of buttons: a cell is a question about its examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import traitlets

from workbench.i18n import t

from ..base import View, module

if TYPE_CHECKING:
    import pandas as pd

MAX_CLASSES = 40  # drawn at most: the ones with most errors


class ConfusionGrid(View):
    """Rows are labels, columns predictions; a click or Enter chooses a cell.

    Attributes
    ----------
    shown : {'counts', 'label', 'prediction'}
        Counts, or per cent of the label's row (its diagonal is recall), or of the column of a
        predicted class (its diagonal is precision).
    selected : list of int
        ``[row, column]`` as class ids of the matrix that was shown, or empty.
    """

    TEXTS = "confusion"
    _esm = module("keys.js", "elements/confusion_grid.js")
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)  # of the drawn classes
    ids = traitlets.List(traitlets.Int()).tag(sync=True)  # their class ids
    counts = traitlets.Bytes(b"").tag(sync=True)  # int32 [k, k] of the drawn classes
    support = traitlets.List(traitlets.Int()).tag(sync=True)  # examples of each drawn label
    predicted = traitlets.List(traitlets.Int()).tag(sync=True)  # examples predicted as each class
    shown = traitlets.Enum(("counts", "label", "prediction"), "counts").tag(sync=True)
    selected = traitlets.List(traitlets.Int()).tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)

    def __init__(self, confusion: pd.DataFrame | None = None, **traits):
        super().__init__(**traits)
        self.class_names: list[str] = []
        if confusion is not None:
            self.show(confusion)

    def show(self, confusion: pd.DataFrame) -> None:
        """Show this matrix; what was selected is not any more.

        Parameters
        ----------
        confusion : pandas.DataFrame of int, n_classes rows and columns
            What :func:`workbench.inspection.confusion` returns.
        """
        counts = confusion.to_numpy().astype(np.int64)
        self.class_names = [str(name) for name in confusion.index]
        kept = np.arange(len(counts))
        if len(counts) > MAX_CLASSES:
            errors = counts.sum(0) + counts.sum(1) - 2 * counts.diagonal()
            kept = np.sort(np.argsort(-errors, kind="stable")[:MAX_CLASSES])
        with self.hold_sync():
            self.selected = []
            self.ids = kept.tolist()
            self.names = [self.class_names[i] for i in kept]
            self.support = counts.sum(1)[kept].tolist()
            self.predicted = counts.sum(0)[kept].tolist()
            self.counts = counts[np.ix_(kept, kept)].astype("<i4").tobytes()
            self.note = (
                t("confusion.some", shown=len(kept), all=len(counts))
                if len(kept) < len(counts)
                else ""
            )

    def select(self, label: str | None, prediction: str | None = None) -> None:
        """Choose the cell of these class names, as a click does; None for no cell.

        Raises
        ------
        ValueError
            If there is no such class.
        """
        self.selected = [] if label is None else [
            self.class_names.index(label), self.class_names.index(prediction)
        ]  # fmt: skip

    @property
    def chosen(self) -> tuple[str, str] | None:
        """Label and prediction of the chosen cell."""
        if not self.selected:
            return None
        row, column = self.selected
        return self.class_names[row], self.class_names[column]

    def __repr__(self) -> str:
        return f"ConfusionGrid({len(self.class_names)} classes)"
