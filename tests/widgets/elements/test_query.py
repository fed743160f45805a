"""The line in which a text is typed, and what it shows of an answer."""

import pytest

from workbench.widgets.elements.query import Query

NOTHING = "Nothing was written: the model ended at once."


@pytest.mark.parametrize(
    ("kind", "prediction", "note"),
    [("text", "", NOTHING), ("text", "a line", ""), ("span", "", ""), ("text", None, "")],
    ids=["nothing-written", "written", "no-answer", "not-asked"],
)
def test_an_answer_of_no_words_is_said(kind, prediction, note):
    query = Query()
    query.kind = kind
    query.answer(prediction, None)
    assert (query.prediction, query.note) == (prediction or "", note)


def test_what_is_to_be_said_stands_behind_it():
    query = Query()
    query.kind = "text"
    query.answer("", None, "1 text was cut.")
    assert query.note == f"{NOTHING} 1 text was cut."
