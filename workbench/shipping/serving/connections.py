"""Connections on which nobody asks or reads anything are closed, so that they hold no place."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


def patient(seconds: float) -> type[H11Protocol]:
    """uvicorn's protocol that gives a request's head so many seconds to arrive.

    A client has as many to read on, where its answer is longer than what the system holds for
    it.
    """

    class Patient(H11Protocol):
        """See :func:`patient`."""

        _until: asyncio.TimerHandle | None = None
        _reads: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            """Wait for the first request from now on."""
            super().connection_made(transport)
            self._expect()

        def data_received(self, data: bytes) -> None:
            """A piece of a head makes no new time."""
            super().data_received(data)
            if self.cycle is None or self.cycle.response_complete:
                self._expect()
            else:
                self._rest()

        def connection_lost(self, exc: Exception | None) -> None:
            """There is nothing to wait for."""
            self._rest()
            self._is_read()
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            """The client reads more slowly than it is written to."""
            super().pause_writing()
            self._reads = self.loop.call_later(seconds, self.transport.abort)

        def resume_writing(self) -> None:
            """It has read on."""
            super().resume_writing()
            self._is_read()

        def _is_read(self) -> None:
            if self._reads is not None:
                self._reads.cancel()
                self._reads = None

        def _expect(self) -> None:
            if self._until is None:
                self._until = self.loop.call_later(seconds, self.transport.close)

        def _rest(self) -> None:
            if self._until is not None:
                self._until.cancel()
                self._until = None

    return Patient
