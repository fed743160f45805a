"""Answers in parts: server-sent events, as browsers and OpenAI's clients read them.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Self

from fastapi.responses import Response

from ...i18n import t
from .asking import NobodyWaits
from .guard import said
from .refusals import Refused, as_json, body_of

log = logging.getLogger("workbench")


def event(value: Any) -> bytes:
    r"""An event whose data is JSON.

    >>> event({"more": "a\nb"})
    b'data: {"more":"a\\nb"}\n\n'
    """
    return b"data: " + as_json(value) + b"\n\n"


class Events(Response):
    """A response of events; :meth:`begun` makes one.

    What goes wrong before the first event is a status of its own. Later the events end with one
    ``{"error": ...}``, the body of a refusal, and the connection is closed. A client that has left
    is told nothing.
    """

    media_type = "text/event-stream"

    def __init__(self, first: bytes, others: AsyncIterator[bytes]):
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._first, self._others = first, others

    @classmethod
    async def begun(cls, events: AsyncGenerator[bytes]) -> Self:
        """The response, once there is a first event, which may raise in place of it."""
        try:
            return cls(await anext(events), events)
        except BaseException:
            await events.aclose()
            raise

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send the events as they come."""

        async def part(body: bytes, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": body, "more_body": more})

        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        async with contextlib.aclosing(self._others) as others:
            await send(start)
            await part(self._first)
            try:
                async for one in others:
                    await part(one)
            except NobodyWaits:
                scope["state"]["status"] = 499
                return
            except Exception as error:
                status, why = 500, said(error)
                if isinstance(error, Refused):
                    status, why = error.status, str(error)
                else:
                    log.error("%s", t("serving.failed", path=scope["path"]), exc_info=error)
                scope["state"]["status"] = status  # as it is counted
                await part(b"data: " + body_of(status, why) + b"\n\n")
            await part(b"", more=False)
