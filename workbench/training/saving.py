"""Checkpoints of a run while it trains, and the weights of its best step until the end."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ..atomic_files import write_json
from ..i18n import t
from . import checkpoints
from .reporter import Reporter

KEPT_CHECKPOINTS = 2


class Saving:
    """Writes checkpoints; a full disk is an event, not the end of the run.

    Parameters
    ----------
    reporter : Reporter
    method : Method
        How weights are changed; what it says is saved and loaded.
    progress : dict
        That of the run: a new best step stands in it once it is saved.
    words : transformers.PreTrainedTokenizerBase
        A model that is being trained can be looked into: that takes its words too.
    whole_model : callable
        Gives the context in which the model holds its averaged weights, if there are any, and its
        whole word embedding.
    averages : bool
        Whether a checkpoint holds averages and the weights as they are as well.
    """

    def __init__(
        self,
        reporter: Reporter,
        method: Any,
        progress: dict,
        *,
        words: Any,
        whole_model: Callable[[], AbstractContextManager],
        averages: bool = False,
    ):
        self.reporter, self.method, self.progress = reporter, method, progress
        self.words, self.whole_model, self.averages = words, whole_model, averages
        self._best: dict | None = None  # weights of the best step, while no disk has room for them

    def checkpoint(self, step: int, *, last: bool, state: Callable[[Path], None]) -> None:
        """A whole checkpoint or none.

        Parameters
        ----------
        step : int
        last : bool
            Whether training ends with this step.
        state : callable taking a Path
            Writes what an exact resume needs beside the weights.
        """
        before = dict(self.progress)
        candidate = self.progress.pop("candidate", None)
        if candidate is not None:
            self.progress.update(best_step=candidate["step"], best_value=candidate["value"])
        if last:
            self.progress["ended"] = True

        def fill(folder: Path) -> None:
            self.fill(folder)
            state(folder)
            write_json(folder / checkpoints.PROGRESS, {"step": step, **self.progress})

        root = self.reporter.folder
        target = root / "checkpoints" / checkpoints.folder_name(step)
        self.reporter.set_state(phase="saving")
        started = time.perf_counter()
        try:
            if not checkpoints.room_for(root, self._bytes_needed()):
                raise OSError(28, "No space left on device")
            if candidate is None and self._best is not None:
                # a checkpoint says which step was best: that one comes to the disk before it
                best = checkpoints.best_name(self.progress["best_step"])
                checkpoints.write_whole(root / "checkpoints" / best, self._fill_best)
                self._best = None
            manifest = checkpoints.write_whole(target, fill)
        except (OSError, RuntimeError) as error:  # torch and safetensors wrap a full disk
            if candidate is not None:  # kept in memory until there is room
                with self.whole_model():
                    self._best = self.method.weights()
            else:
                self.progress.clear()
                self.progress.update(before)
            message = str(error).splitlines()[0][:300]
            self.reporter.event("checkpoint_failed", step, error=message)
            self.reporter.warn(
                f"The checkpoint of step {step} could not be written ({message}); training goes on "
                "and the last whole checkpoint is kept. Make room on the disk.", "checkpoint",
            )  # fmt: skip
        else:
            if candidate is not None:
                self._best = None
            checkpoints.prune(root, keep=KEPT_CHECKPOINTS, best_step=self.progress["best_step"])
            self.reporter.event(
                "checkpoint",
                step,
                seconds=time.perf_counter() - started,
                megabytes=round(sum(manifest["files"].values()) / 1e6, 1),
            )
        self.reporter.set_state(phase="training")

    def snapshot(self, step: int) -> None:
        """The model as it is, to be a member of an ensemble; without room it is left out, said."""
        root = self.reporter.folder
        (root / checkpoints.SNAPSHOTS).mkdir(exist_ok=True)
        target = root / checkpoints.SNAPSHOTS / checkpoints.folder_name(step)
        try:
            checkpoints.write_whole(target, self.fill)
        except (OSError, RuntimeError) as error:  # torch and safetensors wrap a full disk
            message = str(error).splitlines()[0][:300]
            self.reporter.warn(t("ensembles.no_snapshot", step=step, error=message))

    def load(self, folder: Path | str) -> None:
        """Give the model the weights of a checkpoint."""
        with self.whole_model():
            self.method.load(Path(folder))

    def load_best(self) -> None:
        """Give the model the weights of the best step, once it holds its whole word embedding.

        Raises
        ------
        RunError
            If they are damaged or gone.
        """
        if self._best is not None:
            self.method.put(self._best)
            return
        self.load(checkpoints.best_of(self.reporter.folder, self.progress["best_step"]))

    def _fill_best(self, folder: Path) -> None:
        self.fill(folder, self._best)

    def fill(self, folder: Path, weights: dict | None = None) -> None:
        """Write what the model is loaded from, as the method saves it."""
        with self.whole_model():
            self.method.save(folder, weights)
        if not (folder / "config.json").is_file():  # of a method that saves no whole model
            config = copy.deepcopy(self.method.model.config)
            config.architectures = [type(self.method.model).__name__]
            config.save_pretrained(folder)
        self.words.save_pretrained(folder)

    def _bytes_needed(self) -> int:
        with self.whole_model():
            sizes = [(p.numel() * p.element_size(), p.requires_grad)
                     for p in self.method.model.parameters()]  # fmt: skip
        trained = sum(size for size, wanted in sizes if wanted)
        saved = sum(size for size, _ in sizes) if self.method.whole else trained
        # weights, the two moments of AdamW; averages, and the weights that these are of
        return saved + (4 if self.averages else 2) * trained + 10_000_000
