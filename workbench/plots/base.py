"""What every picture shares: colours, the empty figure, smoothing.

Colours are Okabe and Ito's, which colour-blind readers can tell apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..nets.figure_looks import CARD, plain_ticks
from ..nets.figure_looks import GREY as GREY
from ..nets.figure_looks import INK as INK
from ..smoothing import smooth as smooth

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW = "#56B4E9", "#CC79A7", "#F0E442"
LINE = 20  # pixels that a name takes in a column of them
KEY = dict(y=1, yanchor="bottom")  # of a legend that stands on the plot, below the title


def figure(height: int, *, keyed: bool = False, **layout) -> Figure:
    """An empty figure of the house's looks, ``height`` pixels high.

    ``keyed``: its legend has a line of its own under the title.
    """
    import plotly.graph_objects as go

    axis = dict(gridcolor="rgba(128,128,128,0.25)", zeroline=False, linecolor=GREY)
    return go.Figure(
        layout=dict(
            CARD,
            height=height,
            margin=dict(l=60, r=20, t=66 if keyed else 40, b=50),
            xaxis=axis | plain_ticks(layout, "xaxis"),
            yaxis=axis | plain_ticks(layout, "yaxis"),
            legend=dict(orientation="h", x=0) | (KEY if keyed else dict(y=1.12)),
            hovermode="closest",
            **layout,
        )
    )


def names_below(figure: Figure) -> None:
    """Lay a figure's names below it, a line each, and make it as much higher."""
    figure.update_layout(
        legend=dict(orientation="v", y=-0.2, yanchor="top"),
        height=figure.layout.height + LINE * len(figure.data),
    )
