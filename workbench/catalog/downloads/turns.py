"""One download of a thing at a time, by whichever process comes first; the others wait for it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from workbench.catalog.downloads.archives import Cancelling
from workbench.catalog.downloads.downloading import stop_if
from workbench.errors import DownloadError
from workbench.paths import cache_dir

WAIT = 0.2  # seconds between two looks whether a download that waits for another is still wanted


@contextlib.contextmanager
def exclusive(key: str, what: str, cancelled: Cancelling | None = None) -> Iterator[None]:
    """Hold the lock of a key; the system gives it back when the process dies, by kill -9 too.

    Parameters
    ----------
    key : str
        Name of the lock's file.
    what : str
        What waits, for who cancels it.
    cancelled : callable, optional
        Asked while waiting: true ends it.

    Raises
    ------
    DownloadError
        If the cache cannot be written.
    Cancelled
        If ``cancelled`` answered true.
    """
    from filelock import FileLock, Timeout

    locks = cache_dir() / "locks"
    with writing_cache():
        locks.mkdir(parents=True, exist_ok=True)
        lock, held = FileLock(locks / f"{key}.lock"), None
        while held is None:
            stop_if(cancelled, what)
            with contextlib.suppress(Timeout):  # another process downloads it
                held = lock.acquire(timeout=-1 if cancelled is None else WAIT)
    with held:
        yield


@contextlib.contextmanager
def writing_cache() -> Iterator[None]:
    """Say that the cache cannot be written, where the system says so."""
    try:
        yield
    except OSError as error:
        raise DownloadError(
            f"The cache folder {cache_dir()} cannot be written: {error.strerror or error}.",
            "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
        ) from error
