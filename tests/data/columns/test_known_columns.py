"""Listed hub datasets need no mapping; one's own files are not read by a guess."""

import datasets as hf
import pytest

import workbench as wb
from workbench.data.examples import load_examples
from workbench.data.reading import sources
from workbench.errors import DataError

SST2 = {
    "idx": list(range(40)),
    "sentence": [f"sentence number {n} of forty" for n in range(40)],
    "label": [n % 2 for n in range(40)],
}
PAIRS = {
    "premise": SST2["sentence"],
    "hypothesis": [f"another {n}" for n in range(40)],
    "label": SST2["label"],
}


def on_the_hub(monkeypatch, table):
    splits = hf.DatasetDict({"train": hf.Dataset.from_dict(table)})
    monkeypatch.setattr(sources, "load_hub", lambda reference, reports: splits)


def test_sst2_is_read_without_columns(monkeypatch):
    on_the_hub(monkeypatch, SST2)
    recipe = wb.Recipe(dataset="hub:stanfordnlp/sst2")
    examples = load_examples(recipe)
    assert examples.splits["train"]["text"].iloc[0].startswith("sentence number")
    assert examples.label_names == ["0", "1"]
    check = wb.check(recipe)
    assert check.mapping.columns == {"text": "sentence", "label": "label"}


def test_a_pair_is_read_without_columns(monkeypatch):
    on_the_hub(monkeypatch, PAIRS)
    examples = load_examples(wb.Recipe(dataset="hub:nyu-mll/glue:mnli"))
    assert examples.has_pairs
    first = examples.splits["test"].iloc[0]
    assert first["pair"] == f"another {first['row']}"


def test_what_the_recipe_says_goes_first(monkeypatch, tmp_path):
    on_the_hub(monkeypatch, SST2)
    with pytest.raises(DataError, match="no column 'text'"):
        load_examples(wb.Recipe(dataset="hub:a/b", columns={"label": "idx"}))
    path = tmp_path / "mine.csv"
    hf.Dataset.from_dict(SST2).to_csv(path)
    with pytest.raises(DataError, match="no column 'text'"):
        load_examples(wb.Recipe(dataset=str(path)))
