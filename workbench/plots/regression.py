"""Pictures of a regression's results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..inspection.predictions import residuals as tables
from .base import BLUE, GREY, VERMILION
from .base import figure as empty

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST = 2000  # points of a picture


def predicted_against_label(run, split: str = "test") -> Figure:
    """Each example's label and prediction; on the line both are equal."""
    table = tables.top_residuals(run, split, n=None)
    shown = table.sample(min(MOST, len(table)), random_state=0)
    low = float(min(table["label"].min(), table["prediction"].min()))
    high = float(max(table["label"].max(), table["prediction"].max()))
    figure = empty(440, title=f"Prediction against label, {split} split", keyed=True)
    figure.add_scatter(x=[low, high], y=[low, high], mode="lines", name="equal",
                       line=dict(color=GREY, dash="dash"))  # fmt: skip
    figure.add_scatter(
        x=shown["label"], y=shown["prediction"], mode="markers", name="examples",
        marker=dict(color=BLUE, size=5, opacity=0.5), text=shown["text"].str.slice(0, 80),
        hovertemplate="%{text}<br>label %{x:.2f}, predicted %{y:.2f}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(xaxis_title="label", yaxis_title="prediction")
    return figure


def residuals(run, split: str = "test", *, bins: int = 5) -> Figure:
    """Residual of each example over its label, and their mean in parts of the labels' range."""
    table = tables.top_residuals(run, split, n=None)
    parts = tables.residuals_by_label(run, split, bins=bins)
    shown = table.sample(min(MOST, len(table)), random_state=0)
    figure = empty(400, title=f"Residuals (prediction less label), {split} split", keyed=True)
    figure.add_scatter(
        x=shown["label"], y=shown["residual"], mode="markers", name="examples",
        marker=dict(color=BLUE, size=5, opacity=0.4), text=shown["text"].str.slice(0, 80),
        hovertemplate="%{text}<br>label %{x:.2f}, residual %{y:.2f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=(parts["low"] + parts["high"]) / 2, y=parts["residual"], name="mean of a part",
        mode="lines+markers", line=dict(color=VERMILION, width=2.5), marker=dict(size=9),
    )  # fmt: skip
    figure.add_hline(y=0, line=dict(color=GREY, dash="dash"))
    figure.update_layout(xaxis_title="label", yaxis_title="residual")
    return figure
