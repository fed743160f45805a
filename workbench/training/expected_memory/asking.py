"""Asking a process of its own what a recipe will take; see :mod:`.__main__`."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import ExpectedMemory, Texts

if TYPE_CHECKING:
    from ...recipe import Recipe


@dataclass(frozen=True)
class Answer:
    """What was found out of a recipe.

    Attributes
    ----------
    found : ExpectedMemory or None
        None where it is not known.
    free : int
        Bytes that the device has left.
    refused : str
        Why training would refuse the recipe, if it would.
    field : str or None
        Which field of the recipe that is about.
    """

    found: ExpectedMemory | None = None
    free: int = 0
    refused: str = ""
    field: str | None = None


class Asking:
    """A process that answers, started when it is first asked; one question at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, recipe: Recipe, texts: Texts | None) -> Answer:
        """What a recipe takes. Waits for it: seconds, more where libraries are imported first."""
        given = None if texts is None else dataclasses.asdict(texts)
        line = json.dumps({"recipe": recipe.to_yaml(), "texts": given})
        with self._turn:
            answer = self._said(line) or self._said(line)  # it may have left in this very moment
        if not answer or "unknown" in answer:
            return Answer()
        if "found" not in answer:
            return Answer(refused=answer["refused"], field=answer["field"])
        return Answer(ExpectedMemory(**answer["found"]), answer["free"])

    def close(self) -> None:
        """Let the process go."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()

    def _said(self, line: str) -> dict[str, Any]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workbench.training.expected_memory"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True, start_new_session=True,
            )  # fmt: skip
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline() or "{}")
        except (OSError, ValueError):
            return {}
