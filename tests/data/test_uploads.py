"""Uploads lie in their folder, whatever they are called; what is there is not overwritten."""

import os

import pytest

from workbench.data import sources
from workbench.data.uploads import save_upload
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
