"""The range test of the learning rate: a few steps of a throw-away copy at rates that grow.

Smith (2017), with rates that grow exponentially. The losses are those of :class:`.engine.Engine`
with the recipe's batches, loss, method and precision; nothing of it is kept.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import TrainingError
from ..following_settings import rate, steps_of_pass
from ..i18n import t
from ..memory import is_out_of_memory
from ..smoothing import smooth

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe

LOWEST, HIGHEST, STEPS = 1e-7, 1.0, 200
WEIGHT = 0.9  # of the past, in the smoothed loss
DIVERGED = 4.0  # times the lowest smoothed loss: training came apart, as fastai has it
QUIET = 0.2  # of the steps, the first: rates at which hardly anything is learnt
SURE = 3.0  # standard errors of the smoothed loss that it has to fall by
LEAST = 0.01  # of itself, that it has to fall by as well


class Found(NamedTuple):
    """Rates of a range test; None where the loss does not tell. ``why``: a word of the reason."""

    steepest: float | None
    tenth: float | None
    suggestion: float | None
    why: str


def measure(
    recipe: Recipe, *, low: float = LOWEST, high: float = HIGHEST, steps: int = STEPS,
    tell: Callable[[dict], object] = lambda row: None,
) -> tuple[pd.DataFrame, int, float]:  # fmt: skip
    """Losses at growing rates, until training comes apart; optimizer steps of a pass; usual rate.

    Parameters
    ----------
    recipe : Recipe
    low, high : float
        The first and the last learning rate.
    steps : int
        Optimizer steps at most.
    tell : callable taking dict
        Called with each step's row.

    Returns
    -------
    tuple of pandas.DataFrame, int and float
        ``step``, ``learning_rate``, ``loss``, ``smoothed``, a row a step; the rate is the recipe's
        own, or what follows for its model.

    Raises
    ------
    WorkbenchError
        What keeps the recipe from training.
    """
    from ..device import device_name
    from ..run_folder.folders import create_run_folder
    from ..run_folder.state import StateFile
    from ..worker.device_queue import Ticket, wait_for_turn
    from .api import _free_memory

    trial = recipe.replace(
        max_steps=steps, learning_rate=high, schedule="constant", warmup=0, averaging="none",
        report_to=[], early_stopping=None,
    )  # fmt: skip
    ticket = Ticket(device_name())
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = create_run_folder(trial, Path(folder) / "trial")
            wait_for_turn(place, StateFile(place), ticket)
            rows, per_pass, width = _train(
                trial, place, lambda done: _factor(done, low / high, steps), tell
            )
    except BaseException as error:
        if is_out_of_memory(error):
            raise TrainingError(t("rates.memory"), t("rates.memory_remedy")) from error
        raise
    finally:
        ticket.release()
        _free_memory()  # what was trained is gone by now
    usual = recipe.learning_rate
    return until_apart(rows), per_pass, rate(recipe, width) if usual is None else usual


def _factor(done: int, ratio: float, steps: int) -> float:
    return ratio ** (1 - done / max(1, steps - 1))


def _train(
    recipe: Recipe, place: Path, factor: Callable[[int], float], tell: Callable[[dict], object]
) -> tuple[list[dict], int, int | None]:
    from . import checkpoints, leaving, settling
    from .preparing import prepare
    from .reporter import Reporter
    from .session import _build_engine
    from .steering import RunCallback

    rows: list[dict] = []

    class RangeCallback(RunCallback):
        """Steps alone: no evaluation, no checkpoint; ends once the loss came apart."""

        def on_step_end(self, args, state, control, **_):
            self.engine.steps.end(state.global_step, state.epoch, self._learning_rate)
            last = state.global_step >= state.max_steps
            control.should_log = last or state.global_step % self.engine.look_every == 0
            control.should_training_stop = last or _apart(rows)

    reporter = Reporter(place, lambda **changes: None)

    def seen(row: dict) -> None:
        if row["kind"] == "step":
            rows.append(row)
            tell(row)

    reporter.on_row = seen
    try:
        prepared = prepare(recipe)
        precision = settling.environment(place, recipe, reporter, None)
        recipe = settling.with_followed(recipe, settling.followed(recipe, prepared))
        engine = _build_engine(recipe, prepared, reporter, dict(checkpoints.FRESH), precision,
                               lambda idle: False, None)  # fmt: skip
        leaving.refer_first(prepared, recipe, engine, reporter, precision, lambda idle: False)
        engine.remove_callback(RunCallback)
        engine.add_callback(RangeCallback(engine, steps_per_epoch=1))
        engine.rates = lambda recipe, steps: factor
        try:
            engine.train()
        except TrainingError:
            if not rows or all(map(_finite, rows)):
                raise
        per_pass = steps_of_pass(recipe, len(prepared.encoded["train"]))
        return rows, per_pass, settling.width_of(prepared.model)
    finally:
        reporter.close()


def _finite(row: dict) -> bool:
    return math.isfinite(row["loss"]) and math.isfinite(row["grad_norm"])


def _apart(rows: list[dict]) -> bool:
    return len(until_apart(rows)) < len(rows)


def until_apart(rows: list[dict]) -> pd.DataFrame:
    """A table of steps up to the one at which the loss came apart, which is left out."""
    import pandas as pd

    end = next((n for n, row in enumerate(rows) if not _finite(row)), len(rows))
    losses = np.asarray([row["loss"] for row in rows[:end]], float)
    smoothed = smooth(losses, WEIGHT)
    if end:
        lowest = np.minimum.accumulate(smoothed)
        beyond = smoothed > DIVERGED * np.where(lowest > 0, lowest, np.inf)
        end = int(beyond.argmax()) if beyond.any() else end
    return pd.DataFrame({
        "step": [row["step"] for row in rows[:end]],
        "learning_rate": [row["learning_rate"] for row in rows[:end]],
        "loss": losses[:end], "smoothed": smoothed[:end],
    })  # fmt: skip


def suggest(table: pd.DataFrame, steps: int = STEPS) -> Found:
    """What a table of :func:`measure` says, which was to have ``steps`` rows.

    ``steepest`` is where the smoothed loss falls most over the logarithm of the rate, ``tenth`` a
    tenth of the rate at which it is lowest, the suggestion the lower of both.
    """
    quiet = max(3, round(QUIET * steps))
    if len(table) <= quiet:
        return Found(None, None, None, "at_once")
    losses, smoothed = (table[name].to_numpy(float) for name in ("loss", "smoothed"))
    rates = table["learning_rate"].to_numpy(float)
    noise = losses[:quiet].std(ddof=1) * math.sqrt((1 - WEIGHT) / (1 + WEIGHT))
    lowest = int(smoothed.argmin())
    first = losses[:quiet].mean()
    if first - smoothed[lowest] <= max(SURE * noise, LEAST * abs(first)) or lowest < quiet:
        return Found(None, None, None, "never")
    window = max(1, steps // 20)
    at = np.arange(quiet, lowest + 1)
    before, after = np.maximum(at - window, 0), np.minimum(at + window, len(table) - 1)
    logs = np.log10(rates)
    slopes = (smoothed[after] - smoothed[before]) / (logs[after] - logs[before])
    steepest, tenth = float(rates[at[int(slopes.argmin())]]), float(rates[lowest]) / 10
    return Found(_short(steepest), _short(tenth), _short(min(steepest, tenth)), "")


def _short(rate: Any) -> float:
    return float(f"{rate:.1e}")
