"""Small static pictures as SVG text: lines over axes, a confusion matrix. No script, no styles.

Colours are ``currentColor`` and classes of the page that holds them, so they follow its theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

WIDTH, HEIGHT = 480, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 10, 38
DASHES = ("", "6 3", "2 3", "8 3 2 3")
MOST = 600  # points of a line


def lines(
    series: Sequence[dict], *, x_title: str, y_title: str, limits: Sequence[float] | None = None
) -> str:
    """Lines over one pair of axes.

    Parameters
    ----------
    series : sequence of dict
        ``name``, ``x``, ``y`` (array-like of float, shape (n,)); ``low``, ``high`` for bars of
        error; ``dots`` (bool); ``guide`` (bool) for a line to read by.
    limits : x from, x to, y from, y to; optional
        The data's own when not given.
    """
    curves = [_clean(s) for s in series]
    curves = [c for c in curves if len(c["x"])]
    if not curves:
        return ""
    if limits is None:
        xs, ys = (np.concatenate([c[k] for c in curves]) for k in "xy")
        limits = (xs.min(), xs.max(), min(ys.min(), 0.0), ys.max())
    x0, x1, y0, y1 = (float(v) for v in limits)
    x1, y1 = (x1 if x1 > x0 else x0 + 1), (y1 if y1 > y0 else y0 + 1)
    across = lambda x: LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)  # noqa: E731
    down = lambda y: HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)  # noqa: E731
    out = []
    for step in range(5):
        x, y = x0 + (x1 - x0) * step / 4, y0 + (y1 - y0) * step / 4
        out.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{down(y):.1f}" '
                   f'y2="{down(y):.1f}"/>')  # fmt: skip
        out.append(_text(LEFT - 6, down(y) + 4, f"{y:.3g}", "end"))
        out.append(_text(across(x), HEIGHT - BOTTOM + 16, f"{x:.3g}", "middle"))
    out.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, x_title, "middle"))
    for number, c in enumerate(curves):
        tone = "guide" if c["guide"] else f"c{number % 4}"
        points = " ".join(
            f"{across(x):.1f},{down(y):.1f}" for x, y in zip(c["x"], c["y"], strict=True)
        )
        dash = "2 4" if c["guide"] else DASHES[number % 4]
        out.append(f'<polyline class="{tone}" points="{points}" stroke-dasharray="{dash}"/>')
        for x, low, high in zip(c["x"], c["low"], c["high"], strict=False):
            out.append(f'<line class="{tone}" x1="{across(x):.1f}" x2="{across(x):.1f}" '
                       f'y1="{down(low):.1f}" y2="{down(high):.1f}"/>')  # fmt: skip
        if c["dots"]:
            out += [f'<circle class="{tone}" cx="{across(x):.1f}" cy="{down(y):.1f}" r="3.5"/>'
                    for x, y in zip(c["x"], c["y"], strict=True)]  # fmt: skip
    legend = ", ".join(c["name"] for c in curves)
    return _svg(WIDTH, HEIGHT, f"{y_title} – {x_title}: {legend}", out)


def legend(series: Sequence[dict]) -> list[tuple[str, str]]:
    """Class and name of each line that :func:`lines` draws, for a legend beside it."""
    curves = [s for s in series if len(_clean(s)["x"])]
    return [
        ("guide" if s.get("guide") else f"c{i % 4}", str(s["name"])) for i, s in enumerate(curves)
    ]


def matrix(counts: pd.DataFrame, *, x_title: str, y_title: str) -> str:
    """A confusion matrix; a cell's shade is its share of the row, its number the count.

    It may have more columns than rows: what is predicted and is no class.
    """
    values = counts.to_numpy(float)
    n, k = values.shape
    size = max(26, min(54, 460 // max(k, 1)))
    left, top = 120, 54
    shares = values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    out = [_text(left + k * size / 2, 14, x_title, "middle"), _text(4, top - 8, y_title, "start")]
    for j, column in enumerate(counts.columns):
        name = _short(column, size // 7)
        out.append(_text(left + j * size + size / 2, top - 8, name, "middle"))
    for i, row in enumerate(counts.index):
        out.append(_text(left - 6, top + i * size + size / 2 + 4, _short(row), "end"))
        for j in range(k):
            tone = "good" if i == j else "bad"
            shade = f'fill-opacity="{0.08 + 0.6 * shares[i, j]:.3f}"'
            out.append(
                f'<rect class="{tone}" x="{left + j * size}" y="{top + i * size}" '
                f'width="{size - 2}" height="{size - 2}" {shade}>'
                f"<title>{escape(str(row))} → {escape(str(counts.columns[j]))}</title></rect>"
            )
            if values[i, j]:
                out.append(_text(left + j * size + size / 2 - 1, top + i * size + size / 2 + 4,
                                 f"{values[i, j]:,.0f}", "middle", "ink"))  # fmt: skip
    return _svg(left + k * size + 12, top + n * size + 6, f"{y_title}, {x_title}", out)


def _clean(line: dict) -> dict:
    """Finite points, at most MOST of them, the first and the last among them."""
    x, y = np.asarray(line["x"], float), np.asarray(line["y"], float)
    kept = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(kept) > MOST:
        kept = kept[np.unique(np.linspace(0, len(kept) - 1, MOST).astype(int))]
    bars = {k: np.asarray(line[k], float)[kept] if k in line else () for k in ("low", "high")}
    return {"name": str(line["name"]), "x": x[kept], "y": y[kept], **bars,
            "guide": bool(line.get("guide")), "dots": bool(line.get("dots"))}  # fmt: skip


def _short(value: object, most: int = 16) -> str:
    text = str(value)
    return text if len(text) <= most else text[: max(most - 1, 1)] + "…"


def _text(x: float, y: float, text: str, anchor: str, tone: str = "soft") -> str:
    return (f'<text class="{tone}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
            f"{escape(str(text))}</text>")  # fmt: skip


def _svg(width: float, height: float, label: str, parts: list[str]) -> str:
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
    told = f'role="img" aria-label="{escape(label)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {told}>{"".join(parts)}</svg>'
