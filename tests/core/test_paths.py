"""A name is a name: no home, address, pattern or setting of the shell."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather

from workbench.catalog import model_folder
from workbench.data.reading import sources
from workbench.errors import DataError, UnknownName, WorkbenchError
from workbench.paths import local_path
from workbench.run_folder import folders

ROOT = Path(__file__).parent.parent.parent
NAMES = {
    "brackets": "g[ab]", "star": "g*", "question": "g?", "braces": "g{a,b}", "tilde": "~",
    "nobody": "~nobody-of-this-name", "percent": "g%41", "quote": "g'a", "quotes": 'g"a',
    "variable": "$HOME", "blanks": " g a ", "newline": "g\na", "emoji": "g\U0001f600",
    "dash": "-g", "storage": "s3:", "bucket": "s3:b", "web": "http:", "secure": "https:",
    "file": "file:", "zip": "zip:", "chained": "g::a", "column": "label=ga", "dots": "g..a",
    "backslash": "g\\a", "hash": "g#a", "accent": "ge\u0301", "long": "g" * 240,
}  # fmt: skip
ROWS = [{"text": "mine", "label": "yes"}, {"text": "too", "label": "no"}]


def write(folder):
    frame = pd.DataFrame(ROWS)
    with open(folder / "a.csv", "w") as file:
        frame.to_csv(file, index=False)
    with open(folder / "a.jsonl", "w") as file:
        frame.to_json(file, orient="records", lines=True)
    for name, put in (("a.parquet", pa.parquet.write_table), ("a.arrow", feather.write_feather)):
        with open(folder / name, "wb") as file:
            put(pa.Table.from_pandas(frame), file)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working directory, a cache and a home of their own; in the home other files lie."""
    for name in ("home", "here"):
        (tmp_path / name).mkdir()
    for name in ("a.csv", "a.jsonl", "a.parquet", "a.arrow"):
        (tmp_path / "home" / name).write_bytes(b"another's\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_data_of_any_name_are_those_of_that_name(home, name):
    import pyarrow.parquet  # noqa: F401

    (home / name).mkdir()
    write(home / name)
    for file in ("a.csv", "a.jsonl", "a.parquet", "a.arrow"):
        for reference in (home / name / file, f"{name}/{file}"):
            assert sources.load(reference)["train"].to_list() == ROWS, file


def test_a_folder_called_a_equals_b_gives_its_files_no_column(home):
    (home / "lang=de").mkdir()
    write(home / "lang=de")
    for file in ("a.parquet", "a.arrow", "a.csv"):
        train = sources.load(home / "lang=de" / file)["train"]
        assert train.column_names == list(ROWS[0]), file


@pytest.mark.parametrize("name", ["~", "s3:", "g[ab]"])
def test_a_saved_dataset_of_any_name(home, name):
    import datasets

    datasets.Dataset.from_list(ROWS).save_to_disk(str(home / "plain"))
    (home / "plain").rename(home / name)
    assert sources.load(name)["train"].to_list() == ROWS


def test_a_saved_dataset_whose_name_its_library_takes_apart(home):
    import datasets

    datasets.Dataset.from_list(ROWS).save_to_disk(str(home / "plain"))
    (home / "plain").rename(home / "g::a")
    with pytest.raises(DataError, match="has '::' in its path"):
        sources.load("g::a")


def test_a_home_is_meant_where_nothing_has_that_name(home):
    (home.parent / "home" / "b.csv").write_text("text,label\nfrom home,yes\n")
    assert local_path("~/b.csv") == home.parent / "home" / "b.csv"
    assert sources.load("~/b.csv")["train"]["text"] == ["from home"]


@pytest.mark.parametrize(
    "name",
    ["x" * 300, "x" * 5000, "a/" * 3000, "~nobody-of-this-name/x", "nul\0byte", "half \ud800",
     "s3://bucket/x.csv", "https://127.0.0.1:9/x.csv", "", "..", "\n", "$HOME/x"],
    ids=["long", "very-long", "deep", "nobody", "nul", "surrogate", "storage", "web", "empty",
         "up", "newline", "variable"],
)  # fmt: skip
def test_a_name_of_nothing_is_one_sentence(home, name):
    for call in (sources.load, model_folder, folders.check_run_folder):
        with pytest.raises(WorkbenchError) as caught:
            call(name)
        if name not in ("", ".."):
            assert isinstance(caught.value, UnknownName) or "cannot" in caught.value.message
        assert len(str(caught.value)) < 1000


def test_a_working_folder_that_is_gone_is_said_before_libraries_end_the_process(tmp_path):
    script = (
        "import os, sys\n"
        "from workbench import Recipe, cli\nfrom workbench.training import api\n"
        "os.mkdir('gone'); os.chdir('gone'); os.rmdir(os.getcwd())\n"
        "print(cli.main(['train', '/no/recipe.yaml']))\n"
        "for call in (api.start, api.fine_tune):\n"
        "    try: call(Recipe(dataset='sample:spam'), out=sys.argv[1])\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "run")], cwd=tmp_path, capture_output=True,
        text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    said = "The folder that this process works in is gone. Change into one that is there"
    assert done.stderr.count(said) == 1 and done.stdout.startswith("2\n")
    assert done.stdout.count(f"RunError {said}") == 2 and not (tmp_path / "run").exists()
