"""Fixes, by hand-made tables."""

import pandas as pd
import pytest

from workbench import i18n
from workbench.data import fixes


def frame(texts):
    return pd.DataFrame({"text": texts, "label": "a", "row": range(len(texts))})


def test_near_duplicates_keep_what_is_tested_and_otherwise_the_first():
    long = "The film was far too long and nobody in the cinema laughed even once"
    tables = {
        "train": frame([long + "!", "Another text altogether, about the weather today", long]),
        "validation": frame(["The weather report says that it is going to snow tonight"]),
        "test": frame([long + "."]),
    }
    mended, count = fixes.drop_near_duplicates(tables)
    assert count == 2
    assert mended["train"]["text"].tolist() == ["Another text altogether, about the weather today"]
    assert len(mended["validation"]) == len(mended["test"]) == 1
    only = {"train": tables["train"]}
    mended, count = fixes.drop_near_duplicates(only)
    assert count == 1 and mended["train"]["text"].tolist()[0] == long + "!"


@pytest.mark.parametrize("name", fixes.FIXES, ids=list(fixes.FIXES))
def test_every_fix_says_what_it_did(name, monkeypatch):
    kind = fixes.FIXES[name][1]
    argument = {int: ":3", str: ":a", None: ""}[kind]
    said = i18n.group("fixes")[name]["done"]
    for count, form in ((1, "one"), (1200, "other")):
        monkeypatch.setitem(fixes.FIXES, name, (lambda *_, n=count: ({}, n), kind))
        notes = [f"{name}{argument}: {count:,} {said[form]}."]
        assert fixes.apply({}, [name + argument]) == ({}, notes)
    assert " were " in said["other"] and " was " in said["one"]
