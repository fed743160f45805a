"""What the curves of a run tell: did it learn too little, by heart, or come apart.

Rules over the rows of ``metrics.jsonl`` alone. Why each threshold is what it is stands in
``docs/schedules.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import task_registry
from ...errors import WorkbenchError
from ...i18n import t
from .outcomes import decisive_metric, metric_name

if TYPE_CHECKING:
    import pandas as pd

FALLS = 0.03  # of the training loss, from the fourth to the last fifth of the steps: still learning
RISES = 0.05  # of the validation loss over its lowest: overfitted
LEARNT = 0.05  # of the first training loss, that it falls by at least where something is learnt
APART = 1.5  # times its lowest tenth, at the end: training came apart
SURE = 2.0  # standard errors by which two means over steps differ
TOO_EASY = 0.5  # of the training loss, of the validation examples: they are known already
LEAST = 0.1  # nats of training loss from which on that is looked at
PERFECT = 0.995  # of a share, after the first pass
LOST = 0.03  # of a share that is lost while the training loss halves: noise is learnt by heart
FEWEST = 20  # steps of which a fall is told
Values = dict[str, Any]


@dataclass(frozen=True)
class Curves:
    """Losses of steps and evaluations; ``scores`` are a share where higher is better, or None."""

    losses: np.ndarray  # (n_steps,)
    steps: np.ndarray  # (n_steps,)
    evals: np.ndarray  # (n_evals,) losses
    eval_steps: np.ndarray  # (n_evals,)
    epochs: np.ndarray  # (n_evals,)
    scores: np.ndarray | None  # (n_evals,)
    metric: str  # what it is called
    comparable: bool  # whether both losses are of one kind


def curves_of(run: Any) -> Curves:
    """The curves of a run, or of its ``history()``."""
    import pandas as pd

    history = run.history() if hasattr(run, "history") else run
    steps, evals = (history[history["kind"] == kind] for kind in ("step", "eval"))

    def column(rows: pd.DataFrame, name: str) -> np.ndarray:
        if name not in rows.columns:
            return np.full(len(rows), np.nan)
        return pd.to_numeric(rows[name], errors="coerce").to_numpy(float)

    name = _metric(run, evals)
    return Curves(
        column(steps, "loss"), column(steps, "step"), column(evals, "loss"),
        column(evals, "step"), column(evals, "epoch"), column(evals, name) if name else None,
        metric_name(name) if name else "", _comparable(getattr(run, "recipe", None)),
    )  # fmt: skip


def _metric(run: Any, evals: pd.DataFrame) -> str:
    """A metric that is a share where higher is better: the one that decides, or the usual one."""
    there = {name for name in evals.columns if evals[name].notna().any()}
    task = getattr(getattr(run, "recipe", None), "task", None)
    try:
        name = decisive_metric(run) if task else task_registry.usual_metric(
            there & {metric.name for one in task_registry.specs() for metric in one.metrics}
        )  # fmt: skip
    except WorkbenchError:  # a task that is not installed: its losses tell something all the same
        return ""
    found = task_registry.metric(name, task) if name in there else None
    return name if found is not None and found.share and found.better == "higher" else ""


def _comparable(recipe: Any) -> bool:
    """Whether the loss that is trained is the one that evaluations have."""
    if recipe is None:
        return True
    changed = [recipe.class_weights, recipe.focal_gamma, recipe.label_smoothing]
    added = [getattr(recipe, name, {}).get("kind") for name in ("regularisation", "adversarial")]
    return recipe.loss["kind"] == "own" and not any(changed) and {*added} <= {None, "none"}


def diagnose(run: Any) -> pd.DataFrame:
    """What the curves of a run speak for, the surest first.

    Training that came apart, over-fitting, under-fitting, a possible leak of held-out examples and
    possibly noisy labels, by rules over the run's rows alone.

    Parameters
    ----------
    run : Run or pandas.DataFrame
        A run in whatever state, or its ``history()``.

    Returns
    -------
    pandas.DataFrame
        ``diagnosis`` (``apart``, ``overfits``, ``noisy``, ``leak``, ``falls``, ``hardly``),
        ``finding``, ``evidence`` and ``remedy`` (sentences). No row where nothing is found, and of
        a run with fewer than 20 steps. ``attrs["unseen"]`` is a sentence where there are too few
        steps or evaluations to tell.

    Raises
    ------
    RunError
        If the run's rows cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [{"kind": "step", "step": n, "loss": 1 / n} for n in range(1, 41)]
    >>> rows += [{"kind": "eval", "step": 10 * n, "epoch": n, "loss": n / 3} for n in (1, 2, 3, 4)]
    >>> diagnose(pd.DataFrame(rows))["diagnosis"].tolist()
    ['overfits']
    """
    import pandas as pd

    curves, rows = curves_of(run), []
    for name, rule in _RULES.items():
        values = None if rows and rows[0][0] == "apart" else rule(curves)
        if values is None:
            continue
        by = values.pop("by", "")
        keys = [f"{name}_finding", f"{name}_evidence{by}", f"{name}_remedy"]
        rows.append((name, *(t(f"diagnosis.{key}", **values) for key in keys)))
    found = pd.DataFrame(rows, columns=["diagnosis", "finding", "evidence", "remedy"])
    few = len(curves.losses) < FEWEST or len(curves.evals) < 3
    found.attrs["unseen"] = t(
        "diagnosis.unseen", steps=len(curves.losses), evals=len(curves.evals)
    ) if few else ""  # fmt: skip
    return found


def comes_apart(curves: Curves) -> Values | None:
    """A loss that is no number, or ends far above its lowest and no lower than it began."""
    broken = ~np.isfinite(curves.losses)
    if broken.any():
        first = int(broken.argmax())
        return {"by": "_number", "step": int(curves.steps[first])}
    if len(curves.losses) < FEWEST:
        return None
    parts = np.array_split(curves.losses, 10)
    means = np.array([part.mean() for part in parts])
    errors = np.array([part.std() / np.sqrt(len(part)) for part in parts])
    low = int(means.argmin())
    sure = means[-1] - means[low] > SURE * np.hypot(errors[-1], errors[low])
    if sure and means[-1] > APART * means[low] and means[-1] >= means[0]:
        step = int(curves.steps[sum(map(len, parts[: low + 1])) - 1])
        return {"step": step, "low": means[low], "last": means[-1]}
    return None


def still_falls(curves: Curves) -> Values | None:
    """Training that ended while its loss fell, and the last evaluation was the best."""
    if len(curves.losses) < FEWEST:
        return None
    parts = np.array_split(curves.losses, 5)[-2:]
    before, last = (float(np.nanmean(part)) for part in parts)
    error = float(np.hypot(*(np.nanstd(part) / np.sqrt(len(part)) for part in parts)))
    best = len(curves.evals) < 2 or int(curves.evals.argmin()) == len(curves.evals) - 1
    if best and before > 0 and before - last > max(FALLS * before, SURE * error):
        return {"before": before, "last": last}
    return None


def hardly_learns(curves: Curves) -> Values | None:
    """A training loss that ends about where it began."""
    if len(curves.losses) < 2 * FEWEST or not np.isfinite(curves.losses).all():
        return None
    first, last = curves.losses[: max(5, len(curves.losses) // 50)], curves.losses[-FEWEST:]
    if first.mean() > 0 and first.mean() - last.mean() < LEARNT * first.mean():
        return {"first": float(first.mean()), "last": float(last.mean())}
    return None


def overfits(curves: Curves) -> Values | None:
    """A validation loss that ends above its lowest while the training loss fell."""
    loss = curves.evals
    if len(loss) < 3 or len(curves.losses) < 5 or np.isnan(loss).all():
        return None
    lowest = int(np.nanargmin(loss))
    parts = np.array_split(curves.losses, 5)
    falls = float(np.nanmean(parts[-1])) < float(np.nanmean(parts[0]))
    if falls and loss[-1] > (1 + RISES) * loss[lowest]:
        return {"low": loss[lowest], "last": loss[-1], "epoch": float(curves.epochs[lowest])}
    return None


def leaks(curves: Curves) -> Values | None:
    """Held-out examples that the model knows better than those it is trained on."""
    if len(curves.losses) < FEWEST or not len(curves.evals):
        return None
    scores = curves.scores
    if scores is not None and scores[0] >= PERFECT and curves.epochs[0] <= 1:
        return {"by": "_score", "metric": curves.metric, "value": float(scores[0]),
                "epoch": float(curves.epochs[0])}  # fmt: skip
    if not curves.comparable or len(curves.evals) < 2:
        return None
    window = max(5, len(curves.losses) // 10)
    ends = np.searchsorted(curves.steps, curves.eval_steps, side="right")
    train = np.array([curves.losses[max(0, end - window) : end].mean() if end else np.nan
                      for end in ends])  # fmt: skip
    if (train >= LEAST).all() and (curves.evals < TOO_EASY * train).all():
        return {"train": float(train[-1]), "held": float(curves.evals[-1])}
    return None


def learns_noise(curves: Curves) -> Values | None:
    """A score that is lost again while the training loss halves: wrong labels learnt by heart.

    Patterns are learnt first and wrong labels later (Arpit et al., 2017; Liu et al., 2020).
    """
    scores = curves.scores
    if overfits(curves) is None or scores is None or np.isnan(scores).any():
        return None
    best = int(scores.argmax())
    end = int(np.searchsorted(curves.steps, curves.eval_steps[best], side="right"))
    window = max(5, len(curves.losses) // 10)
    then = float(curves.losses[max(0, end - window) : end].mean()) if end else float("nan")
    last = float(curves.losses[-window:].mean())
    if scores[best] - scores[-1] > LOST and last < then / 2:
        return {"metric": curves.metric, "best": float(scores[best]), "end": float(scores[-1]),
                "epoch": float(curves.epochs[best]), "then": then, "last": last}  # fmt: skip
    return None


_RULES: dict[str, Callable[[Curves], Values | None]] = {
    "apart": comes_apart, "overfits": overfits, "noisy": learns_noise, "leak": leaks,
    "falls": still_falls, "hardly": hardly_learns,
}  # fmt: skip
