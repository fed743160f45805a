"""What the model says of one typed text: an answer in its context, entities, labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from workbench import inspection
from workbench.i18n import t
from workbench.inspection.readable import readable
from workbench.score_columns import score_column, scored_names

from .answers_view import AnswerText
from .entities_view import TaggedText
from .label_marks import LabelMarks
from .sheet import Sheet

if TYPE_CHECKING:
    import pandas as pd


class Said(ipywidgets.VBox):
    """The prediction of one text as its task shows it; empty where a class or number says all."""

    def __init__(self):
        self.answer, self.sentence = AnswerText(), TaggedText()
        self.marks, self.entities = LabelMarks(), Sheet()
        super().__init__([])
        self.add_class("wb-stack")

    def show(self, run: Any, text: str, row: pd.Series) -> None:
        """Show a row of ``run.predict``."""
        kind = inspection.kind_of(run)
        if kind == "span":
            self.answer.show_prediction(row)
            self.children = (self.answer,)
        elif kind == "tags":
            words, tags = list(row["tokens"]), list(row["prediction"])
            self.sentence.show(words, None, tags)
            found = inspection.entities_in(text, words, tags)
            names = [t(f"entities.{n}") for n in ("entity", "type_head", "start", "end")]
            self.entities.show(
                found, names if len(found) else [],
                heading=t("entities.found_n", n=len(found)),
                note=t("entities.sure", score=float(row["score"])),
            )  # fmt: skip
            self.children = (self.sentence, self.entities)
        elif kind == "labels":
            limits = inspection.label_limits(run)
            names = inspection.class_names(row.to_frame().T)
            self.marks.show(
                names, [float(row[score_column(name)]) for name in names],
                [limits.get(name, float("nan")) for name in names], None, list(row["prediction"]),
            )  # fmt: skip
            self.children = (self.marks,)
        else:
            self.children = ()

    def clear(self) -> None:
        """Show nothing."""
        self.children = ()


def said_of(row: pd.Series) -> tuple[str | float, dict[str, float]]:
    """Prediction and scores of a row of ``run.predict``, short enough for a line."""
    table = row.to_frame().T
    kind = inspection.kind_of(table.infer_objects())
    if kind == "number":
        return float(row["prediction"]), {}
    scores = {name: float(row[score_column(name)]) for name in scored_names(row.index)}
    if kind == "span":
        scores = {t("query.answer_score"): float(row["score"])}
    return str(readable(table)["prediction"].iloc[0]), scores
