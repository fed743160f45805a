"""Pictures of ensembles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..i18n import t
from .base import BLUE, GREY
from .base import figure as empty

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure


def ensemble_gain(table: pd.DataFrame) -> Figure:
    """The metric of a vote against the number of members.

    Parameters
    ----------
    table : pandas.DataFrame
        What :func:`workbench.ensembles.gain_by_members` gives: the mean over subsets of a size as
        a line, the lowest and the highest subset as bars.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    figure = empty(320, title=t("ensembles.gain_title", metric=table.attrs.get("metric", "")))
    value = table["value"]
    figure.add_scatter(
        x=table["members"], y=value, mode="lines+markers", name=t("ensembles.gain_mean"),
        line=dict(color=BLUE, width=2.5), marker=dict(size=8),
        error_y=dict(array=table["high"] - value, arrayminus=value - table["low"], color=GREY,
                     symmetric=False, thickness=1.5, width=5),
        customdata=table[["low", "high", "subsets"]],
        hovertemplate="%{x}: %{y:.3f} (%{customdata[0]:.3f} – %{customdata[1]:.3f})<extra></extra>",
    )  # fmt: skip
    axis = dict(title=t("ensembles.gain_members"), dtick=1)
    figure.update_layout(xaxis=axis, yaxis_tickformat=".3f")
    return figure
