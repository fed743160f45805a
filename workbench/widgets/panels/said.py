"""What the model says of one typed text: an answer in its context, entities, labels."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.i18n import t
from workbench.inspection.predictions.kinds import spec_for
from workbench.inspection.predictions.readable import readable
from workbench.score_columns import score_column, scored_names
from workbench.task_spec import load_object

from ..boxes import VBox
from ..elements.table import Sheet

if TYPE_CHECKING:
    import pandas as pd

    from ..elements.label_marks import LabelMarks
    from ..views.answers import AnswerText
    from ..views.entities import TaggedText


class Said(VBox):
    """The prediction of one text as its task shows it; empty where a class or number says all.

    Each part is made when a task first asks for it: what is made is part of every saved notebook.
    """

    def __init__(self):
        super().__init__([])
        self.add_class("wb-stack")

    @cached_property
    def answer(self) -> AnswerText:
        """An answer in its context."""
        from ..views.answers import AnswerText

        return AnswerText()

    @cached_property
    def sentence(self) -> TaggedText:
        """A sentence in colour."""
        from ..views.entities import TaggedText

        return TaggedText()

    @cached_property
    def marks(self) -> LabelMarks:
        """Scores of several labels."""
        from ..elements.label_marks import LabelMarks

        return LabelMarks()

    @cached_property
    def entities(self) -> Sheet:
        """Entities in a table."""
        return Sheet()

    @cached_property
    def gaps(self) -> Sheet:
        """Words for gaps in a table."""
        return Sheet()

    def show(self, run: Any, text: str, row: pd.Series) -> None:
        """Show a row of ``run.predict``."""
        place = spec_for(run).said_view
        shown = load_object(place, "A task's way to show an answer") if place else None
        self.children = tuple(shown(self, run, text, row)) if shown else ()

    def clear(self) -> None:
        """Show nothing."""
        self.children = ()


def answer_of_question(said: Said, run: Any, text: str, row: pd.Series) -> list:
    """The answer in its context, with the next best ones."""
    said.answer.show_prediction(row)
    return [said.answer]


def tags_of_sentence(said: Said, run: Any, text: str, row: pd.Series) -> list:
    """The sentence in colour, and its entities with their places in a table."""
    words, tags = list(row["tokens"]), list(row["prediction"])
    said.sentence.show(words, None, tags)
    found = inspection.entities_in(text, words, tags)
    names = [t(f"entities.{n}") for n in ("entity", "type_head", "start", "end")]
    said.entities.show(
        found, names if len(found) else [],
        heading=t("entities.found_n", n=len(found)),
        note=t("entities.sure", score=float(row["score"])),
    )  # fmt: skip
    return [said.sentence, said.entities]


def gaps_of_text(said: Said, run: Any, text: str, row: pd.Series) -> list:
    """Each gap with the likeliest words; of a text without one each word masked in turn."""
    import pandas as pd

    rows = [
        [own or t("gaps.unknown"), *(f"{word} {p:.2f}" for word, p in zip(words, ps, strict=True))]
        for own, words, ps in zip(row["masked"], row["likeliest"], row["probabilities"],
                                  strict=True)
    ]  # fmt: skip
    width = max(map(len, rows), default=0)
    names = [t("gaps.token"), t("gaps.likeliest"), *[""] * (width - 2)][:width]
    known = row["pseudo_perplexity"] == row["pseudo_perplexity"]
    said.gaps.show(
        pd.DataFrame(rows), names, heading=t("gaps.found", n=len(rows)),
        note=t("gaps.pseudo", value=float(row["pseudo_perplexity"])) if known else "",
    )  # fmt: skip
    return [said.gaps]


def nearest_texts(said: Said, run: Any, text: str, row: pd.Series) -> list:
    """The texts that are nearest to a typed one, the nearest first, and how near another is."""
    import pandas as pd

    found = pd.DataFrame({"text": list(row["nearest"]), "score": list(row["nearest_scores"])})
    names = [t("matching.found_text"), t("matching.found_score")]
    note = ""
    if "other" in row and row["other_score"] == row["other_score"]:
        note = t("matching.compared", score=float(row["other_score"]))
    said.gaps.show(found, names, heading=t("matching.found", n=len(found)), note=note)
    return [said.gaps]


def labels_of_text(said: Said, run: Any, text: str, row: pd.Series) -> list:
    """Each label's score beside its threshold."""
    limits, names = inspection.label_limits(run), scored_names(row.index)
    said.marks.show(
        names, [float(row[score_column(name)]) for name in names],
        [limits.get(name, float("nan")) for name in names], None, list(row["prediction"]),
    )  # fmt: skip
    return [said.marks]


def said_of(row: pd.Series) -> tuple[str | float, dict[str, float]]:
    """Prediction and scores of a row of ``run.predict``, short enough for a line."""
    declared = spec_for(row)
    if declared.predicts == "number":
        return float(row["prediction"]), {}
    scores = {name: float(row[score_column(name)]) for name in scored_names(row.index)}
    if declared.predicts == "span":
        scores = {t("query.answer_score"): float(row["score"])}
    return str(readable(row.to_frame().T)["prediction"].iloc[0]), scores
