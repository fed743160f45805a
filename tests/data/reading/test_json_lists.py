"""JSON in shapes that are close to each other: lists in a row, labels or columns, wrapped rows."""

from __future__ import annotations

import json

import pytest

from workbench.data.reading import sources

ROWS = [{"text": f"a quiet story of house {n}", "label": ("neg", "pos")[n % 2]} for n in range(12)]
TEXTS = {name: [row["text"] for row in ROWS if row["label"] == name] for name in ("neg", "pos")}


def opened(tmp_path, content, name="a.json", **reading):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    splits, reports = sources.opened(path, reading=reading)
    return splits["train"].to_list(), [note for report in reports for note in report.notes]


@pytest.mark.parametrize(
    "between", ["\n", "\n\n", " ", ","], ids=["line", "blank", "space", "comma"]
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_lists_of_objects_one_after_the_other_are_rows(tmp_path, between, name):
    if name == "a.jsonl" and between.strip(" \n") != between.strip():
        pytest.skip("a line each")
    parts = json.dumps(ROWS[:5]), json.dumps(ROWS[5:])
    found, notes = opened(tmp_path, between.join(parts), name)
    assert found == ROWS
    assert any("2 lists of objects" in note.what for note in notes)


def test_lists_of_words_are_sentences(tmp_path):
    words = [[{"text": "Ada", "label": "B-PER"}, {"text": "left", "label": "O"}]] * 4
    found, _ = opened(tmp_path, "\n".join(map(json.dumps, words)), "a.jsonl")
    assert len(found) == 4


LISTS = {
    "chat": [{"role": "user", "content": "How is it?"}, {"role": "assistant", "content": "Fine."}],
    "from": [{"from": "human", "value": "How is it?"}, {"from": "gpt", "value": "It is fine."}],
    "speaker": [{"speaker": "Ann", "text": "How is it?"}, {"speaker": "Bo", "text": "It is fine."}],
    "token": [{"token": "Ada", "tag": "B-PER"}, {"token": "left", "tag": "O"}],
    "word": [{"word": "Ada", "ner": "B-PER"}, {"word": "left", "ner": "O"}],
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_a_conversation_or_a_sentence_a_line_stays_one_example(tmp_path, name, ending):
    found, _ = opened(tmp_path, "\n".join([json.dumps(LISTS[name])] * 4), f"a.{ending}")
    assert len(found) == 4
    assert set(found[0]) == ({"messages"} if name in ("chat", "from", "speaker")
                             else {"tokens", "tags"})  # fmt: skip


def test_lists_of_texts_under_names_of_classes_are_labels_though_equally_long(tmp_path):
    found, notes = opened(tmp_path, TEXTS)
    assert sorted((row["text"], row["label"]) for row in found) == sorted(
        (row["text"], row["label"]) for row in ROWS
    )
    (said,) = [note for note in notes if note.severity == "warning"]
    assert said.remedy.endswith("reading={'shape': 'columns'}.")
    found, _ = opened(tmp_path, TEXTS, shape="columns")
    assert len(found) == 6 and set(found[0]) == {"neg", "pos"}


@pytest.mark.parametrize(
    "names", [("en", "de"), ("question", "reply"), ("text_1", "text_2"), ("prompt", "completion")],
    ids=lambda names: names[0],
)  # fmt: skip
def test_lists_of_texts_under_other_names_are_columns(tmp_path, names):
    content = dict(zip(names, TEXTS.values(), strict=True))
    found, _ = opened(tmp_path, content)
    assert len(found) == 6 and set(found[0]) == set(names)


@pytest.mark.parametrize(
    "content",
    [{"meta": {"v": 1}, "data": {"items": ROWS}}, {"info": {"a": 1}, "result": {"rows": ROWS}}],
    ids=["items", "rows"],
)
def test_rows_beside_an_object_are_found(tmp_path, content):
    assert opened(tmp_path, content)[0] == ROWS


def test_objects_as_python_writes_them_are_read_line_by_line(tmp_path):
    rows = [{**row, "seen": True, "by": None, "helpful": [1, 2]} for row in ROWS]
    found, _ = opened(tmp_path, "\n".join(map(repr, rows)), "a.jsonl")
    assert [{k: row[k] for k in ("text", "label", "seen")} for row in found] == [
        {k: row[k] for k in ("text", "label", "seen")} for row in rows
    ]


def test_lists_of_several_kinds_beside_the_text_are_kept_as_json(tmp_path):
    rows = [{**row, "evidence": [[n, None, "Oslo", 0]]} for n, row in enumerate(ROWS)]
    found, notes = opened(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl")
    assert [json.loads(row["evidence"]) for row in found] == [row["evidence"] for row in rows]
    assert any("kept as JSON" in note.what for note in notes)
