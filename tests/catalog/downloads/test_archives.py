"""Archives are opened only by name, and nothing in them reaches outside its folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.catalog.building import pin, sdist, wheel
from workbench.catalog.downloads.archives import (
    Archive,
    check_hash,
    extract,
    how_to_add,
    safe_target,
)
from workbench.errors import DownloadError

CLIMBING = [
    "../evil.txt",
    "pkg/../../evil.txt",
    "/etc/evil.txt",
    "pkg//evil.txt",
    "pkg/./evil.txt",
    "..\\evil.txt",
    "pkg\\..\\..\\evil.txt",
    "C:evil.txt",
    "C:/evil.txt",
    "~/evil.txt",
    "pkg/..",
    "pkg/ev\nil.txt",
]
MEMBERS = {"pkg/data/a.txt": b"A", "pkg/data/b.txt": b"B", "pkg/code.py": b"raise SystemExit"}


@pytest.fixture(params=["wheel", "sdist"])
def build(request, tmp_path):
    """Builds an archive of either kind in a folder of its own."""
    make, name = {"wheel": (wheel, "tiny-1.0.whl"), "sdist": (sdist, "tiny-1.0.tar.gz")}[
        request.param
    ]
    (tmp_path / "from").mkdir()
    return lambda members, **more: make(tmp_path / "from" / name, members, **more)


def everything(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_only_the_named_members_are_written(build, tmp_path):
    file = build(MEMBERS)
    written = extract(file, {"pkg/data/a.txt": "kept/as.txt"}, tmp_path / "to")
    assert written == [tmp_path / "to" / "kept" / "as.txt"]
    assert everything(tmp_path / "to") == {"kept/as.txt"}
    assert written[0].read_bytes() == b"A"


def test_patterns_keep_what_follows_their_fixed_folders(build, tmp_path):
    extract(build(MEMBERS), {"pkg/*/*.txt": "in/"}, tmp_path / "to")
    assert everything(tmp_path / "to") == {"in/data/a.txt", "in/data/b.txt"}


def test_a_star_does_not_cross_folders(build, tmp_path):
    with pytest.raises(DownloadError, match=r"no member 'pkg/\*.txt'"):
        extract(build(MEMBERS), {"pkg/*.txt": ""}, tmp_path / "to")
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("name", CLIMBING)
def test_a_member_that_climbs_out_refuses_the_whole_archive(build, tmp_path, name):
    file = build({"pkg/data/a.txt": b"A", name: b"evil"})
    with pytest.raises(DownloadError, match="outside its folder.*nothing was extracted"):
        extract(file, {"pkg/data/a.txt": ""}, tmp_path / "to")
    assert everything(tmp_path) == {f"from/{file.name}"}


def test_a_chosen_symbolic_link_is_refused(build, tmp_path):
    file = build({"pkg/data/a.txt": b"A"}, links={"pkg/data/b.txt": "/etc/passwd"})
    with pytest.raises(DownloadError, match="'pkg/data/b.txt' is a link"):
        extract(file, {"pkg/data/*.txt": ""}, tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_a_link_among_the_others_is_never_made(build, tmp_path):
    file = build({"pkg/data/a.txt": b"A"}, links={"pkg/link": "/etc"})
    extract(file, {"pkg/data/a.txt": ""}, tmp_path / "to")
    assert everything(tmp_path / "to") == {"a.txt"}


def test_a_folder_that_is_a_link_leads_nowhere(build, tmp_path):
    outside, to = tmp_path / "outside", tmp_path / "to"
    outside.mkdir(), to.mkdir()
    (to / "sub").symlink_to(outside)
    with pytest.raises(DownloadError, match="leads outside"):
        extract(build(MEMBERS), {"pkg/data/a.txt": "sub/a.txt"}, to)
    assert everything(outside) == set()


def test_nothing_is_overwritten(build, tmp_path):
    to = tmp_path / "to"
    to.mkdir()
    (to / "a.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        extract(build(MEMBERS), {"pkg/data/a.txt": ""}, to)
    assert (to / "a.txt").read_text() == "mine"


def test_a_damaged_archive_is_named(build, tmp_path):
    file = build({"pkg/data/a.txt": bytes(range(256)) * 400})
    file.write_bytes(file.read_bytes()[:-60])
    with pytest.raises(DownloadError, match=f"{file.name} is damaged"):
        extract(file, {"pkg/data/a.txt": ""}, tmp_path / "to")


PARTS = st.one_of(
    st.sampled_from(["..", ".", "", "a", "b.txt", "~", "...", "C:", "\\", "\0", "/", "é"]),
    st.text(max_size=6),
)


@given(st.lists(PARTS, max_size=6).map("/".join))
@example("a/..../b")
@example("a/\u2025/b")
def test_whatever_is_allowed_stays_inside(name):
    """Any name either is refused or lies, once resolved, inside the folder on every system."""
    import ntpath
    import posixpath

    folder = Path("/safe/folder")
    try:
        target = safe_target(folder, name)
    except DownloadError:
        return
    assert target != folder
    assert posixpath.normpath(str(target)).startswith("/safe/folder/")
    windows = ntpath.normpath(ntpath.join("D:\\safe\\folder", name))
    assert windows.startswith("D:\\safe\\folder\\")
    assert "\0" not in name


@given(st.lists(st.text("abcxyz019_-. é中", min_size=1, max_size=8), min_size=1, max_size=4))
def test_ordinary_names_are_allowed(parts):
    parts = [part if part.strip(".") else "x" for part in parts]
    name = "/".join(parts)
    assert safe_target(Path("/f"), name) == Path("/f", *parts)


def test_another_hash_is_refused_with_what_to_fetch(tmp_path):
    file = tmp_path / "tiny-1.0.whl"
    file.write_bytes(b"other")
    wanted = Archive("tiny", "1.0", file.name, "0" * 64, 5)
    with pytest.raises(DownloadError) as caught:
        check_hash(file, wanted)
    assert "0" * 64 in caught.value.message and pin(file).sha256 in caught.value.message
    assert caught.value.remedy == how_to_add(wanted)
    for word in ("tiny==1.0", file.name, "0" * 64, "workbench samples add FILE"):
        assert word in caught.value.remedy


def test_the_right_hash_passes(tmp_path):
    file = tmp_path / "tiny-1.0.whl"
    file.write_bytes(b"other")
    assert check_hash(file, pin(file)) is None
    assert os.listdir(tmp_path) == [file.name]
