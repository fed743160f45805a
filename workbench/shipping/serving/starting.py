"""A server in a process of its own, started and ended from here: a busy kernel slows no answer."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import errors
from ...errors import DataError, RunError, WorkbenchError, kind_of
from ...i18n import t
from .binding import check_token
from .limits import limits_of
from .server import SPARE, check_installed

if TYPE_CHECKING:
    from ...training.run import Run


class Server:
    """A server that was started with :func:`serve`; ends with :meth:`stop`, or with this process.

    Attributes
    ----------
    url : str
        Its address.
    pid : int
        Of its process.
    token : str or None
        What it asks for.
    """

    def __init__(self, process: subprocess.Popen, url: str, token: str | None, patience: float):
        self._process, self.url, self.token = process, url, token
        self.pid, self._patience = process.pid, patience
        self._ends = weakref.finalize(self, _end, process, 1.0)
        self._ends.atexit = True

    @property
    def alive(self) -> bool:
        """Whether it is there."""
        return self._process.poll() is None

    def stop(self) -> int:
        """End it once what it has accepted is answered; gives its exit status, 0 where all was."""
        self._ends.detach()
        return _end(self._process, self._patience)

    def __enter__(self) -> Server:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def __repr__(self) -> str:
        return t("serving.handle" if self.alive else "serving.handle_ended", url=self.url)


def serve(
    *runs: Run | str | Path | Mapping[str, Any], port: int = 0, host: str = "127.0.0.1",
    token: str | None = None, precision: str = "fp32", explain: bool = False, **limits: Any,
) -> Server:  # fmt: skip
    """Serve the models of finished runs; see docs/serve.md.

    Parameters
    ----------
    *runs : Run, path, or mapping of names to these
        Requests ask for them by the names of their folders, or those of the mapping.
    port : int
        0 takes a free one.
    host : str
        Address to listen on; one that others reach needs a ``token`` of 16 characters or more.
    precision : str
        Of the matrix products, see :meth:`workbench.training.run.Run.predict`.
    explain : bool
        Whether ``POST /explain`` says what a prediction rests on, by another copy of the model.
    **limits
        Those of :class:`.limits.Limits`, such as ``rows=1000``.

    Returns
    -------
    Server
        Once it answers.

    Raises
    ------
    WorkbenchError
        If a run is not finished, the port is taken, or a token is missing.
    """
    check_installed()
    checked, folders = limits_of(limits), [named for one in runs for named in _named(one)]
    check_token(host, token)
    about = {"runs": folders, "host": host, "port": port, "token": token,
             "precision": precision, "explain": explain, "limits": limits}  # fmt: skip
    with tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "workbench.shipping.serving.process"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            why = error.strerror or str(error)
            raise RunError(t("serving.no_process", why=why), t("talking.memory")) from error
        assert process.stdin and process.stdout
        try:
            with contextlib.suppress(OSError):
                process.stdin.write(json.dumps(about).encode() + b"\n")
                process.stdin.flush()
            line = process.stdout.readline()
        except BaseException:
            process.kill()
            process.wait()
            raise
        if not line.endswith(b"\n"):
            process.wait()
            log.seek(0)
            said = log.read().decode("utf-8", "replace").strip().splitlines()
            why = said[-1][:200] if said else str(process.returncode)
            raise RunError(t("serving.no_process", why=why), t("talking.memory"))
    message = json.loads(line)
    if "error" in message:
        process.wait()
        kind, what, remedy = message["error"]
        known = getattr(errors, kind, None)
        fits = isinstance(known, type) and issubclass(known, WorkbenchError)
        raise (known if fits else RunError)(what, remedy)
    patience = checked.seconds + 2 * checked.body_seconds + 2 * SPARE
    return Server(process, message["url"], token, patience)


def _named(source: Any) -> list[tuple[str, str]]:
    """Names and folders of runs, see :class:`.server.Wanted`."""
    if isinstance(source, Mapping):
        return [(str(name), _folder(one)) for name, one in source.items()]
    return [("", _folder(source))]


def _folder(source: Any) -> str:
    path = getattr(source, "path", source)
    if not isinstance(path, str | os.PathLike):
        raise DataError(t("serving.no_run", what=kind_of(source)), t("serving.no_run_back"))
    return str(Path(path).absolute())


def _end(process: subprocess.Popen, seconds: float) -> int:
    with contextlib.suppress(OSError):
        process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    return process.returncode
