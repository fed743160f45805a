"""Pictures of what smaller and exported models cost in quality, and save in size and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..i18n import t
from .base import BLUE, GREY, names_below
from .base import figure as empty

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

LARGEST, SMALLEST = 22, 9  # pixels across a point
CLOSE = 0.05  # of the picture's width


def compression(table: pd.DataFrame) -> Figure:
    """Quality over size, each candidate with its interval; a larger point takes longer.

    Points of much the same size lie close together: each has a number, its name stands below.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`workbench.shipping.measure` gives it, the run first; the tables of several
        compressions may be laid one below the other.
    """
    table = table.drop_duplicates("name").reset_index(drop=True)
    metric, run = table["metric"].iloc[0], table.iloc[0]
    figure = empty(
        380, title=t("compress.picture", metric=metric, n=table.attrs.get("examples", 0))
        if "examples" in table.attrs else t("compress.picture_plain", metric=metric),
    )  # fmt: skip
    slowest = table["milliseconds_1"].max()
    for number, one in table.iterrows():
        own = number == 0
        colour = GREY if own else BLUE
        size = max(SMALLEST, LARGEST * (one["milliseconds_1"] / slowest) ** 0.5)
        figure.add_scatter(
            x=[one["megabytes"]], y=[one["value"]],
            name=one["name"] if own else t("compress.numbered", number=number, name=one["name"]),
            mode="markers" if own else "markers+text", text=None if own else [f"<b>{number}</b>"],
            textposition=_beside(table["megabytes"], number),
            marker=dict(color=colour, symbol="square" if own else "circle", size=size),
            error_y=dict(
                type="data", symmetric=False, array=[one["high"] - one["value"]],
                arrayminus=[one["value"] - one["low"]], color=colour,
            ),
            customdata=[[one["name"], one["milliseconds_1"], 0 if own else one["flips"]]],
            hovertemplate=t("compress.hover") + "<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=run["value"], line=dict(color=GREY, dash="dot"))
    figure.update_layout(
        xaxis=dict(title=t("compress.megabytes"), rangemode="tozero"), yaxis=dict(title=metric)
    )
    names_below(figure)
    return figure


def _beside(sizes: pd.Series, number: int) -> str:
    """Where a point's number stands: to the left where the next larger point is close."""
    larger = sizes.drop(number)[lambda others: others >= sizes[number]]
    close = len(larger) and larger.min() - sizes[number] < CLOSE * sizes.max()
    return "middle left" if close else "middle right"
