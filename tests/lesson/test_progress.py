"""What a learner has done: kept in a file, shown, and never lost for a folder that takes none."""

import json
import os
import subprocess
import sys
import threading

import pytest

import workbench as wb
from tests.warned import warned
from workbench import paths
from workbench.errors import UnknownName
from workbench.lesson import record, tracking


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_LESSONS", str(tmp_path / "lessons"))
    return tmp_path / "lessons"


def test_it_follows_each_check_and_is_there_after_a_restart(folder):
    view = wb.lesson.progress("21")
    assert str(view) == "Exercises of 21: 0 of 5 solved."
    wb.lesson.check("21.4", 3)
    wb.lesson.check("21.1", 4)
    assert [state for _, state, _ in view.marks] == ["right", "open", "open", "tried", "open"]
    wb.lesson.check("21.4", 4)
    assert view.heading == "Exercises of 21: 2 of 5 solved."
    kept = json.loads((folder / "21.json").read_text())
    assert kept["exercises"]["4"] == {"tries": 1, "right": True}
    assert [m[1] for m in wb.lesson.progress("21").marks].count("right") == 2
    assert wb.lesson.progress("20").heading.startswith("Exercises of 20: 0")


def test_what_was_solved_stays_solved():
    wb.lesson.check("21.4", 4)
    wb.lesson.check("21.4", 5)
    assert dict(tracking.states("21"))["4"] == "right"


def test_a_folder_that_takes_no_file(folder, monkeypatch):
    folder.write_text("a file is in the way")
    said = wb.lesson.check("21.4", 3)
    assert "not kept" in str(said) and str(folder) in str(said)
    view = wb.lesson.progress("21")
    wb.lesson.check("21.1", 4)
    assert [state for _, state, _ in view.marks] == ["right", "open", "open", "tried", "open"]
    assert folder.read_text() == "a file is in the way"
    folder.unlink()
    assert "not kept" not in str(wb.lesson.check("21.4", 4))
    assert set(json.loads((folder / "21.json").read_text())["exercises"]) == {"1", "4"}


@pytest.mark.parametrize("text", [
    "", "{", "[]", '{"exercises": 3}', '{"exercises": {"1": {"tries": "x", "right": true}}}',
    '{"exercises": {"1": {"tries": -1, "right": true}}}', '{"exercises": {"1": null}}',
], ids=["empty", "cut", "list", "number", "text", "negative", "null"])  # fmt: skip
def test_a_file_that_cannot_be_read_is_kept_aside_and_said(folder, text):
    folder.mkdir()
    (folder / "21.json").write_text(text)
    with warned("cannot be read and begins anew"):
        assert str(wb.lesson.progress("21")).endswith("0 of 5 solved.")
    assert (folder / "21.json.unreadable").read_text() == text


def test_two_at_once_lose_no_try(folder):
    def many():
        for _ in range(20):
            record.Record("21").add("1", right=False)

    threads = [threading.Thread(target=many) for _ in range(4)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    assert record.Record("21").read()["1"]["tries"] == 80


def test_two_kernels_at_once_lose_no_try(folder):
    code = """
import sys
from workbench.lesson.record import Record
print("ready", flush=True)
sys.stdin.readline()
for _ in range(60):
    Record("21").add(sys.argv[1], right=False)
"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    kernels = [subprocess.Popen([sys.executable, "-c", code, n], **pipes) for n in "112"]
    [one.stdout.readline() for one in kernels]
    [(one.stdin.write("\n"), one.stdin.flush()) for one in kernels]
    [one.communicate() for one in kernels]
    kept = record.Record("21").read()
    assert (kept["1"]["tries"], kept["2"]["tries"]) == (120, 60)


def test_a_file_that_another_kernel_writes_just_now_is_not_put_aside(folder, monkeypatch):
    record.Record("21").add("1", right=True)
    read, seen = record.atomic_files.read_json, []

    def late(path):
        seen.append(path)
        return None if len(seen) == 1 else read(path)

    monkeypatch.setattr(record.atomic_files, "read_json", late)
    assert record.Record("21").read()["1"]["right"]
    assert (folder / "21.json").exists()


def test_what_another_kernel_solved_meanwhile_stays_solved(folder):
    folder.write_text("a file is in the way")
    record.Record("21").add("1", right=False)
    folder.unlink()
    folder.mkdir()
    others = {"1": {"tries": 2, "right": True}}
    (folder / "21.json").write_text(json.dumps({"format": 1, "exercises": others}))
    record.Record("21").add("2", right=False)
    assert record.Record("21").read()["1"] == {"tries": 2, "right": True}


@pytest.mark.parametrize("book", ["99", "", "../21", "21.1"])
def test_a_notebook_without_exercises(book):
    with pytest.raises(UnknownName, match="has no exercises"):
        wb.lesson.progress(book)


def test_where_it_is_kept(monkeypatch, tmp_path):
    monkeypatch.delenv("WORKBENCH_LESSONS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if os.uname().sysname != "Darwin":
        assert paths.lessons_dir() == tmp_path / "finetune-workbench" / "lessons"
