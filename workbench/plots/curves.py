"""Pictures of a run while it trains and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DataError
from .base import BLUE, GREEN, ORANGE, smooth
from .base import figure as empty

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

METRICS = {"macro_f1": "macro-F1", "f1": "F1", "pearson": "Pearson's r"}  # drawn beside the loss
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
        metric = next(name for name in METRICS if name in evals.columns)
        figure.add_scatter(
            x=evals["step"], y=evals[metric], name=f"{METRICS[metric]}, validation",
            mode="lines+markers", line=dict(color=GREEN), marker=dict(size=9),
            xaxis="x2", yaxis="y2",
        )  # fmt: skip
    grid = dict(gridcolor="rgba(128,128,128,0.25)", zeroline=False)
    figure.update_layout(
        xaxis=dict(title="optimizer step", domain=[0, 0.62]), yaxis_title="loss (nats)",
        xaxis2=dict(title="optimizer step", domain=[0.72, 1], **grid),
        yaxis2=dict(title=METRICS[metric] if len(evals) else "", anchor="x2", range=[0, 1], **grid),
    )  # fmt: skip
    return figure


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
