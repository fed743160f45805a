"""What every figure looks like: dark text on a white card, plain numbers along its axes.

A figure does not know the page that it stands on, and no one colour of text has a contrast of 4.5
to 1 on a white and on a nearly black page alike. So it brings its own ground.
"""

from __future__ import annotations

from typing import Any

INK, GROUND = "#333333", "#ffffff"  # 12.6 to 1
GREY = "#8a9199"  # of lines, not of text: 3.2 to 1

CARD: dict[str, Any] = {
    "template": "none",
    "paper_bgcolor": GROUND,
    "plot_bgcolor": GROUND,
    "font": {"color": INK, "size": 13},
}


def plain_ticks(layout: dict[str, Any], axis: str) -> dict[str, str]:
    """How the axis "xaxis" or "yaxis" of ``layout`` writes its numbers.

    In powers of ten whole ones, 20 and 0.05, where plotly writes a bare 2 or 5.
    """
    return {"tickformat": ",~r"} if layout.get(f"{axis}_type") == "log" else {}
