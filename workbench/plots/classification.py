"""Pictures of a classifier's data, results and errors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .. import inspection, task_registry, task_words
from ..errors import DataError
from .base import BLUE, GREEN, INK, ORANGE, VERMILION
from .base import figure as empty

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


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
    figure = empty(max(320, 90 + 34 * len(names)), title=f"Confusion, {split} split")
    figure.add_heatmap(
        x=names, y=names, z=signed, text=text, texttemplate="%{text}", zmin=-1, zmax=1,
        colorscale=[[0, "rgb(230,159,0)"], [0.5, "rgba(128,128,128,0.06)"], [1, "rgb(86,180,233)"]],
        textfont={"color": INK},
        showscale=False, xgap=2, ygap=2, customdata=values,
        hovertemplate="label %{y}<br>predicted %{x}<br>%{customdata:d} examples<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        xaxis=dict(title="prediction", type="category", automargin=True, constrain="domain",
                   showgrid=False),
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
    figure = empty(max(260, 90 + 30 * len(table)), title=f"F1 of each class, {split} split")
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
    if not info.get("counts"):
        raise DataError("Nothing says how many examples each class has.",
                        "It is there once a run has read its data.")  # fmt: skip
    figure = empty(340, title="Examples of each class", barmode="group", keyed=True)
    for (split, counts), colour in zip(info["counts"].items(), (BLUE, ORANGE, GREEN), strict=False):
        figure.add_bar(x=list(counts), y=list(counts.values()), name=split, marker_color=colour)
    figure.update_layout(xaxis=dict(type="category"), yaxis_title="examples")
    return figure


def against_baselines(run) -> Figure:
    """The task's main metrics of the test split beside what needs no neural network.

    Its first one and those that it declares for an overview (macro-F1 and accuracy of classes),
    where higher is better.
    """
    results = run.results()
    if not results:
        raise DataError(f"The run {run.name} has no results yet.", "Wait until it is done.")
    task = run.recipe.task
    baselines = results.get("baselines") or {}  # folders of before may have none
    rows = {task_words.baseline_title(k, task): v for k, v in baselines.items()}
    rows["fine-tuned"] = run.metrics("test")
    figure = empty(340, title="Against baselines, test split", barmode="group", keyed=True)
    declared = task_registry.spec(run.recipe.task)
    shown = [
        metric for metric in declared.metrics
        if metric.name == declared.metric_names[0] or metric.overview
    ]  # fmt: skip
    for metric, colour in zip(shown, (BLUE, GREEN, VERMILION), strict=False):
        values = [row.get(metric.name, math.nan) for row in rows.values()]
        figure.add_bar(
            x=list(rows), y=values, name=metric.title, marker_color=colour,
            text=[f"{v:.3f}" for v in values], textposition="outside",
        )  # fmt: skip
    if all(metric.share for metric in shown):
        figure.update_layout(yaxis=dict(range=[0, 1.05]))
    return figure
