"""Tagged sentences are read from whatever file holds them: words, tags, and what is said."""

import json

import pandas as pd
import pytest

import workbench as wb
from tests.data import tagged_files
from workbench.data import mapping, sources
from workbench.data.tagged import examples_of
from workbench.recipe import Recipe


def read(path, **reading):
    """Words and tags (BIO) of all rows in their order, as training gets them, and the notes."""
    splits, reports = sources.opened(str(path), reading=reading)
    guessed = mapping.infer(splits)
    recipe = Recipe(dataset=str(path), task=guessed.task, columns=guessed.recipe_columns(),
                    reading=reading, test_size=2, validation_size=2)  # fmt: skip
    assert guessed.task == "token-classification"
    examples = examples_of(splits, recipe)
    frame = pd.concat(examples.splits.values()).sort_values("row")
    notes = [note for report in reports for note in report.notes]
    return list(zip(frame["tokens"], frame["tags"], strict=True)), notes


ALL = tagged_files.SPANS | tagged_files.LINES | tagged_files.ROWS


@pytest.mark.parametrize("name", ALL, ids=list(ALL))
def test_every_way_to_write_them_is_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(ALL[name])
    found, _ = read(path)
    said = [
        (words, [tag[:2] + tag[2:].upper() for tag in tags]) for words, tags in found
    ]  # lower.conll names its types so
    assert said == tagged_files.wanted() or found == tagged_files.wanted()
