"""One square a head: any measure of a model's heads as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import BLUE, VERMILION
from .base import figure as empty

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

TITLES = {
    "entropy": "Entropy of each head (bits)",
    "distance": "Mean distance of each head (tokens)",
    "loss_change": "Loss without each head, change (nats)",
    "accuracy_change": "Accuracy without each head, change",
    "divergence": "Change of each head's attention (bits)",
}


def head_map(table: pd.DataFrame, measure: str) -> Figure:
    """A measure of every head, layers downwards.

    Parameters
    ----------
    table : pandas.DataFrame
        ``layer``, ``head`` and ``measure``: from ``inspection.head_statistics``,
        ``head_ablation`` or ``head_changes``.
    measure : str
        Column to show. A column that ends in ``_change`` has its zero in the middle.

    Raises
    ------
    KeyError
        The table has no such column.
    """
    if measure not in table:
        raise KeyError(f"The table has no column {measure!r}; it has {', '.join(table.columns)}.")
    grid = table.pivot(index="layer", columns="head", values=measure)
    if measure.endswith("_change"):
        reach = max(float(grid.abs().to_numpy().max()), 1e-9)
        colours = dict(
            colorscale=[[0, BLUE], [0.5, "rgba(128,128,128,0.12)"], [1, VERMILION]],
            zmin=-reach, zmax=reach,
        )  # fmt: skip
    else:
        colours = dict(colorscale=[[0, "rgba(0,114,178,0.06)"], [1, BLUE]])
    n_layers, n_heads = grid.shape
    figure = empty(120 + 34 * n_layers, title=TITLES.get(measure, f"{measure} of each head"))
    figure.add_heatmap(
        z=grid.to_numpy(), x=[str(h + 1) for h in grid.columns], y=[str(i + 1) for i in grid.index],
        xgap=2, ygap=2, colorbar=dict(outlinewidth=0), **colours,
        hovertemplate="layer %{y}, head %{x}: %{z:.4g}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        xaxis_title="head", yaxis_title="layer", xaxis_showgrid=False, yaxis_showgrid=False
    )
    figure.update_xaxes(type="category")
    figure.update_yaxes(type="category", autorange="reversed")
    return figure
