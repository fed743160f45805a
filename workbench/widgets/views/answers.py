"""Errors of a question answerer: groups of questions, their list, one context with its marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from workbench import inspection
from workbench.i18n import t
from workbench.inspection.predictions.kinds import task_for

from ..base import View, module
from ..boxes import VBox
from ..elements.answer_groups import AnswerGroups
from ..elements.examples_table import ExamplesTable
from ..elements.stats import interval_figures

if TYPE_CHECKING:
    import pandas as pd


class AnswerText(View):
    """A context with its right answer and the predicted one marked, and the next best spans."""

    TEXTS = "answers"
    _esm = module("views/answers.js")
    question = traitlets.Unicode().tag(sync=True)
    parts = traitlets.List().tag(sync=True)  # [text, is of the answer, is of the prediction]
    answers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    prediction = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)
    best = traitlets.List().tag(sync=True)  # [text, share]
    no_answer = traitlets.Float(0.0).tag(sync=True)
    known = traitlets.Bool(True).tag(sync=True)  # whether the right answer is
    score = traitlets.Float(0.0).tag(sync=True)  # of the prediction, where it is not

    def __init__(self, **traits):
        super().__init__(**traits)

    def show(self, row: pd.Series) -> None:
        """Show this row of :func:`workbench.inspection.answer_errors`."""
        answers = list(row["answers"])
        start = int(row["answer_start"])
        gold = (start, start + len(answers[0])) if answers and start >= 0 else (0, 0)
        with self.hold_sync():
            self.known = True
            self.question = str(row["question"])
            self.parts = marked(row["context"], gold, (int(row["start"]), int(row["end"])))
            self.answers = list(dict.fromkeys(map(str, answers)))
            self.prediction, self.kind = str(row["prediction"]), str(row["kind"])
            self.best = [[str(one["text"]), float(one["score"])] for one in row["n_best"]]
            self.no_answer = float(row["no_answer_score"])

    def show_prediction(self, row: pd.Series) -> None:
        """Show a row of ``run.predict``: a question whose right answer nobody gave."""
        with self.hold_sync():
            self.known = False
            self.question = str(row["question"])
            self.parts = marked(row["context"], (0, 0), (int(row["start"]), int(row["end"])))
            self.answers, self.prediction, self.kind = [], str(row["prediction"]), ""
            self.score = float(row["score"])
            self.best = [[str(one["text"]), float(one["score"])] for one in row["n_best"]]
            self.no_answer = float(row["no_answer_score"])

    def clear(self) -> None:
        """Show no question."""
        with self.hold_sync():
            self.question, self.parts, self.answers, self.best = "", [], [], []


def marked(context: str, gold: tuple[int, int], said: tuple[int, int]) -> list[list]:
    """The context in parts: text, whether it is of the answer, whether of the prediction.

    Examples
    --------
    >>> marked("in Rome now", (3, 7), (0, 7))
    [['in ', False, True], ['Rome', True, True], [' now', False, False]]
    """
    ends = sorted({0, len(context), *(place for place in (*gold, *said) if place > 0)})
    return [
        [context[a:b], gold[0] <= a and b <= gold[1], said[0] <= a and b <= said[1]]
        for a, b in zip(ends[:-1], ends[1:], strict=True)
    ]


class AnswersView(VBox):
    """Where a question answerer errs: groups with intervals, questions by loss, one in its text."""

    def __init__(self):
        self.groups, self.examples, self.answer = AnswerGroups(), ExamplesTable(), AnswerText()
        self.errors: pd.DataFrame | None = None
        self._panel: Any = None
        super().__init__([self.groups, self.examples, self.answer])
        self.add_class("wb-stack")
        self.groups.observe(self._group_chosen, ["selected", "by"])
        self.examples.observe(self._row_chosen, "selected")

    def load(self, panel: Any) -> None:
        """Show the predictions of an Inspect panel, and its metrics with intervals."""
        self._panel = panel
        self.errors = inspection.answer_errors(panel.predictions)
        self.groups.show(self.errors)
        self.answer.clear()
        self._list()
        figures = interval_figures(inspection.answer_intervals(self.errors))
        counts = self.errors["kind"].value_counts()
        kinds = [
            (f"{counts.get(kind, 0):,}", t(f"answers.{kind}"))
            for kind in inspection.ANSWER_KINDS
            if counts.get(kind, 0) or kind in ("right", "part", "elsewhere")
        ]
        panel.metrics.show([*figures, *kinds])
        panel.query.has_pair = True

    def _list(self) -> None:
        """List the wrong questions of the chosen group, or all of them, the greatest loss first."""
        chosen, name = self.errors, self.groups.selected
        if name:
            chosen = chosen[chosen[self.groups.by] == name]
        if not (self.groups.by == "kind" and name):
            chosen = chosen[chosen["kind"] != "right"]
        chosen = chosen.sort_values("loss", ascending=False, kind="stable")
        heading = t("answers.of_group", name=t_group(name)) if name else t("answers.all")
        self._chosen = chosen
        task = task_for(chosen)
        shown = task.readable(chosen).drop(columns="context")
        self.examples.show(shown, heading, wrong=task.wrong(chosen))

    def _group_chosen(self, _change) -> None:
        if self.errors is not None:
            self._list()

    def _row_chosen(self, _change) -> None:
        if self.examples.example is None or self._panel is None:
            return
        row = self._chosen.iloc[self.examples.selected]
        self.answer.show(row)
        label = row["answers"][0] if len(row["answers"]) else t("answers.nothing")
        self._panel.ask(row["question"], row["context"], label)


def t_group(name: str) -> str:
    """A group's name for people: kinds have texts, the others are words of English already."""
    return t(f"answers.{name}") if name in inspection.ANSWER_KINDS else name
