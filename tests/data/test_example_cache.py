"""Examples from disk are the examples that would be loaded, and only for the very same file."""

import os

import pandas as pd
import pytest

from workbench.data import example_cache, examples
from workbench.recipe import Recipe


@pytest.fixture
def loads(monkeypatch, tmp_path):
    """Counts the times that the file was loaded."""
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(example_cache, "WORTH", 100)
    times = []

    def load(recipe):
        times.append(1)
        return examples.load_examples(recipe)

    load.times = times
    return load


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mails.csv"
    rows = [(f"mail {n} of é\u200b", "spam" if n % 3 else "ham", "yes") for n in range(60)]
    pd.DataFrame(rows, columns=["text", "label", "pair"]).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("columns", [{}, {"pair": "pair"}])
def test_the_second_time_is_read_and_the_same(file, loads, columns):
    recipe = Recipe(dataset=str(file), columns=columns, max_train_examples=20)
    first = example_cache.remembered(recipe, loads)
    again = example_cache.remembered(recipe.replace(epochs=5, model="x", batch_size=2), loads)
    assert len(loads.times) == 1
    assert again.fingerprint == first.fingerprint
    assert again.notes == first.notes and first.notes
    assert (again.label_names, again.counts) == (first.label_names, None)
    for split, frame in first.splits.items():
        pd.testing.assert_frame_equal(again.splits[split], frame)
    assert examples.fingerprint_of(again.splits, again.label_names) == first.fingerprint


def test_another_file_or_setting_is_loaded(file, loads):
    recipe = Recipe(dataset=str(file))
    example_cache.remembered(recipe, loads)
    example_cache.remembered(recipe.replace(seed=1), loads)
    example_cache.remembered(recipe.replace(test_size=5), loads)
    assert len(loads.times) == 3
    before = file.stat()
    file.write_text(file.read_text("utf-8").replace("mail 7 ", "Mail 7 "), "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # neither size nor time tells
    changed = example_cache.remembered(recipe, loads)
    assert len(loads.times) == 4
    assert any("Mail 7" in text for frame in changed.splits.values() for text in frame["text"])


def test_what_is_not_kept(file, loads, tmp_path, monkeypatch):
    monkeypatch.setattr(example_cache, "WORTH", 1_000_000)
    example_cache.remembered(Recipe(dataset=str(file)), loads)
    assert not (tmp_path / "cache" / "examples").exists()
    monkeypatch.setattr(example_cache, "WORTH", 100)

    def edited_meanwhile(recipe):
        found = loads(recipe)
        file.write_text(file.read_text("utf-8") + "one more,ham,no\n", "utf-8")
        return found

    example_cache.remembered(Recipe(dataset=str(file)), edited_meanwhile)
    assert not (tmp_path / "cache" / "examples").exists()


def test_without_room_it_costs_time_only(file, loads, monkeypatch, caplog):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(example_cache.disk_cache, "keep", full)
    found = example_cache.remembered(Recipe(dataset=str(file)), loads)
    assert len(found.splits["train"]) and "could not be kept" in caplog.text
