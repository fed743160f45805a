"""What the optimizer steps were: a row each, made without waiting for the device."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from typing import Any

import torch

from .. import device
from ..errors import TrainingError
from .parallel import ALONE, Alone


class StepRows:
    """Counts what a step takes, and keeps its row until its numbers are asked for.

    Parameters
    ----------
    kind : str
        Type of the device that computes.
    """

    def __init__(self, kind: str):
        self.kind = kind
        self.norm: torch.Tensor | float | None = None  # of the gradient, of the step that ends
        self.recent: deque[float] = deque(maxlen=50)  # seconds of the last steps
        self.waiting: list[dict] = []  # rows of steps whose numbers were not asked for yet
        self._started = self._computed = 0.0
        self._forget()

    def _forget(self) -> None:
        self._losses: list[torch.Tensor] = []
        self._figures: list[dict[str, torch.Tensor]] = []
        self._tokens = self._padded = self._plain = 0
        self._waited = 0.0

    def begin(self) -> None:
        """A step begins."""
        self._started = time.perf_counter()

    def waited(self, seconds: float) -> None:
        """Its data took so long."""
        self._waited += seconds

    def read(self, inputs: dict, *, counted: bool = True) -> None:
        """Count the tokens of a micro-batch, and take the counts out of it."""
        tokens, padded = inputs.pop("_tokens"), inputs.pop("_padded_tokens")
        if not counted:
            return
        self._tokens += tokens
        self._padded += padded
        lengths = inputs.get("_lengths")
        self._plain += max(lengths) * len(lengths) if lengths else padded

    def computed(self, loss: torch.Tensor, figures: dict[str, torch.Tensor] | None = None) -> None:
        """A micro-batch went forward and backward; ``figures`` are its shares of others."""
        self._figures.append(figures or {})
        self._losses.append(loss)
        self._computed = time.perf_counter()

    def end(self, step: int, epoch: float, learning_rate: float) -> None:
        """Remember what the step was, without waiting for the device."""
        now = time.perf_counter()
        row: dict[str, Any] = {
            "step": step,
            "epoch": round(epoch, 6),
            "loss": self._losses,
            **{name: [one[name] for one in self._figures if name in one]
               for name in dict.fromkeys(name for one in self._figures for name in one)},
            "learning_rate": learning_rate,
            "grad_norm": self.norm,
            "tokens": self._tokens,
            "padded_tokens": self._padded,
            "plain_tokens": self._plain,  # of the same batches, padded to their longest text
            "seconds": now - self._started,
            "data_seconds": self._waited,
        }
        if self.kind == "cpu":  # elsewhere the clock meets work that is still queued
            row["optimizer_seconds"] = now - self._computed
            row["load"] = round(os.getloadavg()[0] / (os.cpu_count() or 1), 2)
        self.waiting.append(row)
        self._forget()

    def asked(self, ranks: Alone = ALONE) -> list[dict]:
        """The rows that wait, with their numbers; waits until the device has computed them.

        Losses, counts and memory are the sums over all ``ranks``.
        """
        asked = time.perf_counter()
        rows, self.waiting = self.waiting, []
        memory = round(device.memory_mb(self.kind), 1)
        for row in rows:
            for name in [name for name, value in row.items() if isinstance(value, list)]:
                row[name] = float(sum(part.item() for part in row[name]))
            row["grad_norm"] = float(row["grad_norm"])
        memory = _summed(rows, memory, ranks)
        # what was queued is done now: the steps share the seconds that it took
        late = (time.perf_counter() - asked) / len(rows)
        whole = sum(row["seconds"] for row in rows) / len(rows)
        for row in rows:
            row["seconds"] = whole + late
            row["memory_mb"] = memory
            self.recent.append(row["seconds"])
        return rows


def _summed(rows: list[dict], memory: float, ranks: Alone) -> float:
    """Sum the losses and counts of rows over processes, in place; the sum of their memory."""
    if ranks.size == 1:
        return memory
    kept = {"step", "epoch", "learning_rate", "grad_norm", "seconds", "data_seconds",
            "optimizer_seconds", "load"}  # fmt: skip
    mine = [{name: value for name, value in row.items() if name not in kept} for row in rows]
    every = ranks.exchange(lambda: (mine, memory))
    for number, row in enumerate(rows):
        theirs = [part[number] for part, _ in every]
        for name in dict.fromkeys(name for one in theirs for name in one):
            row[name] = sum(one.get(name, 0) for one in theirs)
    return round(sum(one for _, one in every), 1)


def check_finite(row: dict, learning_rate: float) -> None:
    """Refuse a step whose loss or gradient is no number any more (TrainingError)."""
    if math.isfinite(row["loss"]) and math.isfinite(row["grad_norm"]):
        return
    what = "loss" if not math.isfinite(row["loss"]) else "gradient"
    raise TrainingError(
        f"Training diverged: the {what} at step {row['step']} is not a finite number.",
        f"Start a new run with a lower learning_rate than {learning_rate:g}, "
        "or with precision='fp32'.",
    )
