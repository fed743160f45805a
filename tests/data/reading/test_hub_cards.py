"""Folders cloned from the hub: their README says which files count; parts that are missing."""

from __future__ import annotations

import json

import datasets
import numpy as np
import pytest

from tests.data.reading.test_folders import CSV, FRAME, folder, opened, packed
from workbench.data.reading import extracting, sources
from workbench.data.reading.uploads import save_upload
from workbench.data.splits import make_splits
from workbench.errors import DataError

ONE, TWO = FRAME.head(8).to_csv(index=False), FRAME.tail(4).to_csv(index=False)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))


def card(*configs):
    """A README with these configurations (flow style of YAML is JSON)."""
    return f"---\nlicense: mit\nconfigs: {json.dumps(configs)}\n---\n# Reviews\n"


def config(files, name="default", **more):
    return {"config_name": name, "data_files": files, **more}


SPLITS = [{"split": "train", "path": "data/a.csv"}, {"split": "test", "path": "data/b.csv"}]
FILES = {"data/a.csv": ONE, "data/b.csv": TWO}
WAYS = {
    "a list of splits": SPLITS,
    "by split": {"train": "data/a.csv", "test": ["data/b.csv"]},
    "patterns": [{"split": "train", "path": ["data/a*"]}, {"split": "test", "path": "./data/b*"}],
}


@pytest.mark.parametrize("way", WAYS)
def test_the_card_names_the_files_of_each_split(tmp_path, way):
    sizes, notes, _ = opened(folder(tmp_path, {**FILES, "README.md": card(config(WAYS[way]))}))
    assert sizes == {"train": 8, "test": 4}
    assert [note.severity for note in notes if note.check == "card"] == ["info"]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [(("train_sft", "test_sft"), {"train", "test"}),
     (("train", "train_sft"), {"train", "train_sft"}),
     (("train_sft", "train_gen"), {"train_sft", "train_gen"})],
    ids=["alone", "beside", "two"],
)  # fmt: skip
def test_a_split_that_is_called_after_training_and_more_is_it_when_alone(tmp_path, names, wanted):
    paths = [{"split": name, "path": f"data/{x}.csv"} for name, x in zip(names, "ab", strict=True)]
    assert set(opened(folder(tmp_path, {**FILES, "README.md": card(config(paths))}))[0]) == wanted


def test_which_of_several_splits_is_which_can_be_said(tmp_path):
    names = ("train_sft", "train_gen", "test_sft", "test_gen")
    files = zip(names, "abba", strict=True)
    paths = [{"split": name, "path": f"data/{x}.csv"} for name, x in files]
    root = folder(tmp_path, {**FILES, "README.md": card(config(paths))})
    labels = {name: np.zeros(9, int) for name in opened(root)[0]}
    with pytest.raises(DataError, match="none named 'train'") as told:
        make_splits(labels, test_size=0.1, validation_size=0.1, seed=0)
    said = {"train": "train_sft", "test": "test_sft"}
    assert f"reading={ {'splits': said} }" in str(told.value)
    splits, reports = sources.opened(root, reading={"splits": said})
    assert {name: len(split) for name, split in splits.items()} == {"train": 8, "test": 4}
    notes = [note.what for report in reports for note in report.notes]
    assert "2 other splits are not read: 'train_gen', 'test_gen'." in notes
    with pytest.raises(DataError, match="has no split 'sft'"):
        sources.opened(root, reading={"splits": {"train": "sft"}})
    with pytest.raises(DataError, match="The splits of reading is"):
        sources.opened(root, reading={"splits": {"test": "test_sft"}})


def test_what_is_suggested_where_nothing_is_to_be_learnt_can_be_read(tmp_path):
    """A benchmark without training data: its only other split was to be learnt and measured."""
    part = datasets.Dataset.from_dict({"text": ["a", "b"]})
    source = datasets.DatasetDict({"dev": part, "test": part})
    labels = {name: np.zeros(2, int) for name in sources.opened(source)[0]}
    with pytest.raises(DataError, match="none named 'train'") as told:
        make_splits(labels, test_size=0.1, validation_size=0.1, seed=0)
    said = {"train": "validation", "test": "test"}
    assert f"reading={ {'splits': said} }" in str(told.value)
    assert list(sources.opened(source, reading={"splits": said})[0]) == ["train", "test"]
    with pytest.raises(DataError, match="The splits of reading is"):
        sources.opened(source, reading={"splits": {"train": "test", "test": "test"}})


def test_splits_in_memory_that_are_called_after_training_and_more_are_renamed_and_said():
    part = datasets.Dataset.from_dict({"text": ["a", "b"]})
    found, (report,) = sources.opened(datasets.DatasetDict({"test_sft": part, "train_sft": part}))
    assert list(found) == ["train", "test"]
    assert "'train_sft' as train" in report.notes[0].what


@pytest.mark.parametrize("name", ["one.csv", "sample:question-types"])
def test_a_configuration_of_what_has_none_is_refused(tmp_path, name):
    (tmp_path / "one.csv").write_text(CSV)
    name = name if ":" in name else str(tmp_path / name)
    with pytest.raises(DataError, match="has no configurations, and reading names 'small'"):
        sources.opened(name, reading={"config": "small"})


def test_a_configuration_of_the_hub_may_stand_in_reading(monkeypatch):
    asked, part = [], datasets.Dataset.from_dict({"text": ["a"]})
    monkeypatch.setattr(sources, "load_hub", lambda name, reports: asked.append(name.config) or (
        datasets.DatasetDict({"train": part})))  # fmt: skip
    for name in ("hub:org/name", "hub:org/name:small"):
        sources.opened(name, reading={"config": "small"})
    assert asked == ["small", "small"]
    with pytest.raises(DataError, match="names another configuration than reading"):
        sources.opened("hub:org/name:large", reading={"config": "small"})


@pytest.mark.parametrize(
    ("names", "count", "said"),
    [
        pytest.param(["a-1-of-3", "a-3-of-3"], 1, "a-2-of-3.csv", id="from-1"),
        pytest.param(["a-0-of-3", "a-2-of-3"], 1, "a-1-of-3.csv", id="from-0"),
        pytest.param(["a-1-of-3", "a-2-of-3"], 1, "a-0-of-3.csv or a-3-of-3.csv", id="open"),
        pytest.param(["a-1-of-3", "b-1-of-1"], 2, "a-2-of-3.csv, a-3-of-3.csv", id="as-another"),
        pytest.param(["a-1-of-3", "b-0-of-1"], 2, "a-0-of-3.csv, a-2-of-3.csv", id="as-another-0"),
    ],
)
def test_parts_that_are_missing_are_counted_from_where_they_begin(tmp_path, names, count, said):
    files = {f"{name}.csv": CSV for name in names}
    paths = [{"split": "train", "path": ["a*", "b*"]}]
    _, notes, _ = opened(folder(tmp_path, {**files, "README.md": card(config(paths))}))
    (note,) = [note for note in notes if note.check == "parts missing"]
    assert note.count == count and f": {said}." in note.what


def test_of_several_configurations_one_is_read_and_the_others_are_named(tmp_path):
    configs = config("small/*.csv", "small"), config("big/*.csv", "big", default=True)
    root = folder(tmp_path, {"README.md": card(*configs), "small/a.csv": TWO, "big/a.csv": CSV})
    sizes, notes, _ = opened(root)
    assert sizes == {"train": 12}
    said = next(note for note in notes if note.check == "card" and note.severity == "warning")
    assert "'big' was read, not 'small'" in said.what and said.count == 1
    splits, _ = sources.opened(root, reading={"config": "small"})
    assert len(splits["train"]) == 4
    with pytest.raises(DataError, match="no configuration 'tiny'"):
        sources.opened(root, reading={"config": "tiny"})
    (root / "small" / "a.csv").unlink()
    with pytest.raises(DataError, match="No file of the configuration 'small' is there"):
        sources.opened(root, reading={"config": "small"})


def test_a_folder_of_a_configuration(tmp_path):
    made = {"config_name": "default", "data_dir": "data"}
    assert opened(folder(tmp_path, {"README.md": card(made), "data/x.csv": CSV}))[0] == {
        "train": 12
    }


@pytest.mark.parametrize(
    "pattern", ["../secret.csv", "/etc/passwd", "data/../../x.csv"], ids=["up", "root", "within"]
)
def test_a_card_leads_nowhere_else(tmp_path, pattern):
    (tmp_path / "secret.csv").write_text(CSV)
    root = folder(tmp_path, {"README.md": card(config(pattern)), "train.csv": CSV})
    with pytest.raises(DataError, match="leads out of the folder"):
        opened(root)


@pytest.mark.parametrize(
    "readme",
    ["# no front", "---\n- a: [\n---\n", card(config("other/*.csv")), card("x"),
     "---\nconfigs: 3\n---\n"],
    ids=["plain", "broken", "nothing there", "no object", "no list"],
)  # fmt: skip
def test_a_card_that_names_no_file_changes_nothing(tmp_path, readme):
    assert opened(folder(tmp_path, {"README.md": readme, "train.csv": CSV}))[0] == {"train": 12}


@pytest.mark.parametrize("pattern", ["data/**", "**", "**.csv", "data/a**", "**/a-*.csv"])
def test_patterns_as_the_hub_writes_them(tmp_path, pattern):
    files = {"README.md": card(config(pattern)), "data/a-1.csv": CSV, "data/.a-2.csv": CSV}
    assert opened(folder(tmp_path, files))[0] == {"train": 12}


@pytest.mark.parametrize(
    "pattern", ["x" * 5000 + ".csv", "[", "a\nb*"], ids=["long", "sign", "line"]
)
def test_patterns_that_no_file_can_have_match_none(tmp_path, pattern):
    files = {"README.md": card(config(pattern)), "train.csv": CSV}
    assert opened(folder(tmp_path, files))[0] == {"train": 12}


def test_a_split_of_the_card_without_a_file_and_parts_that_are_missing_are_told(tmp_path):
    paths = [{"split": "train", "path": "d/train-*"}, {"split": "test", "path": "d/test-*"}]
    files = {f"d/train-0000{n}-of-00003.csv": CSV for n in (0, 2)}
    sizes, notes, _ = opened(folder(tmp_path, {"README.md": card(config(paths)), **files}))
    assert sizes == {"train": 24}
    said = [note for note in notes if note.check == "parts missing"]
    assert [(note.severity, note.count) for note in said] == [("warning", 1), ("warning", 1)]
    assert "'test'" in said[0].what and "d/" not in said[1].what
    assert "train-00001-of-00003.csv" in said[1].what


def test_names_of_a_card_that_are_lists_are_none(tmp_path):
    lists = "".join(f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}]\n" for n in range(1, 60))
    readme = f"---\nl0: &l0 [a]\n{lists}configs:\n- config_name: *l59\n  data_files: a.csv\n---\n"
    assert opened(folder(tmp_path, {"README.md": readme, "a.csv": CSV}))[0] == {"train": 12}


def test_parts_that_are_missing_are_named(tmp_path):
    names = ["train-00000-of-00004", "train-00002-of-00004", "test-00000-of-00001"]
    sizes, notes, _ = opened(folder(tmp_path, {f"data/{n}.csv": CSV for n in names}))
    assert sizes == {"train": 24, "test": 12}
    (said,) = [note for note in notes if note.check == "parts missing"]
    assert (said.severity, said.count) == ("warning", 2)
    assert "train-00001-of-00004.csv, train-00003-of-00004.csv" in said.what


@pytest.mark.parametrize("first", [0, 1], ids=["from zero", "from one"])
def test_parts_that_are_all_there_are_not(tmp_path, first):
    files = {f"train-{n + first}-of-3.csv": CSV for n in range(3)}
    _, notes, _ = opened(folder(tmp_path, files))
    assert "parts missing" not in [note.check for note in notes]


NESTED = {
    "a zip in a zip": {"deep/a.zip": packed({"a.csv": CSV}, "zip")},
    "a zip a split": {
        "train.csv.zip": packed({"train.csv": ONE}, "zip"),
        "test.csv.zip": packed({"test.csv": TWO}, "zip"),
    },
    "a zip a split, of one name within": {
        "train.zip": packed({"a.csv": ONE}, "zip"), "test.zip": packed({"b/a.csv": TWO}, "zip"),
    },
    "pictures beside": {
        "train.csv": ONE, "test.csv": TWO, "images.zip": packed({"a.png": "x"}, "zip"),
        "cut.zip": packed({"a.csv": CSV}, "zip")[:40],
    },
    "one stem": {
        "train.csv": ONE, "test.csv": TWO, "x unpacked/a.png": "", "x/readme.md": "a",
        "x.tar.gz": packed({"readme.md": "a", "b.md": "b"}),
        "x.zip": packed({"readme.md": "a", "c.md": "b"}, "zip"),
    },
    "a tar in a zip": {"data.tar.gz": packed({"data/train.csv": ONE, "data/test.csv": TWO})},
}


@pytest.mark.parametrize("name", NESTED)
def test_archives_within_an_archive_are_unpacked(tmp_path, name):
    path = tmp_path / "all.zip"
    path.write_bytes(packed(NESTED[name], "zip"))
    wanted = {"train": 12} if name == "a zip in a zip" else {"train": 8, "test": 4}
    assert opened(path)[0] == wanted
    assert opened(save_upload("all.zip", path.read_bytes(), tmp_path / "uploads"))[0] == wanted


def test_an_archive_within_that_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "all.zip"
    path.write_bytes(packed(NESTED["pictures beside"], "zip"))
    (said,) = [note for note in opened(path)[1] if note.check == "left out"]
    assert said.count == 2 and "cut.zip, images.zip" in said.what
    path.write_bytes(packed({"images.zip": packed({"a.png": "x"}, "zip")}, "zip"))
    with pytest.raises(DataError, match="images.zip holds no file that can be read"):
        opened(path)


def test_all_archives_within_one_have_one_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(extracting, "MAX_UNPACKED", 2**16)
    inner = packed({"a.txt": "0" * 2**15})  # a few bytes
    path = tmp_path / "all.zip"
    path.write_bytes(packed({f"{n}/{n}.tar.gz": inner for n in range(3)}, "zip"))
    with pytest.raises(DataError, match="can be unpacked"):
        opened(path)
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


def test_archives_within_archives_have_an_end(tmp_path):
    inner = packed({"a.csv": CSV}, "zip")
    for n in range(5):
        inner = packed({f"{n}.zip": inner}, "zip")
    path = tmp_path / "all.zip"
    path.write_bytes(inner)
    with pytest.raises(DataError, match="archives, one in the other"):
        opened(path)


def test_folders_with_data_beside_files_of_splits_are_named(tmp_path):
    files = {"train.csv": ONE, "test.csv": TWO, "old/a.csv": CSV, "pictures/a.png": "x"}
    sizes, notes, _ = opened(folder(tmp_path, files))
    assert sizes == {"train": 8, "test": 4}
    (said,) = [note for note in notes if note.check == "left out"]
    assert (said.severity, said.count) == ("warning", 1) and said.what.endswith("old.")


def test_what_is_wrong_in_an_archive_is_told_of_the_archive(tmp_path):
    path = tmp_path / "all.zip"
    path.write_bytes(packed({"one.csv": CSV, "two.csv": CSV}, "zip"))
    with pytest.raises(DataError) as caught:
        opened(path)
    assert str(path) in str(caught.value) and "unpacked" not in str(caught.value)
