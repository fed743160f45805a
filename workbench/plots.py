"""Pictures drawn from tables: every function returns a plotly ``Figure`` and shows nothing.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; backgrounds are transparent
and text is grey, so that a figure reads well on a light and on a dark page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import inspection
from .errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#8a9199"
MAX_POINTS = 2000  # of a curve; longer ones keep the minimum and maximum of each piece


def _figure(height: int, **layout) -> Figure:
    import plotly.graph_objects as go

    axis = dict(gridcolor="rgba(128,128,128,0.25)", zeroline=False, linecolor=GREY)
    return go.Figure(
        layout=dict(
            template="none",
            height=height,
            margin=dict(l=60, r=20, t=40, b=50),
            paper_bgcolor="rgba(0,0,0,0)",
            plot_bgcolor="rgba(0,0,0,0)",
            font=dict(color=GREY, size=13),
            xaxis=axis,
            yaxis=axis,
            legend=dict(orientation="h", y=1.12, x=0),
            hovermode="closest",
            **layout,
        )
    )


def smooth(values, weight: float = 0.9):
    """Exponential moving average without the bias towards zero at the start (as Adam corrects it).

    Parameters
    ----------
    values : array-like of float, shape (n,)
    weight : float
        Share of the past.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    import numpy as np

    out, average, mass = np.empty(len(values)), 0.0, 0.0
    for number, value in enumerate(values):
        average = weight * average + (1 - weight) * value
        mass = weight * mass + (1 - weight)
        out[number] = average / mass
    return out


def learning_curves(run) -> Figure:
    """Training loss (each step, and smoothed), validation loss, and the validation metric.

    Drawn from ``run.history()``.
    """
    history = run.history() if hasattr(run, "history") else run
    steps = history[history["kind"] == "step"] if len(history) else history
    if len(steps) == 0:
        raise DataError("The run has no steps yet.", "Wait for its first optimizer step.")
    evals = history[history["kind"] == "eval"]
    figure = _figure(380)
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
        figure.add_scatter(
            x=evals["step"], y=evals["macro_f1"], name="macro-F1, validation",
            mode="lines+markers", line=dict(color=GREEN), marker=dict(size=9),
            xaxis="x2", yaxis="y2",
        )  # fmt: skip
    grid = dict(gridcolor="rgba(128,128,128,0.25)", zeroline=False)
    figure.update_layout(
        xaxis=dict(title="optimizer step", domain=[0, 0.62]), yaxis_title="loss (nats)",
        xaxis2=dict(title="optimizer step", domain=[0.72, 1], **grid),
        yaxis2=dict(title="macro-F1", anchor="x2", range=[0, 1], **grid),
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


def confusion(run, split: str = "test", *, normalise: bool = False) -> Figure:
    """Confusion matrix: rows are labels, columns are predictions.

    Parameters
    ----------
    normalise : bool
        Show shares of each row instead of counts.
    """
    import numpy as np

    counts = inspection.confusion(run, split)
    values = counts.to_numpy().astype(float)
    sums = values.sum(axis=1, keepdims=True)
    shares = np.divide(values, sums, out=np.zeros_like(values), where=sums > 0)
    shown = np.where(values > 0, np.round(shares, 2) if normalise else values, np.nan)
    text = [["" if np.isnan(v) else f"{v:g}" for v in row] for row in shown]
    # right answers blue, errors orange: told apart by place on the diagonal too
    signed = np.where(np.eye(len(values), dtype=bool), shares, -shares)
    names = list(counts.index)
    figure = _figure(max(320, 90 + 34 * len(names)), title=f"Confusion, {split} split")
    figure.add_heatmap(
        x=names, y=names, z=signed, text=text, texttemplate="%{text}", zmin=-1, zmax=1,
        colorscale=[[0, "rgb(230,159,0)"], [0.5, "rgba(128,128,128,0.06)"], [1, "rgb(86,160,211)"]],
        showscale=False, xgap=2, ygap=2, customdata=values,
        hovertemplate="label %{y}<br>predicted %{x}<br>%{customdata:d} examples<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        xaxis=dict(title="prediction", type="category", constrain="domain", showgrid=False),
        yaxis=dict(
            title="label", autorange="reversed", type="category", automargin=True,
            scaleanchor="x", constrain="domain", showgrid=False,
        ),
    )  # fmt: skip
    return figure


def per_class(run, split: str = "test") -> Figure:
    """F1 of each class with its 95 % interval, the worst class on top."""
    table = inspection.per_class_errors(run, split)
    labels = [f"{row['class']} ({row['support']})" for _, row in table.iterrows()]
    figure = _figure(max(260, 90 + 30 * len(table)), title=f"F1 of each class, {split} split")
    figure.add_bar(
        y=labels, x=table["f1"], orientation="h", marker_color=BLUE, showlegend=False,
        error_x=dict(
            type="data", symmetric=False, array=table["f1_high"] - table["f1"],
            arrayminus=table["f1"] - table["f1_low"], color=VERMILION,
        ),
        hovertemplate="%{y}: F1 %{x:.3f}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        xaxis=dict(title="F1 and 95 % interval", range=[0, 1]),
        yaxis=dict(autorange="reversed", type="category", automargin=True),
    )
    return figure


def label_balance(info: dict) -> Figure:
    """Examples of each class in each split, drawn from ``run.data_info()``."""
    figure = _figure(320, title="Examples of each class", barmode="group")
    for (split, counts), colour in zip(info["counts"].items(), (BLUE, ORANGE, GREEN), strict=False):
        figure.add_bar(x=list(counts), y=list(counts.values()), name=split, marker_color=colour)
    figure.update_layout(xaxis=dict(type="category"), yaxis_title="examples")
    return figure


def against_baselines(run) -> Figure:
    """Accuracy and macro-F1 of the test split beside what needs no neural network."""
    results = run.results()
    if not results:
        raise DataError(f"The run {run.name} has no results yet.", "Wait until it is done.")
    names = {"majority": "most frequent class", "tfidf_logistic_regression": "TF-IDF + logistic"}
    rows = {names.get(k, k): v for k, v in results["baselines"].items()}
    rows["fine-tuned"] = results["metrics"]["test"]
    figure = _figure(320, title="Against baselines, test split", barmode="group")
    for metric, colour in (("accuracy", BLUE), ("macro_f1", GREEN)):
        values = [row[metric] for row in rows.values()]
        figure.add_bar(
            x=list(rows), y=values, name=metric, marker_color=colour,
            text=[f"{v:.3f}" for v in values], textposition="outside",
        )  # fmt: skip
    figure.update_layout(yaxis=dict(range=[0, 1.05]))
    return figure
