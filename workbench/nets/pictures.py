"""The few pictures the lessons need; each returns a plotly figure and shows nothing.

Colours are Okabe and Ito's, and lines and marks differ in more than colour.
"""

from __future__ import annotations

from .figure_looks import CARD, GREY, INK, plain_ticks

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", GREY)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "solid", "dash")
PALE = "#dbe4ec"


def figure(*, height=340, x=None, y=None, title=None, **layout):
    """An empty figure with named axes."""
    import plotly.graph_objects as go

    axis = {"gridcolor": "rgba(128,128,128,0.2)", "zeroline": False, "linecolor": GREY}
    axis |= {"automargin": True, "ticks": ""}
    return go.Figure(
        layout={
            **CARD,
            "height": height,
            "title": {"text": title, "font": {"size": 14}, "x": 0, "xanchor": "left"},
            "margin": {"l": 60, "r": 20, "t": 60 if title else 30, "b": 45},
            "xaxis": axis | plain_ticks(layout, "xaxis") | {"title": {"text": x, "standoff": 6}},
            "yaxis": axis | plain_ticks(layout, "yaxis") | {"title": {"text": y, "standoff": 6}},
            "colorway": COLOURS,
            **layout,
        }
    )


def lines(curves, *, marks=False, **layout):
    """One line for each entry of ``curves``, a dict from name to (xs, ys) or to ys."""
    picture = figure(**layout)
    for i, (name, curve) in enumerate(curves.items()):
        xs, ys = curve if isinstance(curve, tuple) else (list(range(len(curve))), curve)
        picture.add_scatter(
            x=xs,
            y=ys,
            name=name,
            mode="lines+markers" if marks else "lines",
            line={"dash": DASHES[i % len(DASHES)], "width": 2},
            marker={"symbol": i, "size": 8},
        )
    return picture.update_layout(showlegend=len(curves) > 1, legend={"orientation": "h", "y": 1.1})


def level(picture, y, name):
    """Add a thin grey line at height ``y`` with its name, across what is drawn so far."""
    xs = [x for trace in picture.data for x in trace.x]
    names, line = ["", name], {"color": GREY, "width": 1}
    options = {"mode": "lines+text", "text": names, "textposition": "top left", "line": line}
    ends = [min(xs), max(xs)]
    return picture.add_scatter(x=ends, y=[y, y], name=name, showlegend=False, **options)


def bars(values, *, errors=None, digits=2, **layout):
    """Lying bars of ``values``, a dict from name to number, with its number beside each.

    ``errors`` has half an interval for each bar.
    """
    names, numbers = list(values), list(values.values())
    picture = figure(**{"height": 90 + 34 * len(names), **layout})
    picture.add_bar(
        y=names,
        x=numbers,
        orientation="h",
        marker={"color": COLOURS[0]},
        text=[f"{number:,.{digits}f}" for number in numbers],
        textposition="outside" if errors is None else "inside",
        insidetextanchor="start",
        error_x=None if errors is None else {"array": errors, "color": COLOURS[1], "thickness": 2},
        cliponaxis=False,
    )
    return picture.update_yaxes(autorange="reversed", gridcolor="rgba(0,0,0,0)")


def heatmap(values, rows, columns, *, digits=None, limit=None, height=None, **layout):
    """A table of numbers as shades: from pale to blue, or with negatives from orange to blue.

    Parameters
    ----------
    values : array-like, shape (n_rows, n_columns)
    rows, columns : sequence of str, the words at the sides
    digits : int, optional, writes each number into its cell
    limit : float, optional, the value of the darkest shade
    """
    import numpy as np

    values = np.asarray(values, dtype=float)
    signed = values.min() < 0
    limit = limit or float(np.abs(values).max()) or 1.0
    most = COLOURS[0] if digits is None else COLOURS[5]  # on which dark digits are read
    scale = [[0, COLOURS[1]], [0.5, PALE], [1, most]] if signed else [[0, PALE], [1, most]]
    picture = figure(height=height or 110 + 26 * len(rows), **layout)
    picture.add_heatmap(
        z=values,
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        zmin=-limit if signed else 0,
        zmax=limit,
        colorscale=scale,
        xgap=1,
        ygap=1,
        texttemplate=None if digits is None else f"%{{z:.{digits}f}}",
        textfont=None if digits is None else {"color": INK},
        customdata=[[f"{row} → {column}" for column in columns] for row in rows],
        hovertemplate="%{customdata}: %{z:.3f}<extra></extra>",
        colorbar={"thickness": 12, "outlinewidth": 0},
    )
    picture.update_xaxes(tickvals=list(range(len(columns))), ticktext=columns, side="top")
    picture.update_yaxes(tickvals=list(range(len(rows))), ticktext=rows, autorange="reversed")
    return picture.update_layout(margin={"t": 90 if {"title", "x"} & layout.keys() else 60})
