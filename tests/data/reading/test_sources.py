"""Data from samples, files, folders, frames and a hub on this machine."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import datasets as hf
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import missing
from tests.fakes.hub_server import FakeHub
from tests.waiting import PATIENCE
from workbench.data.reading import sources
from workbench.errors import DataError, DownloadError, UnknownName

FRAME = pd.DataFrame({"text": ["good", "bad", 'so "so", no'], "label": ["pos", "neg", "neg"]})
ROWS = FRAME.to_dict("records")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch, request):
    """A cache of its own for every test but those of real samples."""
    if "sample" not in request.node.name:
        monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))


def rows(splits, split="train"):
    return splits[split].to_list()


# --- samples ----------------------------------------------------------------------------------


def load_sample(name):
    try:
        return sources.load(name)
    except DownloadError as error:
        missing(f"Sample {name!r} is not here.", str(error))


def test_sample_of_one_split():
    splits = load_sample("sample:movie-sentiment")
    assert isinstance(splits, hf.DatasetDict) and list(splits) == ["train"]
    assert splits["train"].column_names == ["text", "label"]
    assert splits["train"].num_rows == 10_555
    assert {f.dtype for f in splits["train"].features.values()} == {"string"}


def test_sample_with_its_own_test_split():
    splits = load_sample("sample:reuters-r8")
    assert {name: len(split) for name, split in splits.items()} == {"train": 5485, "test": 2189}


def test_unknown_sample():
    with pytest.raises(UnknownName, match="Did you mean 'sample:movie-sentiment'"):
        sources.load("sample:movie-sentimnt")


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "jsonl", "ndjson", "parquet"])
def test_every_kind_of_file_gives_the_same_rows(tmp_path, suffix):
    file = tmp_path / f"reviews.{suffix}"
    if suffix in ("csv", "tsv"):
        FRAME.to_csv(file, index=False, sep="," if suffix == "csv" else "\t")
    elif suffix == "parquet":
        FRAME.to_parquet(file)
    else:
        FRAME.to_json(file, orient="records", lines=suffix != "json")
    splits = sources.load(file)
    assert list(splits) == ["train"] and rows(splits) == ROWS
    assert sources.fingerprint(str(file)) == sources.fingerprint(FRAME)


def test_text_file_is_one_text_a_line(tmp_path):
    (tmp_path / "a.txt").write_text("\ufeffeins\r\n\nzwei\n", encoding="utf-8")
    assert rows(sources.load(tmp_path / "a.txt")) == [{"text": "eins"}, {"text": "zwei"}]


@pytest.mark.parametrize(
    "content",
    [
        {"text": ["a", "b"], "label": [1, 2]},
        {"data": [{"text": "a", "label": 1}, {"text": "b", "label": 2}]},
        [{"text": "a", "label": 1}, {"label": 2, "text": "b"}],
    ],
)
def test_shapes_of_json(tmp_path, content):
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert rows(sources.load(tmp_path / "a.json")) == [
        {"text": "a", "label": 1},
        {"text": "b", "label": 2},
    ]


def test_a_key_that_comes_late_in_jsonl_is_a_column(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n\n{"text": "b", "label": "x"}\n')
    assert rows(sources.load(tmp_path / "a.jsonl")) == [
        {"text": "a", "label": None},
        {"text": "b", "label": "x"},
    ]


def test_the_texts_na_null_and_empty_stay_texts(tmp_path):
    (tmp_path / "a.csv").write_text('text,label\nNA,1\nnull,2\n"",3\n"two\nlines",4\n')
    texts = [row["text"] for row in rows(sources.load(tmp_path / "a.csv"))]
    assert texts == ["NA", "null", "", "two\nlines"]


def test_a_type_that_changes_late_in_a_long_csv(tmp_path):
    """The type of a column is judged over the whole file, not over its first block."""
    lines = ["text,label", *(f"{'t' * 50},{i}" for i in range(40_000)), "last,word"]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    got = rows(sources.load(tmp_path / "a.csv"))
    assert got[0]["label"] == "0" and got[-1] == {"text": "last", "label": "word"}


BAD_FILES = {
    "empty.csv": (b"", "is empty"),
    "header.csv": (b"text,label\n", "has no rows"),
    "ragged.csv": (b"text,label\na,1\nb,2,3\n", "Row 3 of .* has 3 fields and not 2"),
    "twice.csv": (b"text,text\na,b\n", "two columns 'text'"),
    "half.json": (b'[{"text": "a"', "cannot be read as json"),
    "number.json": (b"3", "not a list of objects"),
    "list.json": (b"[1, 2]", "not a list of objects"),
    "uneven.json": (b'{"text": ["a", "b"], "label": [1]}', "differ in length: 'text' 2, 'label' 1"),
    "none.json": (b"[]", "has no rows"),
    "bad.jsonl": (b'{"text": "a"}\n{"text": \n', "line 2 is not JSON"),
    "mixed.jsonl": (b'{"a": {"b": 1}}\n{"a": "x"}\n', "column 'a' of line 2 that does not fit"),
    "fake.parquet": (b"PAR1 no", "cannot be read as parquet"),
    "blank.txt": (b"\n\n", "has no rows"),
    "table.xlsx": (b"PK", "cannot be read as a workbook"),
    "table.doc": (b"PK", "of a kind that cannot be read"),
    "noname": (b"x", "of a kind that cannot be read"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_one_sentence(tmp_path, name):
    content, says = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=says) as caught:
        sources.load(tmp_path / name)
    assert name in caught.value.message and caught.value.remedy
    assert "\n" not in str(caught.value)


def test_no_such_file(tmp_path):
    with pytest.raises(UnknownName, match="no such file or folder"):
        sources.load(tmp_path / "nothing.csv")


# --- folders ----------------------------------------------------------------------------------


def test_folder_of_files_named_after_splits(tmp_path):
    FRAME.to_csv(tmp_path / "train.csv", index=False)
    FRAME[:1].to_json(tmp_path / "dev.jsonl", orient="records", lines=True)
    FRAME[:2].to_parquet(tmp_path / "test-00000-of-00002.parquet")
    FRAME[2:].to_parquet(tmp_path / "test-00001-of-00002.parquet")
    (tmp_path / "README.md").write_text("about")
    splits = sources.load(tmp_path)
    assert list(splits) == ["train", "validation", "test"]
    assert rows(splits, "validation") == ROWS[:1] and rows(splits, "test") == ROWS


def test_folder_with_one_file(tmp_path):
    FRAME.to_csv(tmp_path / "reviews.csv", index=False)
    assert rows(sources.load(tmp_path)) == ROWS


def test_folder_of_save_to_disk(tmp_path):
    saved = hf.DatasetDict(
        {"train": hf.Dataset.from_list(ROWS), "test": hf.Dataset.from_list(ROWS)}
    )
    saved.save_to_disk(tmp_path / "both")
    saved["train"].save_to_disk(tmp_path / "one")
    assert list(sources.load(tmp_path / "both")) == ["train", "test"]
    assert rows(sources.load(tmp_path / "one")) == ROWS


def test_bad_folders(tmp_path):
    with pytest.raises(DataError, match="holds no data that is known: nothing"):
        sources.load(tmp_path)
    FRAME.to_csv(tmp_path / "one.csv")
    FRAME.to_csv(tmp_path / "two.csv")
    with pytest.raises(DataError, match="one.csv, two.csv") as caught:
        sources.load(tmp_path)
    assert "train, validation and test" in caught.value.remedy
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train"]}')
    with pytest.raises(DataError, match="looks saved by datasets but cannot be read"):
        sources.load(tmp_path)


# --- frames -----------------------------------------------------------------------------------


def test_a_frame_is_kept_under_its_content():
    reference = sources.store_frame(FRAME)
    assert reference == f"data:{sources.fingerprint(FRAME)}"
    assert rows(sources.load(reference)) == ROWS
    assert sources.fingerprint(reference) == reference.removeprefix("data:")
    assert sources.store_frame(FRAME.set_index(pd.Index([7, 8, 9]))) == reference
    assert sources.store_frame(FRAME[["label", "text"]]) == reference
    assert sources.store_frame(FRAME[::-1]) != reference


def test_the_fingerprint_is_the_same_everywhere():
    """A pinned value: a recipe written on one machine names the same data on another."""
    assert sources.fingerprint(FRAME) == (
        "sha256-96a5bee2eca6813e9abebc3eedeb9d646f0f6414764899184c18794dc2c96767"
    )


def test_a_frame_that_was_cleared_from_the_cache(tmp_path):
    reference = sources.store_frame(FRAME)
    (tmp_path / "cache" / "data" / f"{reference[5:]}.parquet").unlink()
    with pytest.raises(UnknownName, match="not in the cache"):
        sources.load(reference)


def test_a_frame_harmed_in_the_cache(tmp_path):
    reference = sources.store_frame(FRAME)
    (tmp_path / "cache" / "data" / f"{reference[5:]}.parquet").write_bytes(b"x")
    with pytest.raises(DataError, match="in the cache are damaged"):
        sources.load(reference)


def test_frames_that_cannot_be_used():
    with pytest.raises(DataError, match="has no rows"):
        sources.store_frame(FRAME[:0])
    with pytest.raises(DataError, match="has no rows"):
        sources.load(FRAME[:0])
    with pytest.raises(DataError, match="Column 'text' of the DataFrame mixes types"):
        sources.store_frame(pd.DataFrame({"text": ["a", 3]}))
    with pytest.raises(DataError, match="two columns 'text'"):
        sources.store_frame(pd.DataFrame([["a", "b"]], columns=["text", "text"]))


def test_missing_values_are_none():
    frame = pd.DataFrame({"text": ["a", None], "score": [0.5, np.nan]})
    assert rows(sources.load(frame)) == [
        {"text": "a", "score": 0.5},
        {"text": None, "score": None},
    ]


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match="cannot be written"):
        sources.store_frame(FRAME)


def test_datasets_pass_through():
    split = hf.Dataset.from_list(ROWS)
    assert rows(sources.load(split)) == ROWS
    both = hf.DatasetDict({"train": split, "test": split})
    assert sources.load(both) is both


# --- fingerprints -----------------------------------------------------------------------------

VALUES = st.one_of(st.none(), st.text(max_size=5), st.text("ab,\"'\n", max_size=4))
TABLES = st.lists(st.tuples(VALUES, st.integers(0, 3)), min_size=1, max_size=6)


@given(TABLES, TABLES)
def test_fingerprints_are_equal_only_for_equal_content(one, two):
    def frame(table):
        texts, labels = zip(*table, strict=True)
        return hf.Dataset.from_dict(
            {"text": list(texts), "label": list(labels)},
            features=hf.Features({"text": hf.Value("string"), "label": hf.Value("int64")}),
        )

    assert (sources.fingerprint(frame(one)) == sources.fingerprint(frame(two))) == (one == two)


def test_fingerprints_tell_splits_names_and_types_apart():
    split = hf.Dataset.from_list(ROWS)
    several = [
        split,
        hf.DatasetDict({"test": split}),
        hf.DatasetDict({"train": split, "test": split}),
        split.rename_column("text", "sentence"),
        hf.Dataset.from_dict({"text": ["1"]}),
        hf.Dataset.from_dict({"text": [1]}),
        hf.Dataset.from_dict({"text": [b"1"]}),
        hf.Dataset.from_dict({"text": [None]}),
        hf.Dataset.from_dict({"text": ["None"]}),
    ]
    assert len({sources.fingerprint(one) for one in several}) == len(several)


def test_fingerprints_do_not_depend_on_how_the_table_is_stored():
    split = hf.Dataset.from_list(ROWS)
    in_pieces = hf.concatenate_datasets([split.select([0]), split.select([1, 2])])
    shuffled_back = split.select([2, 1, 0]).select([2, 1, 0])
    formatted = split.with_format("numpy")
    large = split.cast_column("text", hf.Value("large_string"))
    prints = {
        sources.fingerprint(one) for one in (split, in_pieces, shuffled_back, formatted, large)
    }
    assert len(prints) == 1


# --- the hub ----------------------------------------------------------------------------------

PROGRAM = """
import json, os, sys
from workbench.data.reading import sources
from workbench.errors import WorkbenchError
answers = []
for reference in json.loads(sys.argv[1]):
    try:
        splits = sources.load(reference)
    except WorkbenchError as error:
        answers.append([type(error).__name__, error.message, error.remedy])
    else:
        answers.append({name: split.to_list() for name, split in splits.items()})
sys.stdout.write("ANSWERS" + json.dumps(answers))
"""


def ask(endpoint, folder, *references):
    environ = {
        **os.environ,
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(folder / "hf"),
        "HF_HUB_OFFLINE": "0",
        "PYTHONPATH": os.getcwd(),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(references)],
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ANSWERS"), done.stdout
    assert "\r" not in done.stderr  # no progress bars
    return json.loads(done.stdout.removeprefix("ANSWERS"))


CARD = """---
configs:
- config_name: one
  data_files: [{split: train, path: one.csv}]
- config_name: two
  data_files: [{split: train, path: two.csv}]
---
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    parquet = io.BytesIO()
    FRAME.to_parquet(parquet)
    hub = FakeHub()
    hub.add(
        "acme/tiny-reviews",
        {
            "data/train-00000-of-00001.parquet": parquet.getvalue(),
            "data/test-00000-of-00001.parquet": parquet.getvalue(),
        },
        kind="datasets",
    )
    two_configs = {
        "README.md": CARD,
        "one.csv": "text,label\nx,1\n",
        "two.csv": "text\ny\n",
    }
    hub.add("acme/two", two_configs, kind="datasets")
    hub.add("acme/script", {"script.py": "raise SystemExit"}, kind="datasets")
    hub.add("acme/ragged", {"train.csv": "text,label\na,b\nc,d,e\n"}, kind="datasets")
    hub.add("acme/gated", {"train.csv": "text\na\n"}, kind="datasets", gated=True)
    folder = tmp_path_factory.mktemp("hub")
    (folder / "acme" / "hidden").mkdir(parents=True)
    questions = [
        "hub:acme/tiny-reviews",
        "hub:acme/two",
        "hub:acme/two:two",
        "hub:acme/two:three",
        "hub:acme/script",
        "hub:acme/ragged",
        "hub:acme/gated",
        "hub:acme/none",
        "hub:acme/hidden",
        "hub:acme/tiny-reviews@gone",
        "hub:stanfordnlp/sst",
    ]
    again = [
        "hub:acme/tiny-reviews",
        "hub:acme/two:two",
        "hub:acme/none",
        "hub:acme/tiny-reviews@" + hub.repos["datasets", "acme/tiny-reviews"].commit("main"),
        "hub:acme/tiny-reviews@" + "0" * 40,
    ]
    with hub.serve() as endpoint:
        found = dict(zip(questions, ask(endpoint, folder, *questions), strict=True))
    down = dict(zip(again, ask(endpoint, folder, *again), strict=True))
    return found, down, hub


def test_a_hub_dataset_of_parquet(answers):
    assert answers[0]["hub:acme/tiny-reviews"] == {"train": ROWS, "test": ROWS}


def test_a_hub_dataset_of_several_configurations(answers):
    assert answers[0]["hub:acme/two:two"] == {"train": [{"text": "y"}]}
    for reference in ("hub:acme/two", "hub:acme/two:three"):
        kind, message, remedy = answers[0][reference]
        assert kind == "UnknownName" and "['one', 'two']" in message
        assert "hub:acme/two:CONFIGURATION" in remedy


@pytest.mark.parametrize(
    ("reference", "kind", "says"),
    [
        ("hub:acme/script", "DataError", "made by a script, which the workbench never runs"),
        ("hub:acme/ragged", "DataError", "cannot be loaded"),
        ("hub:acme/gated", "DownloadError", "gated"),
        ("hub:acme/none", "UnknownName", "There is no dataset hub:acme/none"),
        ("hub:acme/hidden", "DataError", "hides the hub's"),
        ("hub:acme/tiny-reviews@gone", "UnknownName", "has no such revision"),
        ("hub:stanfordnlp/sst", "UnknownName", "There is no dataset"),
    ],
)
def test_one_sentence_for_what_does_not_load(answers, reference, kind, says):
    got, message, remedy = answers[0][reference]
    assert got == kind and says in message and remedy
    assert "\n" not in message


def test_a_misspelt_hub_dataset_gets_the_nearest(answers):
    assert "'hub:stanfordnlp/sst2'" in answers[0]["hub:stanfordnlp/sst"][2]


def test_no_script_was_fetched_to_be_run(answers):
    assert not any(
        r.startswith("GET") and r.endswith("tiny-reviews.py") for r in answers[2].requests
    )


def test_a_cached_hub_dataset_loads_with_the_hub_down(answers):
    found, down, _ = answers
    assert down["hub:acme/tiny-reviews"] == found["hub:acme/tiny-reviews"]
    assert down["hub:acme/two:two"] == found["hub:acme/two:two"]


def test_with_the_hub_down_another_revision_is_not_taken_for_the_one_asked_for(answers):
    _, down, hub = answers
    commit = hub.repos["datasets", "acme/tiny-reviews"].commit("main")
    assert down[f"hub:acme/tiny-reviews@{commit}"] == {"train": ROWS, "test": ROWS}
    assert down["hub:acme/tiny-reviews@" + "0" * 40][0] == "DownloadError"


def test_the_hub_down_says_what_to_do(answers):
    kind, message, remedy = answers[1]["hub:acme/none"]
    assert kind == "DownloadError" and "cannot be reached" in message
    assert "HF_ENDPOINT" in remedy and "sample:movie-sentiment" in remedy


@pytest.mark.parametrize(
    "above", ["\n", "\n\n", " \n\t\n", "\r\n\r\n"], ids=["one", "two", "blank", "crlf"]
)
def test_empty_lines_above_and_between_are_no_rows(tmp_path, above):
    path = tmp_path / "gaps.csv"
    rows = [f"text {n},{'ab'[n % 2]}" for n in range(12)]
    path.write_text(above + "text,label\n\n" + "\n\n".join(rows) + "\n\n", newline="")
    table, reports = sources.opened(str(path))
    assert table["train"].column_names == ["text", "label"] and len(table["train"]) == 12
    assert not [n for n in reports[0].notes if n.check == "lines above"]


@pytest.mark.parametrize("lines", [False, True], ids=["document", "lines"])
def test_json_that_is_called_csv_is_read_as_json(tmp_path, lines):
    rows = [{"text": f"one, two {n}", "label": "ab"[n % 2]} for n in range(4)]
    text = "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows, indent=1)
    path = tmp_path / "a.csv"
    path.write_text(text)
    splits, reports = sources.opened(path)
    assert splits["train"].to_list() == rows
    assert any("is called .csv and holds JSON" in note.what for note in reports[0].notes)


def test_a_bracket_alone_makes_no_json(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("[text],label\n[a] b,c\nd,e\n")
    assert sources.load(path)["train"].column_names == ["[text]", "label"]


def test_a_table_that_is_called_json_is_said_to_be_none(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("text,label\na,b\n")
    with pytest.raises(DataError, match="holds no JSON: it begins with 'text,label") as error:
        sources.load(path)
    assert "name it .csv" in error.value.remedy
