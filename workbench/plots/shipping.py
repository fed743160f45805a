"""Pictures of what smaller and exported models cost in quality, and save in size and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..i18n import t
from .base import BLUE, GREY
from .base import figure as empty

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

LARGEST, SMALLEST = 22, 9  # pixels across a point


def compression(table: pd.DataFrame) -> Figure:
    """Quality over size, each candidate with its interval; a larger point takes longer.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`workbench.shipping.measure` gives it, the run first; the tables of several
        compressions may be laid one below the other.
    """
    table = table.drop_duplicates("name").reset_index(drop=True)
    metric, run = table["metric"].iloc[0], table.iloc[0]
    figure = empty(380, title=t("compress.picture", metric=metric, n=table.attrs.get("examples", 0))
                   if "examples" in table.attrs else t("compress.picture_plain", metric=metric),
                   keyed=True)  # fmt: skip
    slowest = table["milliseconds_1"].max()
    for chosen, name, colour, symbol in (
        (table.index == 0, run["name"], GREY, "square"),
        (table.index > 0, t("compress.smaller"), BLUE, "circle"),
    ):
        some = table[chosen]
        if not len(some):
            continue
        sizes = (LARGEST * (some["milliseconds_1"] / slowest) ** 0.5).clip(lower=SMALLEST)
        figure.add_scatter(
            x=some["megabytes"], y=some["value"], name=name, mode="markers+text",
            text=some["name"] if symbol == "circle" else None, textposition="top center",
            marker=dict(color=colour, symbol=symbol, size=sizes.fillna(SMALLEST)),
            error_y=dict(
                type="data", symmetric=False, array=some["high"] - some["value"],
                arrayminus=some["value"] - some["low"], color=colour,
            ),
            customdata=some[["name", "milliseconds_1", "flips"]].fillna({"flips": 0}),
            hovertemplate=t("compress.hover") + "<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=run["value"], line=dict(color=GREY, dash="dot"))
    figure.update_layout(
        xaxis=dict(title=t("compress.megabytes"), rangemode="tozero"), yaxis=dict(title=metric)
    )
    return figure
