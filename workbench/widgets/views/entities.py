"""Errors of a tagger: types, what they were taken for, and sentences in colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from workbench import inspection
from workbench.data.tags.tag_spans import tag_spans
from workbench.i18n import t
from workbench.inspection.predictions.kinds import task_for
from workbench.inspection.predictions.readable import readable

from ..base import View, module
from ..boxes import GridBox, VBox
from ..elements.class_table import ClassTable
from ..elements.confusion_grid import ConfusionGrid
from ..elements.examples_table import ExamplesTable
from ..elements.stats import interval_figures

if TYPE_CHECKING:
    import pandas as pd


class TaggedText(View):
    """A sentence whose entities are marked: those of the label below, the prediction's around."""

    TEXTS = "entities"
    _esm = module("views/entities.js")
    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    labels = traitlets.List().tag(sync=True)  # [type, first word, word after the last]
    predictions = traitlets.List().tag(sync=True)
    labelled = traitlets.Bool(True).tag(sync=True)  # whether somebody did

    def __init__(self, **traits):
        super().__init__(**traits)

    def show(self, words: list[str], labels: list[str] | None, predictions: list[str]) -> None:
        """Show this sentence; tags are BIO or of words, ``None`` where nobody labelled it."""
        with self.hold_sync():
            self.words = [str(word) for word in words]
            self.labelled = labels is not None
            self.labels = [] if labels is None else [list(s) for s in tag_spans(list(labels))]
            self.predictions = [list(span) for span in tag_spans(list(predictions))]

    def clear(self) -> None:
        """Show no sentence."""
        self.show([], [], [])


class EntitiesView(VBox):
    """Where a tagger errs: types with intervals, confusion of entities, their sentences."""

    def __init__(self):
        self.types, self.grid = ClassTable(), ConfusionGrid()
        self.examples, self.sentence = ExamplesTable(), TaggedText()
        self.errors: pd.DataFrame | None = None
        self._table: pd.DataFrame | None = None
        self._panel: Any = None
        upper = GridBox([self.grid, self.types])
        upper.add_class("wb-upper")
        super().__init__([upper, self.examples, self.sentence])
        self.add_class("wb-stack")
        self.grid.observe(self._cell_chosen, "selected")
        self.types.observe(self._type_chosen, "selected")
        self.examples.observe(self._row_chosen, "selected")

    def load(self, panel: Any) -> None:
        """Show the predictions of an Inspect panel, and its metrics with intervals."""
        self._panel, self._table = panel, panel.predictions
        self.errors = inspection.entity_errors(self._table)
        self.grid.show(inspection.entity_confusion(self._table))
        self.types.show(inspection.entity_report(self._table))
        self.sentence.clear()
        wrong = self.errors[self.errors["kind"] != "right"]
        self._list(wrong["example"], t("entities.all"))
        figures = interval_figures(inspection.entity_intervals(self._table))
        counts = self.errors["kind"].value_counts()
        kinds = [
            (f"{counts.get(kind, 0):,}", t(f"entities.{kind}"))
            for kind in inspection.ENTITY_KINDS
        ]  # fmt: skip
        panel.metrics.show([*figures, *kinds])
        panel.query.has_pair = False

    def _list(self, numbers, heading: str) -> None:
        """List sentences, the greatest loss first."""
        table = self._table.loc[sorted(set(numbers))].sort_values(
            "loss", ascending=False, kind="stable"
        )
        self.examples.show(
            readable(table).assign(tags=table["label"], tagged=table["prediction"]), heading,
            wrong=task_for(table).wrong(table),
        )  # fmt: skip

    def _cell_chosen(self, _change) -> None:
        if self.grid.chosen is None or self.errors is None:
            return
        label, prediction = self.grid.chosen
        chosen = (self.errors["label"] == label) & (self.errors["prediction"] == prediction)
        self._list(
            self.errors["example"][chosen],
            t("entities.cell", label=label, prediction=prediction, n=int(chosen.sum())),
        )

    def _type_chosen(self, change: dict) -> None:
        name = change["new"]
        if not name or self.errors is None:
            return
        of_type = (self.errors["label"] == name) | (self.errors["prediction"] == name)
        wrong = self.errors["example"][of_type & (self.errors["kind"] != "right")]
        self._list(wrong, t("entities.of_type", name=name))

    def _row_chosen(self, _change) -> None:
        row = self.examples.example
        if row is None or self._panel is None:
            return
        self.sentence.show(row["tokens"], row["tags"], row["tagged"])
        self._panel.ask(row["text"], None, "")
