"""A server in a thread of the test, whose model the test can hold, break or watch."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.waiting import until
from workbench.shipping.serving.binding import address_of, bound
from workbench.shipping.serving.limits import limits_of
from workbench.shipping.serving.measuring import Measured
from workbench.shipping.serving.models import Served
from workbench.shipping.serving.server import Wanted, server_of

HOST = "127.0.0.1"


@dataclass
class Opened:
    """A server: its address, its models by name, and whether it runs."""

    url: str
    served: dict[str, Served]
    server: Any
    thread: threading.Thread


@contextlib.contextmanager
def opened(
    runs: dict[str, Any], *, explain: bool = False, token: str | None = None, **limits: Any
) -> Iterator[Opened]:
    """Serve runs by these names until the end of the block."""
    made, measured, most = bound(HOST, 0), Measured(), limits_of(limits)
    served = {name: Served(name, run, most, measured) for name, run in runs.items()}
    wanted = Wanted((), token=token, explain=explain)
    server = server_of(list(served.values()), wanted, most, measured)
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[made])), daemon=True
    )
    thread.start()
    try:
        until(lambda: server.started)
        yield Opened(address_of(made, HOST), served, server, thread)
    finally:
        server.should_exit = True
        thread.join(60)
        made.close()
    assert not thread.is_alive()
