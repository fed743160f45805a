"""Pictures of what the doctor found, drawn from ``check.tables``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DataError
from .base import BLUE, GREEN, ORANGE, VERMILION
from .base import figure as empty

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from ..data.doctor import Check

MOST = 30  # classes or languages in one picture


def _table(check: Check, name: str) -> pd.DataFrame:
    table = check.tables.get(name)
    if table is None or not len(table):
        made = [key for key, value in check.tables.items() if len(value)]
        raise DataError(
            f"The doctor made no table {name!r} of this data.", f"There is: {', '.join(made)}."
        )
    return table


def class_balance(check: Check) -> Figure:
    """Rows of each class in each split, the most frequent class first."""
    table = _table(check, "classes").head(MOST)
    splits = [name for name in table.columns if name not in ("label", "total", "share")]
    height = max(280, 130 + 24 * len(table))
    figure = empty(height, title="Rows of each class", barmode="stack", keyed=True)
    for split, colour in zip(splits, (BLUE, ORANGE, GREEN), strict=False):
        figure.add_bar(
            y=table["label"], x=table[split], orientation="h", name=split, marker_color=colour
        )
    figure.update_layout(
        yaxis=dict(autorange="reversed", type="category", automargin=True), xaxis_title="rows"
    )
    return figure


def token_lengths(check: Check) -> Figure:
    """Tokens of the texts, and where ``max_length`` cuts them."""
    import numpy as np

    tokens = _table(check, "lengths")["tokens"].to_numpy()
    limit = check.recipe.max_length
    step = max(1, -(-int(tokens.max()) // 40))  # whole tokens, or bars of equal texts would differ
    counts, edges = np.histogram(tokens, bins=np.arange(0, tokens.max() + step + 1, step))
    share = float((tokens > limit).mean())
    figure = empty(320, title=f"Length of the texts in tokens; max_length {limit} cuts {share:.1%}")
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges), showlegend=False,
        marker_color=[BLUE if left <= limit else ORANGE for left in edges[:-1]],
        hovertemplate="about %{x:.0f} tokens: %{y} texts<extra></extra>",
    )  # fmt: skip
    if limit <= edges[-1]:
        figure.add_vline(x=limit, line=dict(color=VERMILION, dash="dash"))
    figure.update_layout(xaxis_title="tokens", yaxis_title="texts")
    return figure


def languages(check: Check) -> Figure:
    """Texts of each language, as far as it could be told."""
    table = _table(check, "languages").head(MOST)
    figure = empty(max(220, 100 + 24 * len(table)), title="Languages of the texts")
    figure.add_bar(y=table["language"], x=table["texts"], orientation="h", marker_color=BLUE)
    figure.update_layout(
        yaxis=dict(autorange="reversed", type="category", automargin=True), xaxis_title="texts"
    )
    return figure
