"""Pictures of a classifier's scores: thresholds, precision and recall, ROC, reliability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import inspection
from .base import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, YELLOW
from .base import figure as empty

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MANY = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, YELLOW)
DASHES = ("solid", "dash", "dot", "dashdot")


def thresholds(run, split: str = "test", *, positive: str) -> Figure:
    """Precision, recall and F1 of one class against its threshold."""
    table = inspection.threshold_curve(run, split, positive=positive)
    figure = empty(360, title=f"{positive} against the rest, by threshold", keyed=True)
    for (name, colour), dash in zip(
        (("precision", BLUE), ("recall", VERMILION), ("f1", GREEN)), DASHES, strict=False
    ):
        figure.add_scatter(
            x=table["threshold"], y=table[name], name=name, mode="lines",
            line=dict(color=colour, dash=dash),
        )  # fmt: skip
    figure.update_layout(
        xaxis=dict(title="threshold", range=[0, 1]), yaxis=dict(title="share", range=[0, 1.02])
    )
    return figure


def precision_recall(run, split: str = "test", *, positive: str) -> Figure:
    """Precision against recall of one class."""
    table = inspection.threshold_curve(run, split, positive=positive)
    figure = empty(340, title=f"{positive}: precision against recall")
    figure.add_scatter(
        x=table["recall"], y=table["precision"], mode="lines", line=dict(color=BLUE, shape="hv"),
        customdata=table["threshold"], showlegend=False,
        hovertemplate="recall %{x:.3f}, precision %{y:.3f}, threshold %{customdata:.3f}"
        "<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        xaxis=dict(title="recall", range=[0, 1.02]), yaxis=dict(title="precision", range=[0, 1.02])
    )
    return figure


def roc(run, split: str = "test", *, most: int = 7) -> Figure:
    """ROC curves of the classes with most examples, each against the rest."""
    quality = inspection.ranking_quality(run, split).dropna(subset="roc_auc")
    chosen = quality.sort_values("support", ascending=False, kind="stable").head(most).sort_index()
    figure = empty(400, title="True against false positive rate", keyed=True)
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line=dict(color=GREY, dash="dot"), name="chance"
    )
    for number, row in enumerate(chosen.to_dict("records")):
        table = inspection.threshold_curve(run, split, positive=row["class"])
        figure.add_scatter(
            x=[0.0, *table["false_positive_rate"]], y=[0.0, *table["recall"]], mode="lines",
            name=f"{row['class']}, area {row['roc_auc']:.3f}",
            line=dict(color=MANY[number % 7], dash=DASHES[number // 7 % 4]),
        )  # fmt: skip
    figure.update_layout(
        xaxis=dict(title="false positive rate", range=[0, 1]),
        yaxis=dict(title="true positive rate", range=[0, 1.02]),
    )
    return figure


def reliability(run, split: str = "test", **options) -> Figure:
    """Accuracy against confidence by bin, with 95 % intervals; the diagonal is calibrated."""
    found = inspection.reliability(run, split, **options)
    table = found.table
    title = (
        f"ECE {found.ece:.3f} of {found.bins} {found.method.replace('_', '-')} bins; "
        f"{found.ece_floor:.3f} by chance alone"
    )
    figure = empty(400, title=title, keyed=True)
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line=dict(color=GREY, dash="dot"), name="calibrated"
    )
    figure.add_scatter(
        x=table["confidence"], y=table["accuracy"], mode="markers+lines", name="accuracy",
        line=dict(color=BLUE), customdata=table["examples"],
        error_y=dict(
            type="data", symmetric=False, color=VERMILION,
            array=table["accuracy_high"] - table["accuracy"],
            arrayminus=table["accuracy"] - table["accuracy_low"],
        ),
        hovertemplate="confidence %{x:.3f}, accuracy %{y:.3f}, %{customdata} examples"
        "<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        xaxis=dict(title="confidence", range=[0, 1.02]),
        yaxis=dict(title="accuracy", range=[0, 1.02]),
    )
    return figure
