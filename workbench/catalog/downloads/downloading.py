"""Fetch a pinned archive from wherever the user's pip would get it."""

from __future__ import annotations

import contextlib
import logging
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.catalog.downloads.addresses import host_of, without_secrets
from workbench.catalog.downloads.archives import (
    Archive,
    Cancelling,
    Progress,
    check_hash,
    how_to_add,
    sha256_of,
)
from workbench.catalog.downloads.pipconfig import PUBLIC, PipSettings, pip_settings
from workbench.errors import Cancelled, DownloadError

if TYPE_CHECKING:
    from unearth.fetchers.sync import PyPIClient

#: Bytes at a time: what an interruption can lose, and how often progress is told.
CHUNK = 1 << 16


def download(
    archive: Archive,
    folder: Path,
    *,
    settings: PipSettings | None = None,
    progress: Progress | None = None,
    cancelled: Cancelling | None = None,
) -> Path:
    """Fetch an archive into ``folder``, or find it there.

    What came so far is kept as ``<file name>.part``; a later call goes on from there when the
    server allows it and starts again when it does not. Nothing is opened here. ``cancelled`` is
    asked before each request and at every block of 64 kB.

    Returns
    -------
    Path
        ``folder / archive.filename``, whose SHA-256 is the pinned one.

    Raises
    ------
    DownloadError
        If no source has this file, the network fails, or what came is not what was pinned.
    Cancelled
        If ``cancelled`` answered true; what came so far is kept.
    """
    whole = folder / archive.filename
    if whole.is_file() and sha256_of(whole) == archive.sha256:
        return whole
    folder.mkdir(parents=True, exist_ok=True)
    settings = settings or pip_settings()
    part = folder / (archive.filename + ".part")
    failures: list[str] = []
    refused: DownloadError | None = None
    with _session(settings) as session, _warnings_of_unearth() as warnings:
        for url in _links(archive, settings, session, failures, warnings, cancelled):
            try:
                resumed = _stream(session, url, part, archive, progress, cancelled)
                if resumed and sha256_of(part) != archive.sha256:
                    part.unlink()
                    _stream(session, url, part, archive, progress, cancelled)
                check_hash(part, archive)
            except DownloadError as error:
                part.unlink(missing_ok=True)
                refused = error
            except _transport_errors() as error:
                failures.append(f"{_host(url)}: {_first_line(error)}")
            except OSError as error:
                raise DownloadError(
                    f"{part} cannot be written: {error.strerror or error}.",
                    "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
                ) from error
            else:
                part.replace(whole)
                return whole
    if refused is not None:
        raise refused
    tried = "; ".join(dict.fromkeys(failures)) or "no index is configured"
    raise DownloadError(
        f"{archive.pin} could not be fetched from the places pip is configured with ({tried}).",
        how_to_add(archive),
    )


def _links(
    archive: Archive,
    settings: PipSettings,
    session: PyPIClient,
    failures: list[str],
    warnings: list[str],
    cancelled: Cancelling | None,
) -> Iterator[str]:
    """Addresses of this very file, source by source: one that is down does not hide the rest."""
    from unearth import PackageFinder

    sources: list[dict[str, Any]] = [{"find_links": [where]} for where in settings.find_links]
    sources += [{"index_urls": [where]} for where in settings.index_urls]
    for source in sources:
        [[where]] = source.values()
        stop_if(cancelled, archive.filename)
        finder = PackageFinder(
            session=session,
            trusted_hosts=settings.trusted_hosts,
            ignore_compatibility=True,
            **({} if where == PUBLIC else source),
        )
        warnings.clear()
        try:
            packages = list(finder.find_all_packages(archive.project, allow_yanked=True))
        except (*_transport_errors(), ValueError, OSError) as error:
            failures.append(f"{_host(where)}: {_first_line(error)}")
            continue
        found = False
        for package in packages:
            hashes = (package.link.hash_option or {}).get("sha256")
            if hashes is not None:
                fits = archive.sha256 in hashes
            else:
                fits = package.link.filename == archive.filename
            if fits:
                found = True
                yield package.link.normalized
        if not found:
            told = [line for line in warnings if "(404)" not in line]
            said = without_secrets(told[0]).rpartition(": ")[2] if told else ""
            why = said or "does not have this file"
            failures.append(f"{_host(where)}: {why}")


def stop_if(cancelled: Cancelling | None, what: str) -> None:
    """Raise :class:`Cancelled` when the one who asked for a download wants it no more."""
    if cancelled is not None and cancelled():
        raise Cancelled(
            f"The download of {what} was stopped.",
            "What came so far is kept: started again it goes on from there.",
        )


def _stream(
    session: PyPIClient,
    url: str,
    part: Path,
    archive: Archive,
    progress: Progress | None,
    cancelled: Cancelling | None,
) -> bool:
    """Write the file to ``part``; True when it went on from what was there."""
    from unearth.link import Link

    url = Link(url).url_without_fragment
    have = part.stat().st_size if part.exists() else 0
    if have > archive.size:
        have = 0
    if have == archive.size:
        return True
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    stop_if(cancelled, archive.filename)
    with session.get_stream(url, headers=headers) as response:
        if response.status_code == 416:
            have = 0
        resumed = response.status_code == 206 and response.headers.get(
            "Content-Range", ""
        ).startswith(f"bytes {have}-")
        if response.status_code == 206 and not resumed:
            raise DownloadError(f"{_host(url)} answered with another range than was asked for.")
        response.raise_for_status()
        done = have if resumed else 0
        if progress:
            progress(archive.filename, done, archive.size)
        with open(part, "ab" if resumed else "wb") as sink:
            for chunk in response.iter_bytes(CHUNK):
                sink.write(chunk)
                done += len(chunk)
                if done > archive.size:
                    raise DownloadError(
                        f"{archive.filename} is larger than the pinned {archive.size} bytes: "
                        "it is refused and nothing was extracted.",
                        how_to_add(archive),
                    )
                if progress:
                    progress(archive.filename, done, archive.size)
                stop_if(cancelled, archive.filename)
        if done < archive.size and "Content-Length" not in response.headers:
            import httpx2

            raise httpx2.ReadError(f"the connection ended after {done} of {archive.size} bytes")
    return resumed


@contextlib.contextmanager
def _session(settings: PipSettings) -> Iterator[PyPIClient]:
    from unearth.auth import MultiDomainBasicAuth
    from unearth.fetchers.sync import PyPIClient

    verify: Any = True
    if settings.cert or settings.client_cert:
        try:
            place = Path(settings.cert).expanduser() if settings.cert else None
            key = "capath" if place is not None and place.is_dir() else "cafile"
            verify = ssl.create_default_context(**({key: str(place)} if place else {}))
            if settings.client_cert:
                verify.load_cert_chain(settings.client_cert)
        except OSError as error:
            raise DownloadError(
                f"The certificate in pip's configuration ({settings.cert or settings.client_cert})"
                f" cannot be read: {error.strerror or error}.",
                "Correct `cert` or `client-cert` in pip's configuration.",
            ) from error
    proxy = settings.proxy
    if proxy and "://" not in proxy:
        proxy = "http://" + proxy
    session = PyPIClient(
        trusted_hosts=settings.trusted_hosts,
        verify=verify,
        timeout=settings.timeout,
        follow_redirects=True,
        **({"proxy": proxy} if proxy else {}),
    )
    indexes = [url for url in settings.index_urls if url != PUBLIC]
    session.auth = MultiDomainBasicAuth(prompting=False, index_urls=indexes)
    with session:
        yield session


@contextlib.contextmanager
def _warnings_of_unearth() -> Iterator[list[str]]:
    """What unearth logs of an index that answers badly, kept for the message and off the screen."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger, handler = logging.getLogger("unearth"), Keep(logging.WARNING)
    before, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


def _transport_errors() -> tuple[type[Exception], ...]:
    import httpx2

    return (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError)


def _host(url: str) -> str:
    """The address without credentials, for a message."""
    if url == PUBLIC:
        return "the public index"
    if "://" not in url and "@" not in url:
        return url  # a folder
    return re.sub(r":\d+$", "", host_of(url))


def _first_line(error: Exception) -> str:
    """What the error says, unless it is about an address: that may hold a password of odd form."""
    import httpx2

    if isinstance(error, (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError)):
        return "its address cannot be understood"
    first = (str(error).splitlines() or [""])[0]
    return without_secrets(first) or type(error).__name__
