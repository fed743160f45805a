"""Predictions of any task as short texts for a table that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data.tag_spans import entities_text
from ..i18n import t
from .kinds import kind_of
from .multi_label import labels_text

if TYPE_CHECKING:
    import pandas as pd


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Predictions with ``text``, ``label`` and ``prediction`` as short texts.

    Numbers have two places; tags become entities by name, sets a list of labels; of a question
    ``text`` is the question and ``label`` the first right answer.
    """
    kind = kind_of(table)
    names = [name for name in ("label", "prediction") if name in table]
    if kind == "number":
        return table.assign(**{name: table[name].map("{:.2f}".format) for name in names})
    if kind == "labels":
        return table.assign(**{name: table[name].map(labels_text) for name in names})
    if kind == "tags":
        said = {
            name: [
                entities_text(*row) or t("entities.nothing")
                for row in zip(table["tokens"], table[name], strict=True)
            ]
            for name in names
        }
        return table.assign(**said)
    if kind == "span":
        none = t("answers.nothing")
        shown = table.assign(
            text=table["question"], prediction=[said or none for said in table["prediction"]]
        )
        if "answers" in table:
            firsts = [answers[0] if len(answers) else none for answers in table["answers"]]
            shown = shown.assign(label=firsts)
        return shown
    return table
