"""Files of one commit of a hub repository: how large, which are here, and fetched by exact name."""

from __future__ import annotations

import hashlib
import inspect
import io
import re
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from workbench.catalog.downloads.archives import Progress, sha256_of
from workbench.catalog.downloads.turns import exclusive
from workbench.catalog.hub.client import Watch, watched
from workbench.errors import DownloadError
from workbench.i18n import t

AT_ONCE = 8  # files
_SHA256 = re.compile("[0-9a-f]{64}")


def sizes_of(info: Any) -> dict[str, int | None]:
    """Bytes of each file that ``model_info`` or ``dataset_info`` with their metadata lists."""
    return {file.rfilename: file.size for file in info.siblings or []}


def here(repo: str, name: str, *, kind: str = "model", revision: str | None = None) -> Path | None:
    """The file in the hub's cache, asking no network; None when it is not there."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repo, name, revision=revision, repo_type=kind)
    return Path(found) if isinstance(found, str) and Path(found).is_file() else None


def missing(
    repo: str, sizes: Mapping[str, int | None], *, kind: str = "model", commit: str
) -> dict[str, int | None]:
    """Those of the files that are not in the hub's cache yet, with their bytes."""
    return {
        name: size
        for name, size in sizes.items()
        if here(repo, name, kind=kind, revision=commit) is None
    }


def total(sizes: Iterable[int | None]) -> int | None:
    """Sum of sizes; None when one is not known."""
    known = list(sizes)
    return None if None in known else sum(size for size in known if size is not None)


def fetch_files(
    repo: str,
    sizes: Mapping[str, int | None],
    *,
    commit: str,
    watch: Watch,
    count: Counter,
    kind: str = "model",
) -> None:
    """Fetch files of one commit into the hub's cache; what is there already is left alone.

    Names are names: none is a pattern. The first trouble stops all of them, and so does somebody
    who wants them no more; files that came whole stay. Of several processes one fetches. The hub's
    client would have the others wait in the midst of a request, and take the time for the hub's
    silence: they wait before the first one.

    Raises
    ------
    Cancelled
        If ``watch.cancelled`` answered true.
    Exception
        Whatever the hub's client raises: see :mod:`workbench.catalog.hub.problems`.
    """
    left = missing(repo, sizes, kind=kind, commit=commit)
    if left:
        key = hashlib.sha256(f"{kind} {repo} {commit}".encode()).hexdigest()[:16]
        with exclusive(key, watch.what, watch.cancelled):
            left = missing(repo, left, kind=kind, commit=commit)
            _fetch_together(repo, left, commit=commit, watch=watch, count=count, kind=kind)
    for name in sizes:
        if name not in left:
            count.whole(name)


def _fetch_together(
    repo: str, names: Iterable[str], *, commit: str, watch: Watch, count: Counter, kind: str
) -> None:
    stopping = threading.Event()
    asked = watch.cancelled

    def stopped() -> bool:
        return stopping.is_set() or (asked is not None and asked())

    def one(name: str) -> None:
        mine = Watch(watch.what, stopped, lambda n: count.streamed(name, n))
        with watched(mine):
            download_one(repo, name, kind=kind, revision=commit, count=count)
        count.whole(name)

    with ThreadPoolExecutor(AT_ONCE, "workbench-hub") as pool:
        futures = [pool.submit(one, name) for name in names]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            stopping.set()
            for future in futures:
                future.cancel()
            raise


def download_one(repo: str, name: str, *, kind: str, revision: str | None, count: Counter) -> Path:
    """One file in the hub's cache, without a bar on the screen; a large one that comes has its
    hash, one that was there had it when it came.

    Raises
    ------
    DownloadError
        If another file came than the hub has: it is not kept.
    """
    from huggingface_hub import hf_hub_download

    more: dict[str, Any] = {}
    if "tqdm_class" in inspect.signature(hf_hub_download).parameters:
        more["tqdm_class"] = count.bars(name)
    path = Path(hf_hub_download(repo, name, repo_type=kind, revision=revision, **more))
    kept = path.resolve()  # named after its hash where it is one of the hub's large files
    comes = count.awaits(name) and _SHA256.fullmatch(kept.name)
    if comes and sha256_of(kept) != kept.name:
        path.unlink()
        kept.unlink(missing_ok=True)
        raise DownloadError(
            t("hub.altered", name=name, repo=repo, sha256=kept.name), t("hub.altered_remedy")
        )
    return path


class Counter:
    """Adds up the bytes of several files that come at once, and tells them.

    Parameters
    ----------
    name : str
        What is told: the model's or dataset's name.
    sizes : mapping of file name to bytes, or None where not known
        Of the files that are to come.
    progress : callable, optional
        Called with the name, bytes so far, bytes of the whole.
    """

    def __init__(self, name: str, sizes: Mapping[str, int | None], progress: Progress | None):
        self._name, self._progress = name, progress
        self._sizes = {file: size or 0 for file, size in sizes.items()}
        self._came: dict[str, list[int]] = {file: [0, 0] for file in sizes}
        self._lock = threading.Lock()

    def awaits(self, file: str) -> bool:
        """Whether the file is one of those that are to come."""
        return file in self._sizes

    def streamed(self, file: str, n: int) -> None:
        """``n`` more bytes came over the connection."""
        self._add(file, 0, n)

    def whole(self, file: str) -> None:
        """The file is here."""
        self._add(file, 0, self._sizes.get(file, 0))

    def bars(self, file: str) -> type:
        """A progress bar that prints nothing and counts for this file."""
        from tqdm.std import tqdm

        counter = self

        class Bars(tqdm):
            def __init__(self, *args: Any, **kwargs: Any):
                kwargs.pop("name", None)
                super().__init__(*args, **{**kwargs, "file": io.StringIO(), "leave": False})

            def display(self, *_: object, **__: object) -> bool:
                return True

            def update(self, n: float | None = 1) -> bool | None:
                counter._add(file, 1, int(n or 0))
                return super().update(n)

        return Bars

    def _add(self, file: str, how: int, n: int) -> None:
        """Counted twice, by blocks of the connection and by the client's bar: more is meant."""
        if self._progress is None or file not in self._came:
            return
        with self._lock:
            self._came[file][how] += n
            done = sum(min(max(self._came[f]), size) for f, size in self._sizes.items())
            self._progress(self._name, done, sum(self._sizes.values()))
