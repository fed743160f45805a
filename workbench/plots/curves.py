"""Pictures of a run while it trains and after."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from .. import task_registry
from ..errors import DataError
from ..inspection.reporting.outcomes import decisive_metric
from ..task_spec import LOSS, Metric
from .base import BLUE, GREEN, ORANGE, names_below, smooth
from .base import figure as empty

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

FEW = 4  # curves whose names have room above the picture; those of more stand below it
MAX_POINTS = 2000  # of a curve; longer ones keep the minimum and maximum of each piece


def learning_curves(run) -> Figure:
    """Training loss (each step, and smoothed), validation loss, and the validation metric.

    Drawn from ``run.history()``.
    """
    history = run.history() if hasattr(run, "history") else run
    steps = history[history["kind"] == "step"] if len(history) else history
    if len(steps) == 0:
        raise DataError("The run has no steps yet.", "Wait for its first optimizer step.")
    evals = history[history["kind"] == "eval"]
    figure = empty(380)
    steps = _thin(steps)
    figure.add_scatter(
        x=steps["step"], y=steps["loss"], name="training loss, each step", mode="lines",
        line=dict(color="rgba(138,145,153,0.5)", width=1),
    )  # fmt: skip
    figure.add_scatter(
        x=steps["step"], y=smooth(steps["loss"].to_numpy()), name="training loss, smoothed",
        mode="lines", line=dict(color=BLUE, width=2.5),
    )  # fmt: skip
    if len(evals):
        figure.add_scatter(
            x=evals["step"], y=evals["loss"], name="validation loss", mode="lines+markers",
            line=dict(color=ORANGE, dash="dash"), marker=dict(symbol="diamond", size=9),
        )  # fmt: skip
    metric = _metric(run, evals) if len(evals) else None
    grid = dict(gridcolor="rgba(128,128,128,0.25)", zeroline=False)
    beside = _of_both(steps, evals, metric)
    if metric is not None:
        _add(figure, metric, steps, evals, "2", (GREEN, BLUE))
    for one, colour in zip(beside, (GREEN, BLUE, ORANGE), strict=False):
        _add(figure, one, steps, evals, "3", (colour, colour))
    figure.update_layout(
        xaxis=dict(title="optimizer step", domain=[0, 0.62]), yaxis_title="loss (nats)",
        xaxis2=dict(title="optimizer step", domain=[0.72, 1], **grid),
        yaxis2=dict(
            title=_wrapped(metric) if metric else "", anchor="x2", range=_range(metric), **grid
        ),
    )  # fmt: skip
    if beside:  # below the metric
        figure.update_layout(
            yaxis2_domain=[0.58, 1], xaxis2_title="",
            xaxis3=dict(title="optimizer step", domain=[0.72, 1], anchor="y3", **grid),
            yaxis3=dict(title=_wrapped(beside[0]) if len(beside) == 1 else "", anchor="x3",
                        domain=[0, 0.42], **grid),
        )  # fmt: skip
    figure.update_layout(legend=dict(y=1.02, yanchor="bottom"))
    if len(figure.data) > FEW:
        names_below(figure)
    return figure


def _wrapped(metric: Metric) -> str:
    """A metric's name in lines that an axis has room for."""
    return "<br>".join(textwrap.wrap(metric.title, 16))


def _of_both(steps: pd.DataFrame, evals: pd.DataFrame, metric: Metric | None) -> list[Metric]:
    """The metrics beside the one that is drawn which steps have as well."""
    known = (task_registry.metric(name) for name in steps.columns if name in evals.columns)
    beside = [one for one in known if one is not None and one.name != LOSS.name]
    beside = [one for one in beside
              if steps[one.name].notna().any() and evals[one.name].notna().any()]  # fmt: skip
    return [one for one in beside if metric is None or one.name != metric.name]


def _add(
    figure: Figure, metric: Metric, steps: pd.DataFrame, evals: pd.DataFrame, axis: str,
    colours: tuple[str, str],
) -> None:  # fmt: skip
    """A metric of evaluations, and of steps where they have it, in these colours."""
    figure.add_scatter(
        x=evals["step"], y=evals[metric.name], name=f"{metric.title}, validation",
        mode="lines+markers", marker=dict(size=9),
        line=dict(color=colours[0], dash="dot" if colours[0] == colours[1] else "solid"),
        xaxis=f"x{axis}", yaxis=f"y{axis}",
    )  # fmt: skip
    if metric.name in steps.columns and steps[metric.name].notna().any():
        figure.add_scatter(
            x=steps["step"], y=smooth(steps[metric.name].to_numpy()),
            name=f"{metric.title}, training, smoothed", mode="lines",
            line=dict(color=colours[1], width=1.5), xaxis=f"x{axis}", yaxis=f"y{axis}",
        )  # fmt: skip


def _metric(run, evals: pd.DataFrame) -> Metric | None:
    """What is drawn beside the loss: what the run's checkpoint is chosen by, or the usual one."""
    there = {name for name in evals.columns if evals[name].notna().any()}
    task = run.recipe.task if hasattr(run, "recipe") else None
    name = decisive_metric(run) if task else ""
    if name not in there:
        known = {metric.name for one in task_registry.specs() for metric in one.metrics}
        name = task_registry.usual_metric(there & known - {LOSS.name})
    return task_registry.metric(name, task) or task_registry.metric(name)


def _range(metric: Metric | None) -> list[float] | None:
    return [0, 1] if metric is None or metric.share else None


def _thin(steps: pd.DataFrame) -> pd.DataFrame:
    """At most ``MAX_POINTS`` rows; of each piece the lowest and the highest loss are kept."""
    import numpy as np

    if len(steps) <= MAX_POINTS:
        return steps
    kept: set[int] = {0, len(steps) - 1}
    losses = steps["loss"].to_numpy()
    for piece in np.array_split(np.arange(len(steps)), MAX_POINTS // 2):
        kept |= {int(piece[np.argmin(losses[piece])]), int(piece[np.argmax(losses[piece])])}
    return steps.iloc[sorted(kept)]
