"""A folder of the cache proves that it is whole; one that is not is made anew and that is told."""

import contextlib
import errno
import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest

from workbench import disk_cache

DAMAGE = {
    "truncated": lambda p: p.write_bytes(p.read_bytes()[:-3]),
    "emptied": lambda p: p.write_bytes(b""),
    "garbage": lambda p: p.write_bytes(os.urandom(400)),
    "missing": lambda p: p.unlink(),
    "folder": lambda p: (p.unlink(), p.mkdir()),
    "flipped": lambda p: p.write_bytes(p.read_bytes()[:50] + b"?" + p.read_bytes()[51:]),
    "longer": lambda p: p.write_bytes(p.read_bytes() + b"\0"),
    "link-to-nothing": lambda p: (p.unlink(), p.symlink_to("nothing")),
}


def make(folder, content=b"x" * 500):
    def fill(stage):
        (stage / "a.bin").write_bytes(content)
        (stage / "sub").mkdir()
        (stage / "sub" / "b.bin").write_bytes(content[:200])
        return {"of": folder.name}

    disk_cache.keep(folder, fill, room=10**9)


@pytest.fixture
def kept(tmp_path):
    folder = tmp_path / "root" / "one"
    make(folder)
    disk_cache._proved.clear()  # as in another process
    return folder


def test_what_is_whole_is_there(kept, monkeypatch):
    assert disk_cache.read_about(kept) == {"of": "one"}
    sums = []
    monkeypatch.setattr(disk_cache, "_sum", lambda path: sums.append(path))
    assert disk_cache.read_about(kept) == {"of": "one"} and not sums  # once a process


@pytest.mark.parametrize("file", ["a.bin", "sub/b.bin", disk_cache.ABOUT])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("known", [False, True], ids=["fresh", "proved-before"])
def test_what_is_damaged_is_made_anew(kept, damage, file, known):
    if known:
        disk_cache.read_about(kept)
    damage(kept / file)
    notes = []
    assert disk_cache.read_about(kept, notes) is None
    assert not kept.exists()
    make(kept)
    assert disk_cache.read_about(kept, notes) == {"of": "one"}
    if file != disk_cache.ABOUT:
        assert len(notes) == 1 and "made anew" in notes[0]
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.parametrize(
    "said", ["[1", "[]", "{}", "7", "null", '{"name": "one"}', '{"name": "one", "files": 3}'],
    ids=["cut", "list", "object", "number", "null", "half", "odd"],
)  # fmt: skip
def test_what_says_nonsense_of_itself_is_made_anew(kept, said):
    (kept / disk_cache.ABOUT).write_text(said)
    assert disk_cache.read_about(kept, []) is None and not kept.exists()


def test_anothers_content_is_not_taken(kept):
    other = kept.parent / "two"
    make(other, b"y" * 500)
    shutil.rmtree(kept)
    shutil.copytree(other, kept)
    assert disk_cache.read_about(kept, []) is None
    assert disk_cache.read_about(other) == {"of": "two"}


def test_a_file_where_the_folder_should_be(kept):
    shutil.rmtree(kept)
    kept.write_text("not a folder")
    assert disk_cache.read_about(kept, []) is None
    make(kept)
    assert disk_cache.read_about(kept) == {"of": "one"}


def test_one_of_an_earlier_version_is_made_anew_without_blame(kept, caplog):
    (kept / disk_cache.ABOUT).write_text(json.dumps(["input_ids"]))
    notes = []
    assert disk_cache.read_about(kept, notes) is None and not notes and not caplog.text


def test_a_changed_time_is_looked_at_and_found_whole(kept):
    os.utime(kept / "a.bin", (1, 1))
    assert disk_cache.read_about(kept) == {"of": "one"}


def test_many_writers_and_readers_at_once(tmp_path, request):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # threads that take turns often meet between two calls
    request.addfinalizer(lambda: sys.setswitchinterval(interval))
    folder, errors, found = tmp_path / "root" / "one", [], []

    def work(number):
        try:
            for turn in range(6):
                if disk_cache.read_about(folder, []) is None:
                    make(folder)
                found.append(disk_cache.read_about(folder, []))
                if number == 0 and turn % 2:
                    with contextlib.suppress(OSError):  # another has thrown it out meanwhile
                        (folder / "a.bin").write_bytes(b"spoilt")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors and set(map(str, found)) <= {"None", str({"of": "one"})}
    make(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["one"]


def test_a_place_that_empties_while_it_is_taken_is_tried_again(tmp_path, monkeypatch):
    """Between "it is full" and a look at it another process may have thrown out what was there."""
    folder, replace, tried = tmp_path / "root" / "one", os.replace, []

    def full_once(source, target):
        if Path(target) == folder:
            tried.append(target)
            if len(tried) == 1:
                raise OSError(errno.ENOTEMPTY, "Directory not empty")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full_once)
    make(folder)
    assert disk_cache.read_about(folder) == {"of": "one"} and len(tried) == 2


def test_one_that_is_thrown_out_as_soon_as_it_is_there_is_no_error(tmp_path, monkeypatch):
    folder, replace = tmp_path / "root" / "one", os.replace

    def gone_at_once(source, target):
        replace(source, target)
        if Path(target) == folder:
            shutil.rmtree(folder)

    monkeypatch.setattr(os, "replace", gone_at_once)
    make(folder)
    notes = []
    assert disk_cache.read_about(folder, notes) is None and not notes


def test_one_that_vanishes_while_it_is_read_is_not_called_damaged(kept, monkeypatch):
    read = disk_cache.read_json

    def gone(path):
        shutil.rmtree(kept, ignore_errors=True)
        return read(path)

    monkeypatch.setattr(disk_cache, "read_json", gone)
    notes = []
    assert disk_cache.read_about(kept, notes) is None and not notes


def test_what_was_used_longest_ago_goes_first(tmp_path):
    root = tmp_path / "root"
    for number, name in enumerate(("a", "b", "c")):
        make(root / name)
        os.utime(root / name, (1000 + number, 1000 + number))
    disk_cache.read_about(root / "a")  # used now
    one = disk_cache.size_of(root / "a")
    disk_cache.keep(root / "d", lambda stage: (stage / "x").write_bytes(b"1") or 1, room=2 * one)
    assert sorted(path.name for path in root.iterdir()) == ["a", "d"]


def test_halves_of_killed_processes_go_after_a_day(tmp_path):
    root = tmp_path / "root"
    for name, age in ((".part-old", 90_000), (".part-new", 10)):
        (root / name).mkdir(parents=True)
        os.utime(root / name, (time.time() - age,) * 2)
    make(root / "one")
    assert sorted(path.name for path in root.iterdir()) == [".part-new", "one"]
