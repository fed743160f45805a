"""The process that writes, seen from here: one for all conversations of this process.

It starts with the first question and ends with the last conversation, so that the memory of models
goes back; where it is killed, what was asked fails in one sentence, and the next question starts
another one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from .. import errors
from ..errors import ModelError, WorkbenchError
from ..i18n import t

PATIENCE = 5.0  # seconds in which a process that is no longer needed may end by itself
_QUIET = {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
          "TRANSFORMERS_VERBOSITY": os.environ.get("TRANSFORMERS_VERBOSITY", "error")}  # fmt: skip


class Pending:
    """Something that was asked for.

    Attributes
    ----------
    text : str
        Written so far.
    error : WorkbenchError or None
        Once it has failed.
    """

    def __init__(self, number: int, on_text: Callable[[str], object],
                 on_end: Callable[[Pending], object]):  # fmt: skip
        self.number, self.on_text, self.on_end = number, on_text, on_end
        self.text, self.done, self.error = "", {}, None
        self._ended = threading.Event()

    text: str
    done: Any
    error: WorkbenchError | None

    @property
    def ended(self) -> bool:
        """Whether there is nothing to wait for."""
        return self._ended.is_set()

    def result(self, timeout: float | None = None) -> Any:
        """What came, once it has (TimeoutError before; its WorkbenchError where it failed)."""
        if not self._ended.wait(timeout):
            raise TimeoutError
        if self.error is not None:
            raise self.error
        return self.done

    def take(self, message: dict[str, Any]) -> None:
        """A word of the process."""
        if "more" in message:
            self.text = self.text[: message["keep"]] + message["more"]
            self.on_text(self.text)
            return
        if "error" in message:
            kind, what, remedy = message["error"]
            known = getattr(errors, kind, None)
            known = known if isinstance(known, type) else ModelError
            known = known if issubclass(known, WorkbenchError) else ModelError
            self.error = known(what, remedy)
        self.done = message.get("done")
        try:
            self.on_end(self)
        finally:
            self._ended.set()


class Writers:
    """A process that writes. ``pid`` is its number, ``alive`` whether it is there."""

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workbench.talking.process"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
                env={**os.environ, **_QUIET}, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            why = error.strerror or str(error)
            raise ModelError(t("talking.no_process", why=why), t("talking.memory")) from error
        self.pid, self.owner = self._process.pid, os.getpid()
        self._waiting: dict[int, Pending] = {}
        self._number, self._lock, self._closed = 0, threading.RLock(), False
        threading.Thread(target=self._listen, name=f"talk-{self.pid}", daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self._closed and self._process.poll() is None

    def ask(
        self, do: str, *, on_text: Callable[[str], object] = lambda text: None,
        on_end: Callable[[Pending], object] = lambda pending: None, **about: Any,
    ) -> Pending:  # fmt: skip
        """Ask for something; see :class:`.voices.Voices` for what."""
        with self._lock:
            self._number += 1
            pending = Pending(self._number, on_text, on_end)
            self._waiting[pending.number] = pending
            sent = self._send({"do": do, "number": pending.number, **about})
        if not sent:
            self._fail_all()
        return pending

    def stop(self, pending: list[Pending]) -> None:
        """End texts at their next token; what is written of them stays."""
        numbers = [one.number for one in pending if not one.ended]
        if numbers:
            with self._lock:
                self._send({"do": "stop", "numbers": numbers})

    def end(self) -> None:
        """End the process."""
        with self._lock:
            self._closed = True
            try:
                self._process.stdin.close()
            except OSError:  # it has ended already
                pass
        end = time.monotonic() + PATIENCE
        while self._process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _send(self, message: dict[str, Any]) -> bool:
        try:
            self._process.stdin.write((json.dumps(message) + "\n").encode())
            self._process.stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def _listen(self) -> None:
        for line in self._process.stdout:
            message = json.loads(line)
            with self._lock:
                number = message["number"]
                pending = self._waiting.get(number)
                if pending is not None and "more" not in message:
                    del self._waiting[number]
            if pending is not None:
                pending.take(message)
        self._process.wait()
        self._fail_all()

    def _fail_all(self) -> None:
        with self._lock:
            left = list(self._waiting.values())
            self._waiting.clear()
        for one in left:
            one.take({"error": ["ModelError", self._death(), t("talking.memory")]})

    def _death(self) -> str:
        if self._closed:
            return t("talking.closed")
        try:
            status = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return t("talking.died", why="")
        if status < 0:
            return t("talking.killed", signal=signal.Signals(-status).name)
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").splitlines()
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return t("talking.died", why=last[:200] or str(status))


_lock = threading.RLock()
_shared: Writers | None = None
_users: dict[str, list[str]] = {}  # conversations that are open, with the folders that they ask


def writers(talk: str, folders: list[str]) -> Writers:
    """The process, for a conversation that asks the models in these folders from now on."""
    global _shared
    with _lock:
        known = {one for some in _users.values() for one in some}
        _users[talk] = folders
        if _shared is None or _shared.owner != os.getpid() or not _shared.alive:
            _shared = Writers()
        elif known - {one for some in _users.values() for one in some}:
            _tell(_shared)
        return _shared


def release(talk: str) -> None:
    """A conversation asks no more: its memory goes back, and with the last one the process."""
    global _shared
    with _lock:
        if _users.pop(talk, None) is None or _shared is None or _shared.owner != os.getpid():
            return
        if _users:
            _tell(_shared)
        else:
            gone, _shared = _shared, None
            gone.end()


def pid() -> int | None:
    """Number of the process, where there is one."""
    with _lock:
        return _shared.pid if _shared is not None and _shared.alive else None


def _tell(one: Writers) -> None:
    folders = sorted({folder for some in _users.values() for folder in some})
    one.ask("use_only", folders=folders, talks=sorted(_users))
