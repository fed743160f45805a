"""The process that writes, seen from here: one for all conversations of this process.

It starts with the first question and ends with the last conversation, so that the memory of models
goes back; where it is killed, what was asked fails in one sentence, and the next question starts
another one.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from .. import errors
from ..errors import ModelError, RunError, WorkbenchError
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
    raised : WorkbenchError or None
        The first that ``on_text`` raised: what is written is written nevertheless.
    """

    def __init__(self, asked: Writers, number: int, on_text: Callable[[str], object],
                 on_end: Callable[[Pending], object]):  # fmt: skip
        self.asked, self.number, self.on_text, self.on_end = asked, number, on_text, on_end
        self.text, self.done, self.error, self.raised = "", {}, None, None
        self._ended = threading.Event()

    text: str
    done: Any
    error: WorkbenchError | None
    raised: WorkbenchError | None

    @property
    def ended(self) -> bool:
        """Whether there is nothing to wait for."""
        return self._ended.is_set()

    def result(self, timeout: float | None = None) -> Any:
        """What came, once it has (TimeoutError before; its WorkbenchError where it failed)."""
        if not self.ended and self.asked.listens_here:
            raise RunError(t("talking.waits"), t("talking.waits_back"))
        if not self._ended.wait(timeout):
            raise TimeoutError
        if (failed := self.error or self.raised) is not None:
            raise failed
        return self.done

    def take(self, message: dict[str, Any]) -> None:
        """A word of the process."""
        if "more" in message:
            self.text = self.text[: message["keep"]] + message["more"]
            try:
                self.on_text(self.text)
            except BaseException as error:  # whose end would be that of all conversations
                if self.raised is None:
                    why = f"{type(error).__name__}: {error}"[:200]
                    self.raised = RunError(t("talking.on_text", why=why), t("talking.on_text_back"))
                    self.raised.__cause__ = error
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
        self._heard, self._broken = True, ""  # whether it is listened to; why it was not understood
        self._listener = threading.Thread(
            target=self._listen, name=f"talk-{self.pid}", daemon=True
        )
        self._listener.start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._heard and not self._closed and self._process.poll() is None

    @property
    def listens_here(self) -> bool:
        """Whether this is the thread that listens: who waits in it waits for ever."""
        return threading.current_thread() is self._listener

    def ask(
        self, do: str, *, on_text: Callable[[str], object] = lambda text: None,
        on_end: Callable[[Pending], object] = lambda pending: None, **about: Any,
    ) -> Pending:  # fmt: skip
        """Ask for something; see :class:`.voices.Voices` for what."""
        with self._lock:
            self._number += 1
            line = json.dumps({"do": do, "number": self._number, **about})
            pending = Pending(self, self._number, on_text, on_end)
            self._waiting[pending.number] = pending
            sent = self._send(line)
        if not (sent and self._heard):
            self._fail_all()
        return pending

    def stop(self, pending: list[Pending]) -> None:
        """End texts at their next token; what is written of them stays."""
        numbers = [one.number for one in pending if not one.ended]
        if numbers:
            with self._lock:
                self._send(json.dumps({"do": "stop", "numbers": numbers}))

    def end(self) -> None:
        """End the process; a text in the middle stays as far as it is written."""
        waiting, end = list(self._waiting.values()), time.monotonic() + PATIENCE
        if any(one.text for one in waiting) and not self.listens_here:
            self.stop(waiting)
            for one in waiting:
                one._ended.wait(max(0.0, end - time.monotonic()))
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

    def _send(self, line: str) -> bool:
        try:
            self._process.stdin.write((line + "\n").encode())
            self._process.stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def _listen(self) -> None:
        line = b""
        try:
            for line in self._process.stdout:
                self._hear(line)
        except Exception as error:  # half a line of a killed one, or what is no answer
            if line.endswith(b"\n"):
                self._broken = f"{type(error).__name__}: {error}"
        finally:
            self._end_now()
            self._heard = False  # what is asked from here on fails where it is asked
            self._fail_all()

    def _hear(self, line: bytes) -> None:
        message = json.loads(line)
        find = self._waiting.get if "more" in message else self._waiting.pop
        pending = find(message["number"], None)
        if pending is not None:
            pending.take(message)

    def _end_now(self) -> None:
        try:
            self._process.wait(0 if self._broken else PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _fail_all(self) -> None:
        if not self._waiting:
            return
        why = self._death()
        for number in list(self._waiting):
            pending = self._waiting.pop(number, None)
            if pending is not None:
                pending.take({"error": ["ModelError", why, t("talking.memory")]})

    def _death(self) -> str:
        if self._closed:
            return t("talking.closed")
        if self._broken:
            return t("talking.died", why=self._broken[:200])
        try:
            status = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return t("talking.died", why="")
        if status < 0:
            names = {one.value: one.name for one in signal.Signals}
            return t("talking.killed", signal=names.get(-status, str(-status)))
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").splitlines()
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return t("talking.died", why=last[:200] or str(status))


def stop_all(pending: list[Pending]) -> None:
    """End texts at their next token, in one message to each process that writes some: none of
    them has its turn between two messages."""
    for asked in {one.asked for one in pending if not one.ended}:
        asked.stop([one for one in pending if one.asked is asked])


_lock = threading.RLock()
_shared: Writers | None = None
_users: dict[str, list[str]] = {}  # conversations that are open, with the folders that they ask
_gone: queue.SimpleQueue[str] = queue.SimpleQueue()  # those that nobody holds any more
_releasing: threading.Thread | None = None


def writers(talk: str, folders: list[str]) -> Writers:
    """The process, for a conversation that asks the models in these folders from now on."""
    global _shared, _releasing
    with _lock:
        known = {one for some in _users.values() for one in some}
        _users[talk] = folders
        fewer = known - {one for some in _users.values() for one in some}
        if _shared is None or _shared.owner != os.getpid() or not _shared.alive:
            _shared, fewer = Writers(), set()
        if _releasing is None or not _releasing.is_alive():  # a forked process has none
            _releasing = threading.Thread(target=_release_gone, name="talk-release", daemon=True)
            _releasing.start()
        one = _shared
    if fewer:
        _tell(one)
    return one


def release(talk: str) -> None:
    """A conversation asks no more: its memory goes back, and with the last one the process."""
    global _shared
    with _lock:
        if _users.pop(talk, None) is None or _shared is None or _shared.owner != os.getpid():
            return
        one, last = _shared, not _users
        if last:
            _shared = None
    if last:  # outside of the lock, which what is heard meanwhile may need
        one.end()
    else:
        _tell(one)


def forget(talk: str) -> None:
    """:func:`release`, soon and in a thread of its own: what is collected as garbage is so in the
    middle of anything, whatever locks are held there."""
    _gone.put(talk)


def _release_gone() -> None:
    while True:
        release(_gone.get())


def pid() -> int | None:
    """Number of the process, where there is one."""
    with _lock:
        return _shared.pid if _shared is not None and _shared.alive else None


def _tell(one: Writers) -> None:
    with _lock:  # and asked outside of it: no thread waits for a process while it holds the lock
        folders = sorted({folder for some in _users.values() for folder in some})
        talks = sorted(_users)
    one.ask("use_only", folders=folders, talks=talks)
