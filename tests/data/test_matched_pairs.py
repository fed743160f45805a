"""Pairs that belong together, as several shapes of rows hold them."""

import pytest

import workbench as wb
from workbench.data.matched_pairs import load_pairs
from workbench.data.reading import sources
from workbench.errors import DataError

N = 20


def loaded(rows, **about):
    import json

    import pandas as pd

    held = pd.DataFrame(rows) if not isinstance(rows, str) else rows
    recipe = wb.Recipe(task="sentence-similarity", dataset=held, test_size=2, validation_size=2,
                       **about)  # fmt: skip
    found = load_pairs(recipe).splits
    whole = pd.concat(found.values()).sort_values("row")
    return json.loads(whole[["text", "positive", "negatives"]].to_json(orient="values"))


def test_several_columns_of_wrong_texts():
    rows = [{"anchor": f"q {n}", "positive": f"a {n}", "negative_1": f"x {n}",
             "negative_2": f"y {n}" if n % 2 else None} for n in range(N)]  # fmt: skip
    found = loaded(rows, columns={"negative": "negative_1, negative_2"})
    assert found[0] == ["q 0", "a 0", ["x 0"]] and found[1] == ["q 1", "a 1", ["x 1", "y 1"]]
    with pytest.raises(DataError, match="no column 'negative_1, negative_3'"):
        loaded(rows, columns={"negative": "negative_1, negative_3"})


def test_passages_with_titles(tmp_path):
    import json

    rows = [{"query_id": str(n), "query": f"q {n}",
             "positive_passages": [{"docid": "1", "title": "Piers", "text": f"a {n}"}],
             "negative_passages": [{"docid": "2", "title": "", "text": f"x {n}"},
                                   {"docid": "3", "title": "Sea", "text": f"y {n}"}]}
            for n in range(N)]  # fmt: skip
    file = tmp_path / "passages.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    assert sources.load(file)["train"].column_names[1] == "query"
    found = wb.check(file)
    assert found.mapping.task == "sentence-similarity"
    assert loaded(str(file), columns=found.recipe.columns)[3] == [
        "q 3", "Piers a 3", ["x 3", "Sea y 3"]
    ]  # fmt: skip


def test_lists_of_passages_of_different_lengths_are_refused():
    rows = [{"anchor": f"q {n}", "positive": [f"a {n}"],
             "negative": {"text": ["x", "y"], "title": ["X"]}} for n in range(N)]  # fmt: skip
    with pytest.raises(DataError, match="Row 0 of 'train' has as negative lists"):
        loaded(rows)


def test_a_passage_without_a_text_is_refused():
    rows = [{"anchor": f"q {n}", "positive": [{"docid": "1"}]} for n in range(N)]
    with pytest.raises(DataError, match="Row 0 of 'train' has no positive"):
        loaded(rows)
