"""A server in this process: opened, served until it is told to end, and closed without a loss."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import RunError, UnknownName
from ...i18n import t
from ...recipe import PRECISIONS
from .binding import address_of, bound, check_token, is_loopback
from .limits import Limits, limits_of

if TYPE_CHECKING:
    import uvicorn

    from ...training.run import Run
    from .measuring import Measured
    from .models import Served

PACKAGES = ("fastapi", "prometheus_client", "uvicorn")
SPARE = 5.0  # seconds beyond all limits of time, after which an ending server leaves the rest


@dataclass(frozen=True)
class Wanted:
    """What is to be served, and how.

    Attributes
    ----------
    runs : tuple of (str, str)
        Name and folder; where the name is empty it is that of the folder.
    host : str
    port : int
        0 takes a free one.
    token : str or None
        See :func:`.binding.token_of`.
    precision : str
        See :meth:`workbench.training.run.Run.predict`.
    explain : bool
        Whether it also says what predictions rest on.
    limits : mapping
        See :class:`.limits.Limits`.
    """

    runs: tuple[tuple[str, str], ...]
    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    precision: str = "fp32"
    explain: bool = False
    limits: Mapping[str, Any] = field(default_factory=dict)


def name_and_folder(given: str) -> tuple[str, str]:
    """The parts of ``NAME=FOLDER``, as the command line has it, or of a folder alone.

    >>> name_and_folder("spam=runs/one"), name_and_folder("runs/two")
    (('spam', 'runs/one'), ('', 'runs/two'))
    """
    name, _, folder = given.partition("=")
    return (name, folder) if folder and not Path(given).exists() else ("", given)


def named_runs(runs: Sequence[tuple[str, str]]) -> dict[str, Run]:
    """Finished runs by the names that requests call them.

    Raises
    ------
    WorkbenchError
        If one is no run or not finished, or two have one name.
    """
    from ...training.run import open_run

    found: dict[str, Run] = {}
    for name, folder in runs:
        run = open_run(folder)
        name = name or run.name
        if name in found:
            raise RunError(t("serving.twice", name=repr(name)), t("serving.twice_back"))
        run.check_finished()
        found[name] = run
    if not found:
        raise RunError(t("serving.nothing"), t("serving.nothing_back"))
    return found


def serve_here(wanted: Wanted, on_ready: Callable[[str], object]) -> None:
    """Serve until SIGTERM or SIGINT; what was accepted by then is answered.

    Parameters
    ----------
    wanted : Wanted
    on_ready : callable
        ``on_ready(address)`` once requests are answered.

    Raises
    ------
    WorkbenchError
        Before a model is loaded: the packages are not installed, a limit that there is none, no
        token where one is needed, a port that is taken, a run that is not finished.
    """
    check_installed()
    limits = limits_of(wanted.limits)
    check_precision(wanted.precision)
    check_token(wanted.host, wanted.token)
    with contextlib.closing(bound(wanted.host, wanted.port)) as made:
        runs = named_runs(wanted.runs)
        from .measuring import Measured
        from .models import Served

        measured = Measured()
        served = [Served(name, run, limits, measured, wanted.precision)
                  for name, run in runs.items()]  # fmt: skip
        for one in served:
            one.warm()
        server = server_of(served, wanted, limits, measured)
        _run(server, made, lambda: on_ready(address_of(made, wanted.host)))


def server_of(
    served: list[Served], wanted: Wanted, limits: Limits, measured: Measured
) -> uvicorn.Server:
    """A server that answers with these models, and closes them at its end."""
    import uvicorn

    from .app import application
    from .connections import patient

    app = application(
        served, limits=limits, measured=measured, token=wanted.token, explain=wanted.explain,
        loopback=is_loopback(wanted.host), stopping=lambda: server.should_exit,
    )  # fmt: skip
    whole = limits.seconds + 2 * limits.body_seconds + SPARE
    server = uvicorn.Server(uvicorn.Config(
        app, http=patient(limits.body_seconds), ws="none", log_level="warning",
        access_log=False, server_header=False, timeout_graceful_shutdown=int(whole),
    ))  # fmt: skip
    return server


def check_precision(name: str) -> None:
    """Refuse a precision that there is none (UnknownName)."""
    if name not in PRECISIONS:
        raise UnknownName(
            f"There is no precision {name!r}.", f"Take one of {', '.join(PRECISIONS)}."
        )


def check_installed() -> None:
    """Refuse to serve without the packages of the extra ``serve`` (RunError)."""
    lacking = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if lacking:
        raise RunError(
            t("serving.packages", names=", ".join(lacking)), t("serving.packages_back")
        )


def _run(server: uvicorn.Server, made: socket.socket, on_ready: Callable[[], object]) -> None:
    """Serve until the end. uvicorn raises the signal that ended it once more, for whoever handled
    it before: here nobody, so that the exit status is 0."""

    async def whole() -> None:
        telling = asyncio.ensure_future(tell())
        await server.serve(sockets=[made])
        telling.cancel()

    async def tell() -> None:
        while not server.started:
            await asyncio.sleep(0.01)
        on_ready()

    before = {one: signal.signal(one, lambda *_: None) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        asyncio.run(whole())
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
