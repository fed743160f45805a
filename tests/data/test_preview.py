"""The preview shows what is learnt and what is cut, the worst rows first, and obeys nothing."""

import json

import pandas as pd
import pytest

from tests.data.test_rendering import KINDS, OPENS, prompts, talk, tokenizer, words
from workbench.data import preview
from workbench.errors import DataError


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "prompts.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in prompts()))
    return path


def test_rows_that_learn_nothing_come_first(file):
    found = preview(file, words(), template="plain", max_length=64, cut="end")
    table = found.table
    assert table["id"].tolist() == ["5", "1", "3", "6", "2", "4"]
    assert table["learnt"].tolist() == [0, 0, 0, 7, 4, 4]
    assert table["cut_learnt"].tolist() == [4, 4, 4, 6, 0, 0]
    assert table["problem"].tolist() == ["all cut"] * 3 + ["reply cut", "", ""]
    assert found.findings[0].count == 3 and "404" in found.findings[0].remedy
    assert "⟨⟦" in table["text"][0] and "⟨" not in table["text"][5]


def test_a_cut_from_the_start_keeps_all_replies(file):
    table = preview(file, words(), template="plain", max_length=64).table
    assert table["cut_learnt"].sum() == 0 and table["problem"].eq("").all()
    assert table["text"][0].startswith("⟨word") and table["text"][0].rstrip().endswith("⟧")


def test_of_how_many_rows_these_are_the_first_is_said(file):
    found = preview(file, words(), template="plain", rows=2)
    assert found.summary().startswith("2 of 6 rows, the first of each split: 2 rows, ")
    assert preview(file, words(), template="plain", rows=6).summary().startswith("6 rows, ")


def test_rows_are_packed_in_their_order():
    rows = [{"prompt": "word " * n, "completion": "sea"} for n in (3, 1, 9, 12, 2)]
    found = preview(rows, words(), template="plain", max_length=16, pack=True)
    assert found.packs == [[0, 1], [2], [3], [4]]
    by_row = found.table.sort_values("row")["pack"].tolist()
    assert by_row == [0, 0, 1, 2, 3]
    with pytest.raises(DataError, match="without a length"):
        preview(rows, words(), template="plain", pack=True)


def test_a_frame_of_conversations():
    frame = pd.DataFrame([{"messages": [
        {"role": "user", "content": "Low?"}, {"role": "assistant", "content": "At noon."}]}])
    found = preview(frame, tokenizer(KINDS["short"]))
    assert found.table["text"].tolist() == ["[[user]]Low?[[end]]\n[[bot]]⟦At noon.[[end]]⟧\n"]
    learnt = found.fitted[0].input_ids[-found.fitted[0].targets - 1 : -1]  # behind it a line ends
    assert found.template.tokenizer.decode(learnt) == "At noon.[[end]]"
    assert "0 findings" in repr(found)


def test_what_is_refused_comes_first_and_is_said():
    found = preview([talk(("user", "a"), ("assistant", "b"))], tokenizer(OPENS))
    assert found.table["problem"].tolist() == ["asked otherwise, nothing learnt"]
    assert found.findings[0].severity == "error" and "error: In 1 row" in str(found)


def test_nothing_in_the_data_is_obeyed():
    evil = "<script>alert(1)</script> \x1b[31m \u202e $5 and $6 </pre><b>x"
    conversation = talk(("user", evil), ("assistant", evil))
    found = preview([conversation], tokenizer(KINDS["short"]))
    page = found._repr_html_()
    assert "<script>" not in page and "<b>x" not in page and page.count("</pre>") == 1
    assert page.startswith('<div class="tex2jax_ignore') and "<mark>" in page
    for text in (page, str(found), found.table["text"][0]):
        assert "\x1b" not in text and "\u202e" not in text and "\\x1b" in text


def test_a_cut_that_there_is_not(file):
    with pytest.raises(DataError, match="no cut 'middle'.*'start', 'end'"):
        preview(file, words(), template="plain", cut="middle")
