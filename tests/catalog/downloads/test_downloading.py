"""Downloads: found as pip would, gone on with after an interruption, refused when not as pinned."""

from __future__ import annotations

import dataclasses

import pytest

from tests.catalog.building import Index, pin, wheel
from workbench.catalog.downloads.downloading import download
from workbench.catalog.downloads.pipconfig import PipSettings
from workbench.errors import DownloadError

NAME = "tiny_sample-1.0-py3-none-any.whl"


@pytest.fixture
def shelf(tmp_path):
    """A folder with one archive of about 200 kB, whose bytes do not compress."""
    import random

    folder = tmp_path / "shelf"
    folder.mkdir()
    wheel(folder / NAME, {"pkg/a.bin": random.Random(0).randbytes(200_000)})
    return folder


@pytest.fixture
def archive(shelf):
    return pin(shelf / NAME)


@pytest.fixture
def index(shelf):
    index = Index(shelf)
    with index.serve() as url:
        index.url = url
        yield index


def only(*urls: str, **more) -> PipSettings:
    return PipSettings(index_urls=urls, **more)


def test_from_a_folder_of_wheels(shelf, archive, tmp_path):
    got = download(archive, tmp_path / "to", settings=only(find_links=(str(shelf),)))
    assert got == tmp_path / "to" / NAME
    assert got.read_bytes() == (shelf / NAME).read_bytes()
    assert not list((tmp_path / "to").glob("*.part"))


def test_from_an_index_with_progress(index, archive, tmp_path):
    told = []
    download(archive, tmp_path, settings=only(index.url), progress=lambda *a: told.append(a))
    assert told[0] == (NAME, 0, archive.size)
    assert told[-1] == (NAME, archive.size, archive.size)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_a_wheel_for_another_platform_is_found_too(shelf, tmp_path):
    other = shelf / "tiny_sample-1.0-cp27-cp27m-win_amd64.whl"
    wheel(other, {"pkg/b.bin": b"b"})
    got = download(pin(other), tmp_path / "to", settings=only(find_links=(str(shelf),)))
    assert got.read_bytes() == other.read_bytes()


def test_there_already_asks_nobody(index, archive, tmp_path):
    download(archive, tmp_path, settings=only(index.url))
    index.log.clear()
    download(archive, tmp_path, settings=only("http://127.0.0.1:9/simple"))
    assert index.log == []


def test_an_interrupted_download_goes_on_where_it_was(index, archive, tmp_path):
    index.cut = 70_000
    with pytest.raises(DownloadError, match="could not be fetched") as caught:
        download(archive, tmp_path, settings=only(index.url))
    assert archive.sha256 in caught.value.remedy
    part = tmp_path / (NAME + ".part")
    assert 0 < part.stat().st_size <= 70_000
    have = part.stat().st_size
    index.cut = None
    got = download(archive, tmp_path, settings=only(index.url))
    assert [asked for _, asked in index.log] == [None, f"bytes={have}-"]
    assert pin(got).sha256 == archive.sha256
    assert not part.exists()


def test_a_server_without_ranges_is_asked_for_the_whole(index, archive, shelf, tmp_path):
    (tmp_path / (NAME + ".part")).write_bytes((shelf / NAME).read_bytes()[:50_000])
    index.ranges = False
    got = download(archive, tmp_path, settings=only(index.url))
    assert pin(got).sha256 == archive.sha256


@pytest.mark.parametrize("size", [50_000, 10_000_000])
def test_a_spoilt_part_is_thrown_away(index, archive, tmp_path, size):
    (tmp_path / (NAME + ".part")).write_bytes(b"\0" * size)
    got = download(archive, tmp_path, settings=only(index.url))
    assert pin(got).sha256 == archive.sha256


def test_a_whole_but_spoilt_part_is_thrown_away(index, archive, tmp_path):
    (tmp_path / (NAME + ".part")).write_bytes(b"\0" * archive.size)
    got = download(archive, tmp_path, settings=only(index.url))
    assert pin(got).sha256 == archive.sha256


@pytest.mark.parametrize("size", [100, 200_000, 400_000])
def test_another_file_of_that_name_is_refused(shelf, archive, tmp_path, size):
    """Smaller, about as large, larger: by its hash and not by its name."""
    (shelf / NAME).write_bytes(b"x" * size)
    with pytest.raises(DownloadError, match="refused and nothing was extracted"):
        download(archive, tmp_path / "to", settings=only(find_links=(str(shelf),)))
    assert list((tmp_path / "to").iterdir()) == []


def test_an_index_that_announces_another_hash_is_not_asked_for_the_file(index, archive, tmp_path):
    wanted = dataclasses.replace(archive, sha256="0" * 64)
    with pytest.raises(DownloadError, match="does not have this file"):
        download(wanted, tmp_path, settings=only(index.url))
    assert index.log == []


def test_an_index_without_hashes_is_believed_by_content_only(index, archive, tmp_path):
    index.with_hash = False
    assert download(archive, tmp_path / "a", settings=only(index.url)).is_file()
    wanted = dataclasses.replace(archive, sha256="0" * 64)
    with pytest.raises(DownloadError, match="refused"):
        download(wanted, tmp_path / "b", settings=only(index.url))


def test_a_source_that_is_down_does_not_hide_the_next(index, archive, shelf, tmp_path):
    settings = only(
        "http://127.0.0.1:9/simple", index.url, find_links=("/no/such/folder", str(tmp_path))
    )
    assert download(archive, tmp_path / "to", settings=settings).is_file()


def test_a_refused_file_does_not_hide_the_right_one(index, archive, shelf, tmp_path):
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / NAME).write_bytes(b"x" * archive.size)
    settings = only(index.url, find_links=(str(bad),))
    got = download(archive, tmp_path / "to", settings=settings)
    assert pin(got).sha256 == archive.sha256


def test_no_network_says_what_to_fetch_and_how_to_add_it(archive, tmp_path, capfd):
    with pytest.raises(DownloadError) as caught:
        download(archive, tmp_path, settings=only("http://127.0.0.1:9/simple"))
    assert caught.value.message.startswith(
        "tiny-sample==1.0 could not be fetched from the places pip is configured with (127.0.0.1: "
    )
    for word in ("tiny-sample==1.0", NAME, archive.sha256, "workbench samples add FILE"):
        assert word in caught.value.remedy
    assert capfd.readouterr() == ("", "")


def test_a_server_error_is_told_apart_from_a_missing_file(index, archive, tmp_path, capfd):
    index.status = 503
    with pytest.raises(DownloadError, match="127.0.0.1: Service Unavailable"):
        download(archive, tmp_path, settings=only(index.url))
    index.status = 404
    with pytest.raises(DownloadError, match="127.0.0.1: does not have this file"):
        download(archive, tmp_path, settings=only(index.url))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret@127.0.0.1:9/simple",
        "http://secret@127.0.0.1:9/simple",
        "http://me:p%40secret@127.0.0.1:9/simple",
        "http://me:se/secret@127.0.0.1:9/simple",
        "http://me:se#secret@127.0.0.1:9/simple",
        "http://me:se?secret@127.0.0.1:9/simple",
        "http://me:se@secret@127.0.0.1:9/simple",
        "http://me:secret:x@127.0.0.1:9/simple",
        "http://127.0.0.1:9/simple?token=secret",
        "http://127.0.0.1:9/simple#token=secret",
        "me:secret@127.0.0.1:9/simple",
        "ftp://me:secret@127.0.0.1:9/simple",
        "http://me:secret@127.0.0.1:notaport/simple",
        "http://me:secret@[::1/simple",
    ],
    ids=["user", "token", "percent", "slash", "hash", "question", "at", "colon", "query",
         "fragment", "no-scheme", "ftp", "port", "bracket"],
)  # fmt: skip
def test_credentials_of_an_index_are_not_repeated(archive, tmp_path, capfd, caplog, url):
    with pytest.raises(DownloadError) as caught:
        download(archive, tmp_path, settings=only(url))
    said = f"{caught.value} {capfd.readouterr()} {caplog.text}"
    assert "secret" not in said and "could not be fetched" in said


def test_the_configured_proxy_is_used(index, archive, tmp_path):
    dead = only(index.url, proxy="127.0.0.1:9")
    with pytest.raises(DownloadError, match="could not be fetched"):
        download(archive, tmp_path, settings=dead)
    assert index.log == []


def test_a_certificate_that_is_not_there_is_named(index, archive, tmp_path):
    with pytest.raises(DownloadError, match=r"certificate .*\(/no/such.pem\) cannot be read"):
        download(archive, tmp_path, settings=only(index.url, cert="/no/such.pem"))


def test_no_source_at_all(archive, tmp_path):
    with pytest.raises(DownloadError, match="no index is configured"):
        download(archive, tmp_path, settings=only())


def test_a_folder_that_cannot_be_written(index, archive, tmp_path):
    (tmp_path / (NAME + ".part")).mkdir()
    with pytest.raises(DownloadError, match="cannot be written"):
        download(archive, tmp_path, settings=only(index.url))
