"""What stands before the routes: who may ask, how much, and in what time.

Everything is refused here before it takes memory or a model's time, with one sentence. A body is
read whole, within its time, so that a client that sends slowly holds nobody else up.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ...i18n import t
from .limits import Limits
from .measuring import OTHER, Measured
from .refusals import Refused, body_of, refusal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

OPEN = ("/", "/health", "/openapi.json")  # that ask for no token
ASSETS = "/page/"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
#: What a browser may do with a page of ours: nothing from elsewhere, no script in it, in no frame.
SAFE = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """An ASGI application around another one.

    Parameters
    ----------
    app : callable
    limits : Limits
    measured : Measured
    token : str or None
        What ``Authorization: Bearer`` has to say; None asks for nothing.
    loopback : bool
        Whether only names of this machine are answered to: a page from elsewhere, whose name leads
        here, gets nothing (DNS rebinding).
    stopping : callable
        Whether the server ends, and takes nothing new.
    """

    def __init__(
        self, app: Callable, *, limits: Limits, measured: Measured, token: str | None,
        loopback: bool, stopping: Callable[[], bool],
    ):  # fmt: skip
        self._app, self._limits, self._measured = app, limits, measured
        self._token, self._loopback, self._stopping = token, loopback, stopping
        self._held = 0  # bytes of bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 0

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                safe = [(name.encode(), value.encode()) for name, value in SAFE.items()]
                message = {**message, "headers": [*message.get("headers", []), *safe]}
            await send(message)

        held = [0]
        try:
            try:
                self._check(scope)
                body = await self._body(scope, receive, held)
            except Refused as refused:
                await _refuse(refused, receive, sent, self._limits.body_seconds)
            else:
                await self._handed_on(scope, body, receive, sent)
        except Gone:
            status = 499  # as others call it: nobody is there to be answered
        finally:
            self._held -= held[0]
            route = getattr(scope.get("route"), "path", OTHER)
            status = scope.get("state", {}).get("status", status)  # of one that broke in the middle
            self._measured.request(route, status, time.monotonic() - started)

    def _check(self, scope: Scope) -> None:
        if self._stopping():
            raise refusal(503, "stopping", headers={"Retry-After": "5", "Connection": "close"})
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if self._loopback:
            host = headers.get(b"host", "")
            name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
            if name.lower() not in LOOPBACK:
                raise refusal(421, "host", host=host[:100])
        path = scope["path"]
        if self._token is not None and path not in OPEN and not path.startswith(ASSETS):
            kind, _, given = headers.get(b"authorization", "").partition(" ")
            same = hmac.compare_digest(given.strip().encode("latin-1"), self._token.encode())
            if kind.lower() != "bearer" or not same:
                raise refusal(401, "token", headers={"WWW-Authenticate": "Bearer"})
        if scope["method"] == "POST":
            kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":  # other kinds a page from elsewhere could send
                raise refusal(415, "kind", kind=kind[:100] or "-")
        length = headers.get(b"content-length", "")
        if length.isdigit() and len(length) < 20 and int(length) > self._limits.body:
            raise self._too_large()

    def _too_large(self) -> Refused:
        return refusal(413, "large", most=self._limits.body)

    async def _body(self, scope: Scope, receive: Receive, held: list[int]) -> bytes:
        """The whole body; what is held of it is counted in ``held``."""
        parts, end = [], time.monotonic() + self._limits.body_seconds
        while True:
            try:
                message = await asyncio.wait_for(receive(), max(0.0, end - time.monotonic()))
            except TimeoutError:
                raise refusal(408, "slow", seconds=self._limits.body_seconds) from None
            if message["type"] == "http.disconnect":
                raise Gone
            part = message.get("body", b"")
            held[0] += len(part)
            self._held += len(part)
            if held[0] > self._limits.body:
                raise self._too_large()
            if self._held > self._limits.bodies:
                raise refusal(503, "bodies", headers={"Retry-After": "1"})
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)

    async def _handed_on(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """The request with its body; ``scope["state"]["gone"]`` is set when who asked has left."""
        gone, given = asyncio.Event(), [body]

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.set()

        async def again() -> MutableMapping[str, Any]:
            if given:
                return {"type": "http.request", "body": given.pop(), "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        scope["state"] = {**scope.get("state", {}), "gone": gone}
        watching = asyncio.ensure_future(watch())
        try:
            await self._app(scope, again, send)
        finally:
            watching.cancel()


class Gone(Exception):
    """Whoever asked has left in the middle of it."""


async def _refuse(refused: Refused, receive: Receive, send: Send, seconds: float) -> None:
    """Say why, and close the connection once the client has had time to read it.

    What is still on its way is read and thrown away for a while: a connection that is closed under
    it may lose the answer.
    """
    body = body_of(refused.status, str(refused))
    headers = {"content-type": "application/json", "content-length": str(len(body)),
               "connection": "close"}  # fmt: skip
    headers |= {name.lower(): value for name, value in refused.headers.items()}
    listed = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": listed})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if refused.status != 408:

        async def thrown_away() -> None:
            while (message := await receive())["type"] == "http.request":
                if not message.get("more_body"):
                    return

        try:
            await asyncio.wait_for(thrown_away(), seconds)
        except TimeoutError:
            pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def said(error: BaseException) -> str:
    """The sentences on an error that nobody expected, which stands in the log."""
    return t("serving.unexpected", kind=type(error).__name__)
