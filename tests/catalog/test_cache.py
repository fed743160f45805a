"""The cache says what it holds, and making room takes only what is its own and comes back."""

import os
import re
from pathlib import Path

import pytest

import workbench
from workbench import catalog, cli
from workbench.errors import UnknownName


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Two old entries of 1,000 bytes in each of three folders, a fresh one, and strangers."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("WORKBENCH_CACHE", str(folder))
    monkeypatch.setattr("workbench.catalog.cache.IN_USE", -1)
    for name in ("tables", "tokens", "data", "strangers"):
        for entry in ("a", "b"):
            (folder / name / entry).mkdir(parents=True)
            (folder / name / entry / "x.bin").write_bytes(b"x" * 1000)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.txt").write_text("mine")
    return folder


def left(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.glob("*/*"))


def test_what_it_holds(cache):
    table = catalog.cache_table().set_index("name")
    assert table.loc["tables", ["entries", "size_mb"]].tolist() == [2, 0.0]
    assert table.loc["data", "entries"] == 2 and not table.loc["data", "made_anew"]
    assert table.loc["nets", "entries"] == 0 and "strangers" not in table.index


def test_whatever_is_put_there_is_listed():
    """A folder that nobody lists can fill a disk unseen; locks and the queue are empty files."""
    put = re.compile(r'cache_dir\(\) / "([\w-]+)"')
    found = {name for path in Path(workbench.__file__).parent.rglob("*.py")
             for name in put.findall(path.read_text("utf-8"))}  # fmt: skip
    assert {"compressed", "uploads", "queue"} <= found
    assert found - {"locks", "queue"} <= set(catalog.cache_table()["name"])


def test_what_comes_back_is_taken_away(cache):
    assert catalog.clear_cache() == (4000, 0)
    assert left(cache) == ["data/a", "data/b", "strangers/a", "strangers/b"]


def test_what_is_named_is_taken_away(cache):
    assert catalog.clear_cache("data") == (2000, 0)
    assert "tables/a" in left(cache) and "data/a" not in left(cache)


@pytest.mark.parametrize("name", ["strangers", "..", "/", "", "table", "tables/a"])
def test_another_name_takes_nothing(cache, name):
    before = left(cache)
    with pytest.raises(UnknownName):
        catalog.clear_cache("data", name)
    assert left(cache) == before


def test_what_is_in_use_is_left(cache, monkeypatch):
    monkeypatch.setattr("workbench.catalog.cache.IN_USE", 600)
    assert catalog.clear_cache() == (0, 4)
    assert len(left(cache)) == 8


def test_links_lead_nowhere(cache, tmp_path):
    os.symlink(tmp_path / "elsewhere", cache / "tables" / "link")
    os.symlink(tmp_path / "elsewhere", cache / "nets")
    catalog.clear_cache()
    assert (tmp_path / "elsewhere" / "mine.txt").read_text() == "mine"
    assert not (cache / "tables" / "link").is_symlink()


def test_the_command(cache, capsys):
    assert cli.main(["cache"]) == 0
    told = capsys.readouterr().out
    assert "tokens" in told and str(cache) in told
    assert cli.main(["cache", "clear", "tokens"]) == 0
    assert "MB of room" in capsys.readouterr().out and "tokens/a" not in left(cache)
    assert cli.main(["cache", "clear", "tokenz"]) == 2
    assert "tokens" in capsys.readouterr().err


def test_an_empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "none"))
    assert catalog.cache_table()["entries"].sum() == 0 and catalog.clear_cache() == (0, 0)
