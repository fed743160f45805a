"""Checkpoints of several processes: the first one writes and reads, all know what came of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any


class SharedSaving:
    """What :class:`workbench.training.saving.Saving` is for one process.

    Parameters
    ----------
    saving : Saving
        Of this process.
    ranks : Ranks
    whole : callable
        Gives a context in which the model can be written, by the first process alone.
    """

    def __init__(self, saving: Any, ranks: Any, whole: Callable[[], AbstractContextManager]):
        self.saving, self.ranks, self.whole = saving, ranks, whole
        self.progress = saving.progress

    def checkpoint(self, step: int, *, last: bool, state: Callable[[Path], None]) -> None:
        """Whether there was room is the first process's to know: progress is what it says."""

        def write() -> dict:
            self.saving.checkpoint(step, last=last, state=state)
            return dict(self.progress)

        with self.whole():
            said = self.ranks.of_first(write)
        self.progress.clear()
        self.progress.update(said)

    def snapshot(self, step: int) -> None:
        """The first process's."""
        with self.whole():
            self.ranks.by_first(lambda: self.saving.snapshot(step))

    def load(self, folder: Path | str) -> None:
        """Each reads the checkpoint that the run goes on from."""
        self.saving.load(folder)

    def load_best(self) -> None:
        """The first one's best weights, which may be in its memory alone, for all."""
        self.ranks.by_first(self.saving.load_best)
        self.ranks.same(self.saving.method.model)

    def fill(self, folder: Path, weights: dict | None = None) -> None:
        """See :meth:`workbench.training.saving.Saving.fill`; asked of the first process alone."""
        self.saving.fill(folder, weights)
