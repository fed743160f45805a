"""Calls to the hub that end: bounded in time, stopped when nobody wants them, portals seen through.

The hub's client waits for ever in some of its calls and retries for minutes in others. While one of
ours is made in a thread, each request there has limits, and what comes back is watched. Calls that
others make in the same process are left alone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from workbench.catalog.downloads.archives import Cancelling
from workbench.catalog.downloads.downloading import stop_if

if TYPE_CHECKING:
    import httpx2

CONNECT = 10.0  # seconds for a connection
SILENCE = 15.0  # seconds without a byte of one answer
PATIENCE = 30.0  # seconds without anything good, retries included
WHOLE = 60.0  # seconds for an answer that is no file
RETRY_AFTER = 5.0  # seconds: a longer time that the hub asks for is told, not waited for
REFUSALS = 2  # answers 429 or 5xx to one call that are tried again

_here = threading.local()
_installing = threading.Lock()


@dataclasses.dataclass
class Watch:
    """One call of ours: whether it is still wanted, when it last got something, what came.

    ``came`` is told the bytes of each block of a file.
    """

    what: str = "the hub's answer"
    cancelled: Cancelling | None = None
    came: Callable[[int], None] | None = None
    heard: float = dataclasses.field(default_factory=time.monotonic)
    refusals: int = 0


@contextlib.contextmanager
def watched(watch: Watch | None = None) -> Iterator[Watch]:
    """Bound the hub calls of this thread while the block runs."""
    _install()
    before = getattr(_here, "watch", None)
    _here.watch = watch = watch or Watch()
    watch.heard = time.monotonic()
    try:
        yield watch
    finally:
        _here.watch = before


def silent_error() -> type[Exception]:
    """Class of the error for a hub that says nothing, or nothing whole, in its time."""
    return _errors()[0]


def portal_error() -> type[Exception]:
    """Class of the error for a web page where data of the hub were asked for."""
    return _errors()[1]


_made: list[tuple[type[Exception], type[Exception]]] = []


def _errors() -> tuple[type[Exception], type[Exception]]:
    """Made late: their base is one that the hub's client neither catches nor tries again."""
    if not _made:
        import httpx2

        class Silent(httpx2.TransportError):
            """The hub said nothing for too long."""

        class Portal(httpx2.TransportError):
            """A web page came: a log-in page of a network stands between us and the hub."""

        _made.append((Silent, Portal))
    return _made[0]


def _install() -> None:
    """Give every client that the hub's library makes our two hooks, once."""
    from huggingface_hub import set_client_factory
    from huggingface_hub.utils import _http

    with _installing:
        current = getattr(_http, "_GLOBAL_CLIENT_FACTORY", None)
        if current is None or getattr(current, "of_workbench", False):
            return

        def factory() -> httpx2.Client:
            client = current()
            hooks = client.event_hooks
            client.event_hooks = {
                "request": [*hooks["request"], _before],
                "response": [*hooks["response"], _after],
            }
            return client

        factory.of_workbench = True
        set_client_factory(factory)


def _before(request: httpx2.Request) -> None:
    watch: Watch | None = getattr(_here, "watch", None)
    if watch is None:
        return
    stop_if(watch.cancelled, watch.what)
    if time.monotonic() - watch.heard > PATIENCE:
        raise _made_for(silent_error(), f"no answer within {PATIENCE:.0f} s", request)
    limits = {"connect": CONNECT, "read": SILENCE, "write": SILENCE, "pool": SILENCE}
    asked = request.extensions.get("timeout") or {}
    request.extensions["timeout"] = {
        name: min(limit, asked[name]) if asked.get(name) is not None else limit
        for name, limit in limits.items()
    }


def _after(response: httpx2.Response) -> None:
    watch: Watch | None = getattr(_here, "watch", None)
    if watch is None:
        return
    status, path = response.status_code, response.request.url.path
    if status == 429 or status >= 500:
        watch.refusals += 1
        if status == 511:
            raise _portal(response)
        if watch.refusals > REFUSALS or (seconds_to_wait(response) or 0) > RETRY_AFTER:
            from huggingface_hub.utils import hf_raise_for_status

            response.read()
            hf_raise_for_status(response)
        return
    watch.heard = time.monotonic()
    page = response.headers.get("Content-Type", "").lower().startswith("text/html")
    if status == 200 and page and not path.lower().endswith((".html", ".htm")):
        raise _portal(response)
    response.stream = _stream(response.stream, watch, is_file=_is_file(response))


def _portal(response: httpx2.Response) -> Exception:
    asked = response.request
    return _made_for(portal_error(), f"{asked.url.host} sent a web page instead", asked)


def _made_for(kind: Callable[..., Exception], said: str, request: httpx2.Request) -> Exception:
    """An error of the client's own family, which takes the request that it is of."""
    return kind(said, request=request)


def _is_file(response: httpx2.Response) -> bool:
    """Whether the body is a file, for which only silence counts and not the time of the whole."""
    asked = response.request
    of_api = any(part in asked.url.path for part in ("/api/models", "/api/datasets"))
    return asked.method == "GET" and not of_api


def _stream(inner: Any, watch: Watch, *, is_file: bool) -> Any:
    import httpx2

    class Watched(httpx2.SyncByteStream):
        def __iter__(self):
            began = time.monotonic()
            for block in inner:
                watch.heard = now = time.monotonic()
                stop_if(watch.cancelled, watch.what)
                if not is_file and now - began > WHOLE:
                    raise silent_error()(f"no whole answer within {WHOLE:.0f} s")
                if is_file and watch.came is not None:
                    watch.came(len(block))
                yield block

        def close(self) -> None:
            inner.close()

    return Watched()


def seconds_to_wait(response: Any) -> float | None:
    """Seconds after which a refused request may be made again, as the answer says; else None."""
    from email.utils import parsedate_to_datetime

    said = response.headers.get("Retry-After")
    if said is None:
        limits = response.headers.get("RateLimit", "")
        said = next((p[2:] for p in limits.replace(" ", "").split(";") if p.startswith("t=")), None)
    if said is None:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
