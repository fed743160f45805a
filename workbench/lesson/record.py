"""What a learner has done: one small file a notebook, on this machine alone."""

from __future__ import annotations

import contextlib
import os
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench import atomic_files, paths
from workbench.i18n import t
from workbench.worker.processes import Lock

PATIENCE = 5.0  # seconds for another kernel that writes; one try is a matter of milliseconds

_lock = threading.Lock()
_unwritten: dict[str, dict[str, dict[str, Any]]] = {}  # where the folder takes no file


class Record:
    """The tries of one notebook's exercises, read anew each time it is asked.

    Attributes
    ----------
    problem : str
        Why the last try could not be kept in the file; empty when it was.
    """

    def __init__(self, notebook: str):
        self.notebook, self.problem = notebook, ""
        self.path = paths.lessons_dir() / f"{notebook}.json"

    def read(self) -> dict[str, dict[str, Any]]:
        """Exercises by number: ``{"1": {"tries": 2, "right": True}}``; wrong tries are counted."""
        found = dict(self._kept())
        for number, one in _unwritten.get(str(self.path), {}).items():
            kept = found.get(number, one)  # another kernel may have solved it in the meantime
            found[number] = {
                "tries": max(kept["tries"], one["tries"]), "right": kept["right"] or one["right"],
            }  # fmt: skip
        return found

    def add(self, number: str, *, right: bool) -> dict[str, Any]:
        """Note a try, and what stands noted of the exercise now."""
        with _lock, self._alone():
            all_of_them = self.read()
            before = all_of_them.get(number, {"tries": 0, "right": False})
            now = {"tries": before["tries"] + (not right), "right": before["right"] or right}
            all_of_them[number] = now
            self.problem = self._write(all_of_them)
        return now

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Until this ends no other kernel notes a try in this notebook."""
        lock = Lock(self.path.with_name(f".{self.notebook}.lock"))
        with contextlib.suppress(OSError):  # a folder that takes no lock; _write says it
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(patience=PATIENCE)
        try:
            yield
        finally:
            lock.release()

    def _write(self, all_of_them: dict) -> str:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            atomic_files.write_json(self.path, {"format": 1, "exercises": all_of_them})
        except OSError as error:
            _unwritten[str(self.path)] = all_of_them
            why = error.strerror or str(error)
            return t("lesson.not_kept", folder=str(self.path.parent), why=why)
        _unwritten.pop(str(self.path), None)
        return ""

    def _kept(self) -> dict[str, dict[str, Any]]:
        found = atomic_files.read_json(self.path)
        if found is None:
            if not paths.is_there(self.path):
                return {}
            found = atomic_files.read_json(self.path)  # another kernel's first try came just now
        exercises = found.get("exercises") if isinstance(found, dict) else None
        if isinstance(exercises, dict) and all(map(_is_entry, exercises.values())):
            return exercises
        self._set_aside()
        return {}

    def _set_aside(self) -> None:
        aside = self.path.with_name(self.path.name + ".unreadable")
        try:
            os.replace(self.path, aside)
        except OSError:
            aside = self.path
        said = t("lesson.unreadable", notebook=self.notebook, file=str(aside))
        warnings.warn(said, stacklevel=2)


def _is_entry(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("right"), bool)
        and isinstance(one.get("tries"), int)
        and one["tries"] >= 0
    )


def clear(notebook: str) -> None:
    """Forget what was done in a notebook."""
    record = Record(notebook)
    _unwritten.pop(str(record.path), None)
    Path(record.path).unlink(missing_ok=True)
