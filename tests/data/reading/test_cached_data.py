"""Prepared data of the cache, harmed in every way: rebuilt or said to be harmed, never blamed on
the user's file and never taken for what they are not."""

import gzip
import os
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

from tests.core.test_disk_cache import DAMAGE
from workbench import disk_cache, stored_frames
from workbench.data import example_cache, examples
from workbench.data.reading import sources, user_files
from workbench.errors import DataError
from workbench.recipe import Recipe

ROWS = [{"text": f"mail {n}", "label": "spam" if n % 3 else "ham"} for n in range(60)]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def file(tmp_path, cache):
    path = tmp_path / "mails.csv"
    pd.DataFrame(ROWS).to_csv(path, index=False)
    return path


def parts(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("number", [0, 1], ids=["about", "content"])
def test_tables(file, cache, monkeypatch, damage, number):
    monkeypatch.setattr(user_files, "BIG", 10)
    assert sources.load(file)["train"].to_list() == ROWS
    disk_cache._proved.clear()
    harmed = parts(cache / "tables")[number]
    damage(harmed)
    splits, [report] = sources.opened(file)
    assert splits["train"].to_list() == ROWS
    told = [note.what for note in report.notes if note.check == "cache"]
    assert len(told) == 1 or harmed.name == disk_cache.ABOUT
    assert all(str(file) not in what for what in told)
    splits, [report] = sources.opened(file)
    assert splits["train"].to_list() == ROWS and not report.notes


@pytest.mark.parametrize("damage", ["truncated", "emptied", "garbage", "missing", "flipped"])
@pytest.mark.parametrize("kind", ["compressed", "archive"])
def test_what_was_unpacked(file, tmp_path, cache, damage, kind):
    if kind == "compressed":
        packed = tmp_path / "mails.csv.gz"
        packed.write_bytes(gzip.compress(file.read_bytes()))
    else:
        packed = tmp_path / "mails.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(file, "mails.csv")
    assert sources.load(packed)["train"].to_list() == ROWS
    disk_cache._proved.clear()
    [inner] = [path for path in parts(cache / "unpacked") if path.suffix == ".csv"]
    DAMAGE[damage](inner)
    assert sources.load(packed)["train"].to_list() == ROWS


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("number", [0, 1], ids=["about", "content"])
def test_examples(file, cache, monkeypatch, damage, number):
    monkeypatch.setattr(example_cache, "WORTH", 100)
    recipe = Recipe(dataset=str(file))
    first = example_cache.remembered(recipe, examples.load_examples)
    disk_cache._proved.clear()
    harmed = parts(cache / "examples")[number]
    damage(harmed)
    again = example_cache.remembered(recipe, examples.load_examples)
    assert again.fingerprint == first.fingerprint
    for split, frame in first.splits.items():
        pd.testing.assert_frame_equal(again.splits[split], frame)
    told = again.notes[len(first.notes) :]
    assert len(told) == 1 or harmed.name == disk_cache.ABOUT
    assert example_cache.remembered(recipe, examples.load_examples).notes == first.notes


def test_a_cache_that_is_a_file(file, cache, monkeypatch):
    monkeypatch.setattr(example_cache, "WORTH", 100)
    cache.write_text("no folder")
    found = example_cache.remembered(Recipe(dataset=str(file)), examples.load_examples)
    assert sum(len(frame) for frame in found.splits.values()) == 60


FRAMES = {
    "texts": pd.DataFrame(ROWS),
    "kinds": pd.DataFrame(
        {
            "text": ["a", None, "ü \U0001f600"],
            "n": [1, 2, 3],
            "x": [0.5, np.nan, -1e300],
            "when": pd.to_datetime(["2024-01-02 01:00:00.000001", None, "2024-02-01 03:04:05.1"],
                                   format="ISO8601"),
            "yes": [True, False, True],
            "list": [["a"], [], ["b", "c"]],
            "kind": pd.Categorical(["u", "v", "u"]),
            "day": [pd.Timestamp("2024-01-02").date(), None, None],
            "zone": pd.to_datetime(["2024-01-02", None, None], utc=True),
            "gap": pd.to_timedelta([1, 2, None], "s"),
        }
    ),
    "many": pd.DataFrame({"text": [str(n) for n in range(2500)]}),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_frame_of_an_earlier_version_is_known_by_its_content(cache, frame):
    reference = sources.store_frame(frame)
    [proof] = (cache / "data").glob("*.check.json")
    proof.unlink()
    stored_frames._proved.clear()
    assert sources.load(reference)["train"].num_rows == len(frame)
    assert proof.is_file()  # looked through once


@pytest.mark.parametrize(
    ("value", "said"),
    [("half \ud800", "half of a character pair"), (10**30, "more than 64 bits"),
     (10**6000, "more than 64 bits"), (object(), "mixes types"), (1j, "mixes types")],
    ids=["surrogate", "large", "huge", "object", "complex"],
)  # fmt: skip
def test_what_no_file_can_hold_is_said_of_its_column(cache, value, said):
    frame = pd.DataFrame({"text": ["a"], "odd": pd.Series([value], dtype=object)})
    with pytest.raises(DataError, match=said) as caught:
        sources.store_frame(frame)
    assert "'odd'" in caught.value.message and caught.value.remedy


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("known", [False, True], ids=["fresh", "proved-before"])
def test_a_frame(cache, damage, known):
    frame = FRAMES["texts"]
    reference = sources.store_frame(frame)
    if known:
        sources.load(reference)
    else:
        stored_frames._proved.clear()
    damage(stored_frames.frame_path(reference))
    with pytest.raises(Exception, match="[Gg]ive the DataFrame again"):
        sources.load(reference)
    assert sources.store_frame(frame) == reference
    assert sources.load(reference)["train"].to_list() == ROWS


def test_a_frame_under_anothers_name(cache):
    one, two = (sources.store_frame(pd.DataFrame({"text": [t]})) for t in ("one", "two"))
    stored_frames._proved.clear()
    shutil.copy(stored_frames.frame_path(two), stored_frames.frame_path(one))
    with pytest.raises(DataError, match="does not hold what its name says"):
        sources.load(one)
    shutil.copy(stored_frames._proof_path(stored_frames.frame_path(two)),
                stored_frames._proof_path(stored_frames.frame_path(one)))  # fmt: skip
    with pytest.raises(DataError, match="does not hold what its name says"):
        sources.load(one)
    assert sources.load(two)["train"].to_list() == [{"text": "two"}]


@pytest.mark.parametrize("damage", ["truncated", "garbage", "missing", "flipped"])
def test_stored_splits(cache, damage):
    import datasets

    data = datasets.DatasetDict({"train": datasets.Dataset.from_list(ROWS)})
    folder = sources.store(data)
    assert sources.load(folder)["train"].to_list() == ROWS
    disk_cache._proved.clear()
    [arrow] = [path for path in parts(cache / "data") if path.suffix == ".arrow"]
    DAMAGE[damage](arrow)
    with pytest.raises(DataError, match="Give the Dataset again"):
        sources.load(folder)
    assert sources.store(data) == folder
    assert sources.load(folder)["train"].to_list() == ROWS


def test_stored_splits_of_an_earlier_version(cache):
    import datasets

    folder = sources.store(datasets.Dataset.from_list(ROWS))
    os.unlink(os.path.join(folder, disk_cache.ABOUT))
    assert sources.load(folder)["train"].to_list() == ROWS
