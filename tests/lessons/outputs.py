"""What of a cell's outputs is stored with a notebook: figures with a picture, tables, short texts.

A reader without a kernel (GitHub, print, ``nbconvert``) sees no plotly figure, so a PNG stands
beside it. What is left out is counted and said by the command that stores.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable

import nbformat

from .draw import WIDTH

PLOTLY = "application/vnd.plotly.v1+json"
WIDGET = "application/vnd.jupyter.widget"
TEXT_LIMIT, TABLE_LIMIT = 4_000, 30_000  # bytes of a printed text and of a table
#: On paper nothing can be scrolled: tables and code that are too wide are broken, not cut.
PRINTED = """<style>@media print {
td, th {overflow-wrap: anywhere; padding: 2px 4px !important}
pre {white-space: pre-wrap !important; overflow-wrap: anywhere}}</style>"""
#: What holds on one machine and at one moment only: folders, addresses in memory.
MOMENT = re.compile(r"/(?:tmp|home|root|work|Users|var)/|\bat 0x[0-9a-f]+")


def _said(data: dict) -> str:
    return " ".join(str(v) for k, v in data.items() if k.startswith("text/"))


def kept(output, draw: Callable[[dict], str], left: Counter):
    """The output as it is stored, or None; ``left`` counts why something was left out.

    ``draw`` makes base64 of a PNG from a plotly figure's JSON.
    """
    kind = output.output_type
    if kind == "error":
        return output
    if kind == "stream":
        why = "a message" if output.name == "stderr" else _too_much(output.text, TEXT_LIMIT)
        if why:
            left[why] += 1
            return None
        return output
    data = dict(output.data)
    if PLOTLY in data:
        figure = data[PLOTLY]
        figure.get("config", {}).pop("plotlyServerURL", None)  # nothing here is sent anywhere
        return _with(output, {PLOTLY: figure, "image/png": draw(figure)})
    if any(name.startswith(WIDGET) for name in data):
        left["a widget's view"] += 1
        return None
    data = {name: data[name] for name in ("text/html", "text/plain") if name in data}
    why = _too_much(_said(data), TABLE_LIMIT if "text/html" in data else TEXT_LIMIT)
    if why or not data:
        left[why or "a kind that no reader shows"] += 1
        return None
    if "text/html" in data:
        data["text/html"] += PRINTED
    return _with(output, data)


def _with(output, data: dict):
    # a page that is told no width shows a drawing by its pixels, and cuts what has no room;
    # plotly's extension in JupyterLab asks for none: workbench/lab_extensions says it there
    wide = {"image/png": {"width": WIDTH}} if PLOTLY in data and "image/png" in data else {}
    return nbformat.from_dict({**output, "data": data, "metadata": wide})


def _too_much(text: str, limit: int) -> str:
    if MOMENT.search(text):
        return "a folder or an address of this machine"
    return f"longer than {limit:,} bytes" if len(text.encode()) > limit else ""


def numbers(data: dict) -> list[float]:
    """The numbers of a figure or a table, in order: of its traces, or of its text."""
    if PLOTLY in data:
        return list(_of_traces(json.loads(json.dumps(data[PLOTLY]["data"]))))
    text = data.get("text/html") or data.get("text/plain", "")
    text = re.sub(r"<style.*?</style>|<[^>]*>", " ", text, flags=re.S)
    return [float(n) for n in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])", text)]


def _of_traces(part):
    if isinstance(part, bool) or part is None or isinstance(part, str):
        return
    if isinstance(part, (int, float)):
        yield float(part)
    elif isinstance(part, dict) and "bdata" in part:  # how plotly writes arrays
        import base64

        import numpy as np

        yield from np.frombuffer(base64.b64decode(part["bdata"]), part["dtype"]).astype(float)
    else:
        for one in part.values() if isinstance(part, dict) else part:
            yield from _of_traces(one)


def shown(value) -> dict:
    """What Jupyter would store of the value of a cell's last line, as far as it has numbers."""
    if hasattr(value, "to_plotly_json"):
        return {PLOTLY: json.loads(value.to_json())}
    if hasattr(value, "_repr_html_"):
        return {"text/html": value._repr_html_()}
    return {"text/plain": repr(value)}


def differences(before: list[float], value, *, near: float = 2e-3) -> list[str]:
    """What ``value`` has otherwise than the numbers that are stored: no pixels, no words.

    A number may differ by ``near``, of its size where that is above 1.
    """
    after = numbers(shown(value))
    if len(before) != len(after):
        return [f"{len(before)} numbers are stored, the code gives {len(after)}"]
    return [
        f"{a} is stored, the code gives {b}"
        for a, b in zip(before, after, strict=True)
        if not abs(a - b) <= near * max(1.0, abs(a)) and not (a != a and b != b)
    ][:5]
