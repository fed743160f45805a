"""What is learnt of each row, to be looked through; and the part of Check that shows it."""

import json

import pytest

import workbench as wb
from tests.training import writers
from tests.training.test_chat import recipe_for, talks
from workbench.tasks.shared.encoding import IGNORED
from workbench.widgets import LearntRows
from workbench.widgets.panels.learnt_part import LearntPart

LONG = {"messages": [{"role": "user", "content": "a " * 60},
                     {"role": "assistant", "content": "0 1"}]}  # fmt: skip


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learnt")
    file = folder / "talks.jsonl"
    rows = [*talks(30).to_dict("records"), LONG]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    cut = {"kind": "conversation", "cut": "end"}
    return recipe_for(folder, dataset=str(file), rows="packed", prompt=cut, test_size=1,
                      validation_size=1)  # fmt: skip


def test_the_worst_row_comes_first_and_one_goes_on_and_back(recipe):
    rows = LearntRows(recipe)
    assert rows.total == 29 and rows.at == 0  # those of training alone
    assert "train row 30" in rows.heading and "all cut" in rows.heading
    assert any(learnt and cut for _, learnt, cut, *_ in rows.pieces) and not rows.mates
    rows._message(None, {"do": "go", "at": 1}, None)
    assert rows.at == 1 and "pack" in rows.heading and rows.mates
    said = "".join(text for text, learnt, *_ in rows.pieces if learnt)
    whole = "".join(text for text, *_ in rows.pieces)
    assert said.count("</s>") == whole.count("Assistant:") > 0  # every reply's stop is learnt
    rows.go(99)
    assert rows.at == 28
    rows.go(rows.mates[0][0])
    assert rows.at != 28
    rows._message(None, {"do": "go", "at": "x"}, None)  # no number: nothing happens
    assert "1 row has a problem" in rows.summary and "'dialogue'" in rows.summary
    assert "(1 for validation, 1 for test) is not among them." in rows.summary
    assert "Of these, 1 row of which nothing is learnt is left out of training." in rows.summary
    rows.show(wb.data.preview(recipe, rows=10))
    assert rows.summary.startswith("The first 10 of 29 training conversations: 10 rows, ")


def test_packs_are_those_of_training(recipe):
    from workbench.training.preparing import prepare

    same = recipe.replace(max_train_examples=20)
    shown, trained = wb.data.preview(same), prepare(same).encoded["train"]
    assert len(shown) == 20
    rows = [[one for n in rows for one in shown.fitted[n].input_ids] for rows in shown.packs]
    assert rows == [trained[n]["input_ids"] for n in range(len(trained))]
    learnt = sum(one.targets for one in shown.fitted)
    assert (trained.labels != IGNORED).sum() == learnt > 0


def test_nothing_of_the_data_is_obeyed(recipe):
    bad = "<img src=x onerror=alert(1)> \x1b[31m {{ 7 * 7 }} {% raw %}"
    rows = [{"messages": [{"role": "user", "content": bad},
                          {"role": "assistant", "content": "0 </s> 1"}]}]  # fmt: skip
    from workbench.data.rendering import preview

    shown = LearntRows(preview.preview(rows, writers.tokenizer(ends=False)))
    said = "".join(text for text, *_ in shown.pieces)
    assert "{{ 7 * 7 }}" in said and "\\x1b" in said and "\x1b" not in said


def test_rows_that_are_no_conversations_are_shown_with_what_stands_there(tmp_path):
    from tests.training import test_masked_language_modelling, test_sentence_similarity

    rows = LearntRows(test_masked_language_modelling.recipe_for(tmp_path, max_length=20))
    assert [name for name in rows.legend if name] == ["to be found", "only read", "read instead"]
    assert "step 0" in rows.summary and any(piece[3] == "[MASK]" for piece in rows.pieces)
    (tmp_path / "pairs").mkdir()
    rows.show(test_sentence_similarity.recipe_for(tmp_path / "pairs", batch_size=50))
    assert [piece[4] for piece in rows.pieces][:2] == ["Text", "Text that belongs to it"]
    assert rows.mates_title == "In one step with:" and len(rows.mates) == 8
    assert rows.mates_left == "and 41 more rows" and not rows.legend[3]


def test_of_a_long_row_no_more_is_spelled_than_is_drawn(tmp_path, monkeypatch):
    from tests.training import test_masked_language_modelling
    from workbench.widgets.elements import learnt_rows

    monkeypatch.setattr(learnt_rows, "LONGEST", 5)
    rows = LearntRows(test_masked_language_modelling.recipe_for(tmp_path, max_length=20))
    *_, (left, *_) = rows.pieces
    (side,) = rows._found.rows[rows._order[0]].sides
    begun, unspelt = rows._found.begun(rows._order[0], 5)
    assert left == f"… {unspelt} tokens more are not shown" and 10 < unspelt < len(side.ids)
    assert "".join(text for text, *_ in rows._found.pieces(rows._order[0])).startswith(
        "".join(text for text, *_ in begun))  # fmt: skip


def test_the_part_of_check_is_there_where_texts_are_learnt_and_not_where_classes_are(recipe):
    part = LearntPart()
    assert part.layout.display == "none"
    part.set(recipe)
    assert part.layout.display == "" and part.rows.total == -1
    part.rows._message(None, {"do": "ask"}, None)
    assert part.wait() and part.rows.total == 29 and not part.rows.busy
    part.set(recipe.replace(epochs=1.0))
    assert part.rows.total == 29  # it decides nothing here
    part.set(recipe.replace(max_length=30))
    assert part.rows.total == -1
    part.set(recipe.replace(prompt={"kind": "conversation", "template": "own"}))
    part.ask()
    assert part.wait() and part.rows.total == -1
    assert "no chat template of its own" in part.notice.message
    part.set(wb.Recipe())
    assert part.layout.display == "none"
