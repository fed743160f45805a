"""Pictures of a search, and of one recipe with several seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..i18n import t
from ..task_words import metric_title
from .base import BLUE, GREY, INK, ORANGE
from .base import figure as empty

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from ..training.searching.search import Search
    from ..training.several_seeds import Seeds


def trials(search: Search) -> Figure:
    """Parallel coordinates: a line a finished trial, through its values to its metric.

    Drawn from ``search.table()``. Trials that were stopped early or diverged have no metric, and no
    line.

    Raises
    ------
    DataError
        If no trial has finished.
    """
    import plotly.graph_objects as go

    table = search.table()
    done = table[table["state"] == "done"]
    if not len(done):
        raise DataError(t("search_plots.none"), t("search_plots.none_remedy"))
    axes, values = axes_of(search, done), done[search.metric].to_numpy(float)
    figure = empty(380, title=t("search_plots.trials", n=len(done), of=len(table)))
    figure.add_trace(
        go.Parcoords(
            dimensions=axes,
            line=dict(color=values, colorscale=[ORANGE, BLUE], reversescale=search.lower,
                      showscale=False),
            labelfont=dict(color=INK, size=13), tickfont=dict(color=INK, size=11),
            rangefont=dict(color="rgba(0,0,0,0)", size=1),  # ticks say the ends already
        )
    )  # fmt: skip
    figure.update_layout(margin=dict(l=90, r=60, t=90, b=30))
    return figure


def importance(search: Search) -> Figure:
    """The share of the differences between finished trials that each field explains, as bars.

    Drawn from ``search.importance()``.

    Raises
    ------
    DataError
        If it cannot be told: fewer than four finished trials, or all of them equally good.
    """
    found = search.importance().sort_values()
    if not len(found):
        raise DataError(t("search_plots.no_importance"), t("search_plots.none_remedy"))
    figure = empty(120 + 36 * len(found), title=t("search_plots.importance"))
    figure.add_bar(
        x=found.to_numpy(), y=list(found.index), orientation="h", marker_color=BLUE,
        text=[f"{value:.2f}" for value in found], textposition="outside", cliponaxis=False,
    )  # fmt: skip
    figure.update_layout(
        xaxis=dict(title=t("search_plots.share"), range=[0, 1.1]), yaxis=dict(automargin=True)
    )
    return figure


def seeds(found: Seeds, metric: str | None = None, *, split: str = "test") -> Figure:
    """A point a seed, their mean, and the 95 % t-interval of the mean.

    Drawn from ``found.metrics(split)``; the metric is the one that decides where none is given.

    Raises
    ------
    DataError
        If the runs have no such metric.
    """
    metric = metric or found.metric
    table = found.metrics(split)
    if metric not in table:
        raise DataError(t("search_plots.no_metric", metric=metric))
    each = table[metric].iloc[: len(found.runs)].dropna()
    title = metric_title(metric, found.runs[0].recipe.task)
    figure = empty(220, keyed=True, title=t("search_plots.seeds", n=len(each), metric=title))
    mean, low, high = (float(table.loc[name, metric]) for name in ("mean", "low", "high"))
    figure.add_scatter(
        x=each.to_numpy(), y=[0.0] * len(each), mode="markers", name=t("search_plots.each"),
        marker=dict(color=BLUE, size=11, opacity=0.7), text=[f"seed {seed}" for seed in each.index],
        hovertemplate="%{text}: %{x:.4f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[mean], y=[1.0], mode="markers", name=t("search_plots.mean"),
        marker=dict(color=ORANGE, size=12, symbol="diamond"),
        error_x=dict(type="data", symmetric=False, array=[high - mean], arrayminus=[mean - low],
                     color=ORANGE, thickness=2.5),
    )  # fmt: skip
    figure.update_layout(
        xaxis=dict(title=f"{title}, {split}", linecolor=GREY),
        yaxis=dict(visible=False, range=[-0.8, 1.8]),
    )
    return figure


def axes_of(search: Search, done: pd.DataFrame) -> list[dict[str, Any]]:
    """An axis a field of the space and one of the metric, as plotly takes them.

    ``done`` are rows of ``search.table()`` of finished trials.
    """
    metric = search.metric
    axes = [_axis(done[name], name, one) for name, one in search.space.items()]
    title = metric_title(metric, search.recipe.task)
    return [*axes, dict(label=title, values=done[metric].to_numpy(float), tickformat=".3f")]


def _axis(column: pd.Series, name: str, dimension: Any) -> dict[str, Any]:
    """One axis: choices by their place, a range as it is or by its logarithm."""
    import numpy as np

    if not hasattr(dimension, "low"):
        choices = sorted(set(column)) if column.dtype.kind in "if" else list(dict.fromkeys(column))
        return dict(label=name, values=[choices.index(value) for value in column],
                    tickvals=list(range(len(choices))),
                    ticktext=[_short(str(choice)) for choice in choices])  # fmt: skip
    values = column.to_numpy(float)
    if not dimension.log:
        return dict(label=name, values=values)
    ticks = np.geomspace(values.min(), values.max(), 5)
    return dict(label=name, values=np.log10(values), tickvals=np.log10(ticks),
                ticktext=[f"{tick:.2g}" for tick in ticks])  # fmt: skip


def _short(text: str, most: int = 24) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
