"""A request waits for what a model's queue answers, or until nobody waits for that any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from ...errors import WorkbenchError
from ...memory import is_out_of_memory
from .batching import Batcher, Job
from .refusals import Refused, refusal


class NobodyWaits(Exception):
    """All who asked have gone."""


def waited_for(jobs: Sequence[Job]) -> Callable[[], None]:
    """What a model calls while it works on jobs: NobodyWaits once that is true of all of them."""

    def tick() -> None:
        if all(job.over for job in jobs):
            raise NobodyWaits

    return tick


async def ask(
    batcher: Batcher, key: Any, size: int, rows: int, asked: Any, *, end: float,
    gone: asyncio.Event,
) -> Any:  # fmt: skip
    """What a batcher answers, waited for until ``end`` (``time.monotonic``), or who asked is gone.

    Raises
    ------
    Refused
        504 where it took too long, 503 where memory ran out, 422 where the model refused it.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future = loop.create_future()

    def settle(answer: Any, error: Exception | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(answer)
        else:
            future.set_exception(error)

    job = Job(key, size, rows, asked, end,
              lambda *said: loop.call_soon_threadsafe(settle, *said))  # fmt: skip
    batcher.put(job)
    left = asyncio.ensure_future(gone.wait())
    try:
        await asyncio.wait(
            {future, left}, timeout=max(0.0, end - time.monotonic()),
            return_when=asyncio.FIRST_COMPLETED,
        )  # fmt: skip
        if not future.done():
            if gone.is_set():
                raise NobodyWaits
            raise refusal(504, "late")
        return future.result()
    except WorkbenchError as error:
        if isinstance(error, Refused):
            raise
        raise Refused(422, error.message, error.remedy) from error
    except Exception as error:
        if is_out_of_memory(error):
            raise refusal(503, "memory", headers={"Retry-After": "5"}) from error
        if isinstance(error, NobodyWaits) and not gone.is_set():
            raise refusal(504, "late") from error
        raise
    finally:
        job.left = True
        left.cancel()
        if future.done() and not future.cancelled():
            future.exception()  # it was looked at
        else:
            future.cancel()
