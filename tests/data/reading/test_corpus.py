"""Every broken file gets its refusal or its finding: one sentence, at once, the file untouched."""

import os
import time

import pytest

import workbench as wb
from tests.data.reading.corpus import FOUND, REFUSED, csv, make, rows
from workbench.cli import main
from workbench.data.reading import sources, user_files
from workbench.errors import DataError, WorkbenchError

LIMIT = 60.0  # seconds of this process: what grows with the square of the rows takes more


@pytest.fixture(scope="module", autouse=True)
def _cache_of_its_own(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        from tests.training.tiny import save_model

        patch.setenv("TINY", str(save_model(tmp_path_factory.mktemp("model") / "bert")))
        wb.check(make(tmp_path_factory.mktemp("warm"), "warm.csv", csv(rows())))  # imports
        yield


def state(path):
    found = os.lstat(path)
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_mode


def test_the_corpus_is_large_enough():
    assert len(REFUSED) >= 40 and len(FOUND) >= 25


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path, name):
    content, says = REFUSED[name]
    path = make(tmp_path, name, content)
    before, start = state(path), time.process_time()
    with pytest.raises(DataError, match=says) as caught:
        wb.check(path)
    assert time.process_time() - start < LIMIT
    assert state(path) == before
    assert caught.value.remedy and "\n" not in str(caught.value)
    if name != "numbers.csv":
        assert name in caught.value.message


@pytest.mark.parametrize("name", FOUND)
def test_found(tmp_path, name):
    import re

    content, severity, check, says = FOUND[name]
    path = make(tmp_path, name, content)
    before, start = state(path), time.process_time()
    found = wb.check(path, model=os.environ["TINY"])
    assert time.process_time() - start < LIMIT
    assert state(path) == before
    fitting = [f for f in found.found if re.fullmatch(check, f.check) and f.severity == severity]
    assert any(re.search(says, f.what) for f in fitting), found.findings.to_string()
    for finding in found.found:
        assert "\n" not in finding.what and finding.what.endswith(".")
        assert finding.fix or finding.remedy or finding.severity == "info"


def test_a_file_that_changes_while_it_is_read(tmp_path, monkeypatch):
    path = make(tmp_path, "growing.csv", csv(rows()))
    plain = user_files.READERS[".csv"]

    def slow(path, *args, **options):
        table = plain(path, *args, **options)
        with open(path, "a") as file:
            file.write("one more,good\n")
        return table

    monkeypatch.setitem(user_files.READERS, ".csv", slow)
    with pytest.raises(DataError, match="growing.csv changed while it was read"):
        sources.load(path)


@pytest.mark.parametrize("name", ["ragged.csv", "cut.json", "sparse.csv"])
def test_the_command_says_it_without_a_traceback(tmp_path, name, capsys):
    path = make(tmp_path, name, REFUSED[name][0])
    assert main(["check", str(path)]) == 2
    said = capsys.readouterr()
    assert name in said.err and "Traceback" not in said.err + said.out
    assert len(said.err.splitlines()) == 1


def test_a_mark_at_the_start_is_no_part_of_the_first_name(tmp_path):
    path = make(tmp_path, "bom.csv", b"\xef\xbb\xbf" + csv(rows()).encode())
    assert sources.load(path)["train"].column_names == ["text", "label"]


def test_no_refusal_is_another_kind_of_error(tmp_path):
    """Cut at every length, a workbook and a parquet file are refused and never crash a reader."""
    import pandas as pd

    frame = pd.DataFrame(rows(), columns=["text", "label"])
    whole = tmp_path / "whole.parquet"
    frame.to_parquet(whole)
    from tests.data.reading.corpus import workbook

    for suffix, data in (
        ("parquet", whole.read_bytes()),
        ("xlsx", workbook([["text", "label"], ["a", "b"]])),
    ):
        for cut in range(1, len(data), max(len(data) // 25, 1)):
            path = make(tmp_path, f"cut.{suffix}", data[:cut])
            with pytest.raises(WorkbenchError):
                sources.load(path)
