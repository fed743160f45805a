"""Tokens from disk are the tokens that would be made, and only for the very same texts."""

import numpy as np
import pandas as pd
import pytest
from transformers import AutoTokenizer

from tests.core.test_disk_cache import DAMAGE
from tests.training import tiny
from workbench import disk_cache
from workbench.tasks.shared import encoding, token_cache


@pytest.fixture
def tokenizer(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(token_cache, "WORTH", 3)
    return AutoTokenizer.from_pretrained(tiny.save_model(tmp_path / "model"))


@pytest.fixture
def made(monkeypatch):
    """Counts the times that texts were tokenised."""
    times = []
    real = encoding._tokenise
    monkeypatch.setattr(encoding, "_tokenise", lambda *a: times.append(1) or real(*a))
    return times


TEXTS = ["a good film", "bad", "the story is so nice 7"]


def same(a, b):
    return np.array_equal(a.offsets, b.offsets) and all(
        np.array_equal(a.arrays[name], b.arrays[name]) for name in a.arrays.keys() | b.arrays.keys()
    )


def test_the_second_time_is_read(tokenizer, made):
    first = encoding.encode_texts(tokenizer, TEXTS, max_length=16, labels=[0, 1, 0])
    tokenizer(["a"], truncation=True, max_length=4, padding="max_length")  # leaves its settings
    for texts in (TEXTS, pd.Series(TEXTS), pd.Series(["x", *TEXTS])[1:]):
        again = encoding.encode_texts(tokenizer, texts, max_length=16, labels=[1, 1, 1])
        assert same(first, again) and again.labels.tolist() == [1, 1, 1]
    assert len(made) == 1
    assert isinstance(again.arrays["input_ids"], np.memmap)
    assert again[0]["input_ids"] == tokenizer(TEXTS[0])["input_ids"]


def test_anything_else_is_made_anew(tokenizer, made, tmp_path):
    encoding.encode_texts(tokenizer, TEXTS, max_length=16)
    encoding.encode_texts(tokenizer, TEXTS, max_length=4)
    encoding.encode_texts(tokenizer, TEXTS[::-1], max_length=16)
    encoding.encode_texts(tokenizer, ["a good filmb", "ad", TEXTS[2]], max_length=16)
    encoding.encode_texts(tokenizer, TEXTS, TEXTS, max_length=16)
    assert len(made) == 5
    tokenizer.add_tokens(["film"])
    encoding.encode_texts(tokenizer, TEXTS, max_length=16)
    assert len(made) == 6
    encoding.encode_texts(tokenizer, TEXTS[:2], max_length=16)  # too few to be worth it
    assert len(list((tmp_path / "cache" / "tokens").iterdir())) == 6


def test_a_cache_without_room_costs_time_only(tokenizer, made, monkeypatch, tmp_path):
    monkeypatch.setattr(token_cache, "ROOM", 1)
    for _ in range(2):
        for texts in (TEXTS, TEXTS[::-1]):
            encoding.encode_texts(tokenizer, texts, max_length=16)
    assert len(made) == 4 and len(list((tmp_path / "cache" / "tokens").iterdir())) == 1

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(token_cache, "_keep", full)
    found = encoding.encode_texts(tokenizer, TEXTS * 2, max_length=16)
    assert len(found) == 6


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("file", ["about.json", "input_ids.npy", "offsets.npy"])
def test_damaged_tokens_are_made_anew(tokenizer, made, tmp_path, damage, file):
    first = encoding.encode_texts(tokenizer, TEXTS, max_length=16)
    disk_cache._proved.clear()
    [folder] = (tmp_path / "cache" / "tokens").iterdir()
    damage(folder / file)
    assert same(first, encoding.encode_texts(tokenizer, TEXTS, max_length=16)) and len(made) == 2
    assert same(first, encoding.encode_texts(tokenizer, TEXTS, max_length=16)) and len(made) == 2
