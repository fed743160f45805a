"""Uploads lie in their folder, whatever they are called; what is there is not overwritten."""

import io
import os
import shutil
import zipfile

import pytest

from workbench.data.reading import extracting, sources
from workbench.data.reading.uploads import save_upload
from workbench.errors import DataError


def test_an_upload_is_kept_and_read(tmp_path):
    path = save_upload("reviews.csv", b"text,label\nfine,a\nbad,b\n", tmp_path)
    assert path.name == "reviews.csv" and path.is_relative_to(tmp_path)
    assert sources.load(path)["train"].num_rows == 2
    other = save_upload("reviews.csv", b"text,label\nfine,a\n", tmp_path)
    assert other != path and path.read_bytes().endswith(b"bad,b\n")
    assert save_upload("reviews.csv", path.read_bytes(), tmp_path) == path
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    "name",
    ["../out.csv", "/etc/passwd.csv", "..\\out.csv", "a/b.csv", ".hidden.csv", "a\0.csv", "a\n.csv",
     "C:a.csv", " a.csv", "", "x" * 300 + ".csv"],
)  # fmt: skip
def test_names_that_lead_elsewhere(tmp_path, name):
    with pytest.raises(DataError, match="no plain file name") as caught:
        save_upload(name, b"text\na\n", tmp_path / "uploads")
    assert "\n" not in str(caught.value) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("run.py", b"x", "of a kind that cannot be read"), ("a.csv", b"", "is empty")],
)
def test_uploads_that_cannot_be_used(tmp_path, name, content, says):
    with pytest.raises(DataError, match=says):
        save_upload(name, content, tmp_path)


def test_a_link_in_the_folder_leads_nowhere(tmp_path):
    kept = save_upload("a.csv", b"text\na\n", tmp_path / "uploads")
    outside = tmp_path / "outside.csv"
    outside.write_text("mine")
    kept.unlink()
    os.symlink(outside, kept)
    with pytest.raises(DataError, match="link that leads out of the folder"):
        save_upload("a.csv", b"text\na\n", tmp_path / "uploads")
    assert outside.read_text() == "mine"


def packed(**members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            undated = zipfile.ZipInfo(name)  # 1980: the same bytes whenever the tests are collected
            archive.writestr(undated, text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def test_a_folder_comes_as_a_zip_file(tmp_path):
    classes = {f"reviews/{c}/{n}.txt": f"{c} text {n}" for c in ("good", "bad") for n in range(3)}
    content = packed(**classes, **{"__MACOSX/reviews/good/._0.txt": "x", "reviews/.DS_Store": "x"})
    folder = save_upload("reviews.zip", content, tmp_path)
    train = sources.load(folder)["train"]
    assert sorted(train["label"]) == ["bad"] * 3 + ["good"] * 3
    assert save_upload("reviews.zip", content, tmp_path) == folder
    splits = {"train.csv": "text,label\na,b\n", "test.csv": "text,label\nc,d\n"}
    assert set(sources.load(save_upload("a.zip", packed(**splits), tmp_path))) == {"train", "test"}
    single = save_upload("b.zip", packed(**{"deep/er/one.csv": "text,label\na,b\n"}), tmp_path)
    assert single.name == "one.csv" and sources.load(single)["train"].num_rows == 1
    assert not list(tmp_path.rglob("*.part")) and not list(tmp_path.rglob("*MACOSX*"))


def test_two_unpack_the_same_folder_at_once(tmp_path, monkeypatch):
    rename = os.rename

    def another_was_quicker(source, target):
        shutil.copytree(source, target)
        rename(source, target)

    monkeypatch.setattr(os, "rename", another_was_quicker)
    content = packed(**{"texts/pos/a.txt": "fine", "texts/neg/b.txt": "not so"})
    folder = save_upload("texts.zip", content, tmp_path)
    assert (folder / "pos" / "a.txt").read_text() == "fine"
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    ("content", "says"),
    [(packed(**{"../out.csv": "a"}), "leads out of its folder"),
     (packed(**{"/etc/out.csv": "a"}), "leads out of its folder"),
     (packed(**{"a\\..\\out.csv": "a"}), "leads out of its folder"),
     (packed(**{"run.py": "a"}), "holds no file that can be read"),
     (packed(**{"a.csv": "a" * 5000})[:60], "no whole zip file"), (b"text,label", "no whole zip")],
    ids=["parent", "root", "backslashes", "code", "cut", "no-zip"],
)  # fmt: skip
def test_zip_files_that_cannot_be_used(tmp_path, content, says):
    with pytest.raises(DataError, match=says) as caught:
        save_upload("a.zip", content, tmp_path / "uploads")
    assert "\n" not in str(caught.value)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_a_zip_file_that_would_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(extracting, "MAX_UNPACKED", 2**20)
    bomb = packed(**{"a.txt": "0" * 2**22})
    assert len(bomb) < 2**14
    with pytest.raises(DataError, match="can be unpacked"):
        save_upload("bomb.zip", bomb, tmp_path)
