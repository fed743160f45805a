"""Where a multi-label run errs: labels missed or invented, at which threshold, in which texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.errors import DataError
from workbench.i18n import t
from workbench.inspection.predictions.readable import readable

from ..boxes import GridBox, VBox
from ..elements.class_table import ClassTable
from ..elements.examples_table import ExamplesTable
from ..elements.label_marks import LabelMarks
from ..elements.plot import Plot
from ..elements.stats import interval_figures
from ..elements.table import Sheet

if TYPE_CHECKING:
    import pandas as pd

    from workbench.inspection import LabelSets


class LabelSetsView(VBox):
    """Labels with threshold and intervals, pairs that are confused, texts, the labels of one text.

    Attributes
    ----------
    data : LabelSets or None
        What is shown.
    listed : pandas.DataFrame or None
        The predictions that are listed; the index is the position in all of them.
    """

    def __init__(self):
        self.classes, self.pairs = ClassTable(), Sheet(choosable=True)
        self.examples, self.marks, self.curve = ExamplesTable(), LabelMarks(), Plot()
        self.data: LabelSets | None = None
        self.listed: pd.DataFrame | None = None
        self._pairs: pd.DataFrame | None = None
        self._panel: Any = None
        self._quiet = False
        upper = GridBox([self.pairs, self.classes])
        upper.add_class("wb-upper")
        lower = GridBox([self.curve, self.marks])
        lower.add_class("wb-halves")
        super().__init__([upper, self.examples, lower])
        self.add_class("wb-stack")
        self.classes.observe(self._class_chosen, "selected")
        self.pairs.observe(self._pair_chosen, "selected")
        self.examples.observe(self._row_chosen, "selected")

    def load(self, panel: Any) -> None:
        """Show the run of an Inspect panel, and its metrics with intervals."""
        self._panel = panel
        self.data = data = inspection.label_sets(panel.run, panel.split)
        more = {name: t(f"column.{name}") for name in ("threshold", "missed", "invented")}
        self.classes.show(inspection.label_set_report(data), more)
        self._pairs = inspection.label_set_confusions(data)
        names = ("label", "prediction", "examples", "share")
        self.pairs.show(
            self._pairs[list(names)],
            [t("label_sets.label"), t("label_sets.prediction"), t("column.examples"),
             t("column.share")] if len(self._pairs) else [],
            heading=t("label_sets.pairs") if len(self._pairs) else "",
        )
        self.draw(None)
        self.list_examples()
        figures = interval_figures(inspection.label_set_intervals(data))
        figures += [
            (f"{data.truth.sum(axis=1).mean():.2f}", t("label_sets.mean_labels")),
            (f"{data.guess.sum(axis=1).mean():.2f}", t("label_sets.mean_predicted")),
            (f"{len(data.table):,}", t("inspect.held_out", split=t(f"split.{panel.split}"))),
        ]
        panel.metrics.show(figures)
        panel.query.has_pair = "pair" in data.table.columns

    def draw(self, label: str | None) -> None:
        """Draw precision, recall and F1 of a label over its threshold; none for None."""
        try:
            curve = inspection.label_threshold_curve(self.data, label=label) if label else None
        except DataError:  # no example has it, or all have: the table says so
            curve = None
        self.curve.layout.display = "none" if curve is None else None
        if curve is None:
            return
        lines = [
            {"name": t(f"column.{n}"), "x": curve["threshold"], "y": curve[n]}
            for n in ("precision", "recall", "f1")
        ]
        if (limit := curve.attrs["threshold"]) == limit:
            name = t("label_sets.chosen", value=limit)
            lines.append({"name": name, "x": [limit, limit], "y": [0, 1], "guide": True})
        title = t("curves_view.thresholds", name=label)
        self.curve.show(title, t("column.threshold"), t("column.share"), lines)

    def list_examples(self, missed: str | None = None, invented: str | None = None) -> pd.DataFrame:
        """List texts with a wrong set of labels, the greatest loss first.

        Parameters
        ----------
        missed, invented : str, optional
            Only texts in which these labels were; with the same label twice, either will do.
        """
        data = self.data
        wrong = (data.missed | data.invented).any(axis=1)
        heading = t("label_sets.all", n=int(wrong.sum()), total=len(wrong))
        if missed is not None and missed == invented:
            column = data.id_of(missed)
            wrong = data.missed[:, column] | data.invented[:, column]
            heading = t(
                "label_sets.of_label", name=missed, missed=int(data.missed[:, column].sum()),
                invented=int(data.invented[:, column].sum()),
            )  # fmt: skip
        elif missed is not None and invented is not None:
            wrong = data.missed[:, data.id_of(missed)] & data.invented[:, data.id_of(invented)]
            heading = t("label_sets.pair", label=missed, prediction=invented, n=int(wrong.sum()))
        rows = data.table.reset_index(drop=True)[wrong]
        self.listed = rows.sort_values("loss", ascending=False, kind="stable")
        self.examples.show(readable(self.listed), heading)
        self.marks.clear()
        return self.listed

    def _class_chosen(self, change: dict) -> None:
        if self.data is None or self._quiet:
            return
        name = change["new"] or None
        if name is not None and self.pairs.selected >= 0:
            self._quietly(self.pairs, -1)
        self.draw(name)
        self.list_examples(name, name)

    def _pair_chosen(self, change: dict) -> None:
        if self.data is None or self._quiet:
            return
        if change["new"] < 0:
            self.list_examples()
            return
        self._quietly(self.classes, "")
        self.draw(None)
        pair = self._pairs.iloc[change["new"]]
        self.list_examples(pair["label"], pair["prediction"])

    def _quietly(self, table: Any, selected: Any) -> None:
        """Take a choice back without what a person's choice does."""
        self._quiet = True
        try:
            table.selected = selected
        finally:
            self._quiet = False

    def _row_chosen(self, _change) -> None:
        position = self.examples.selected
        if position < 0 or self._panel is None or self.listed is None:
            return
        number = int(self.listed.index[position])
        data, row = self.data, self.data.table.iloc[number]
        self.marks.show(
            data.names, data.scores[number], data.thresholds,
            list(row["label"]), list(row["prediction"]),
        )  # fmt: skip
        said = inspection.labels_text(row["label"])
        self._panel.ask(row["text"], row.get("pair"), said)
