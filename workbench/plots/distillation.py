"""Pictures of what students are worth beside their teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..i18n import t
from .base import BLUE, GREY, ORANGE
from .base import figure as empty

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure


def distillation(table: pd.DataFrame) -> Figure:
    """Quality over size, each model with its interval; the teacher's value as a line.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`workbench.inspection.distillation_table` gives it, the teacher first.
    """
    metric, teacher = table["metric"].iloc[0], table.iloc[0]
    figure = empty(380, title=t("distillation.picture", metric=metric), keyed=True)
    taught = table["loss"] == "distillation"
    kinds = (
        (table.index == table.index[0], t("distillation.is_teacher"), GREY, "square"),
        (taught & (table.index != table.index[0]), t("distillation.taught"), BLUE, "circle"),
        (~taught & (table.index != table.index[0]), t("distillation.alone"), ORANGE, "diamond"),
    )
    for chosen, name, colour, symbol in kinds:
        some = table[chosen]
        if not len(some):
            continue
        figure.add_scatter(
            x=some["parameters"] / 1e6, y=some["value"], name=name, mode="markers",
            marker=dict(color=colour, symbol=symbol, size=11),
            error_y=dict(
                type="data", symmetric=False, array=some["high"] - some["value"],
                arrayminus=some["value"] - some["low"], color=colour,
            ),
            customdata=some[["run", "texts_per_second"]],
            hovertemplate="%{customdata[0]}: %{y:.3f}, %{x:.1f} M, %{customdata[1]:,.0f}/s"
            "<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=teacher["value"], line=dict(color=GREY, dash="dot"))
    figure.update_layout(
        xaxis=dict(title=t("distillation.millions"), rangemode="tozero"), yaxis=dict(title=metric)
    )
    return figure
