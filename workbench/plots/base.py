"""What every picture shares: colours, the empty figure, smoothing.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; backgrounds are transparent
and text is grey, so that a figure reads well on a light and on a dark page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#8a9199"
SKY, PURPLE, YELLOW = "#56B4E9", "#CC79A7", "#F0E442"


def figure(height: int, **layout) -> Figure:
    """An empty figure of the house's looks, ``height`` pixels high."""
    import plotly.graph_objects as go

    axis = dict(gridcolor="rgba(128,128,128,0.25)", zeroline=False, linecolor=GREY)
    return go.Figure(
        layout=dict(
            template="none",
            height=height,
            margin=dict(l=60, r=20, t=40, b=50),
            paper_bgcolor="rgba(0,0,0,0)",
            plot_bgcolor="rgba(0,0,0,0)",
            font=dict(color=GREY, size=13),
            xaxis=axis,
            yaxis=axis,
            legend=dict(orientation="h", y=1.12, x=0),
            hovermode="closest",
            **layout,
        )
    )


def smooth(values, weight: float = 0.9):
    """Exponential moving average without the bias towards zero at the start (as Adam corrects it).

    Parameters
    ----------
    values : array-like of float, shape (n,)
    weight : float
        Share of the past.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    import numpy as np

    out, average, mass = np.empty(len(values)), 0.0, 0.0
    for number, value in enumerate(values):
        average = weight * average + (1 - weight) * value
        mass = weight * mass + (1 - weight)
        out[number] = average / mass
    return out
