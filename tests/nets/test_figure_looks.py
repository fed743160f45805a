"""Figures can be read on a white and on a dark page: their text against their own ground."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests import notebooks
from workbench import plots
from workbench.nets import pictures
from workbench.nets.figure_looks import GROUND, INK

PACKAGE = Path(notebooks.FOLDER).parent / "workbench"
UNSEEN = "rgba(0,0,0,0)"  # of ends of axes that a figure leaves out
PLOTLY = "application/vnd.plotly.v1+json"


def luminance(colour):
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    lin = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def fonts(part, path=""):
    """Each colour of a font in a figure, with its place."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key.endswith("font") and isinstance(value, dict) and "color" in value:
                yield f"{path}.{key}", value["color"]
            yield from fonts(value, f"{path}.{key}")
    elif isinstance(part, list):
        for i, value in enumerate(part):
            yield from fonts(value, f"{path}[{i}]")


def faint(figure):
    """Places of text that is too faint, and the ground where another one shines through."""
    layout = figure["layout"]
    grounds = [layout.get(key, "") for key in ("paper_bgcolor", "plot_bgcolor")]
    found = [ground for ground in grounds if not re.fullmatch("#[0-9a-f]{6}", ground)]
    if found or "color" not in layout.get("font", {}):
        return [f"the ground {ground!r}" for ground in found] or ["no colour of text"]
    shown = [(place, colour) for place, colour in fonts(figure) if colour != UNSEEN]
    found = [place for place, colour in shown
            if min(contrast(colour, ground) for ground in grounds) < 4.5]  # fmt: skip
    written = [one for one in figure["data"] if one.get("texttemplate") and "colorscale" in one]
    return found + ["text in a table's cells" for one in written if on_shades(one) < 4.5]


def on_shades(trace):
    """The least contrast of a table's text on the shades of its cells."""
    ink = trace.get("textfont", {}).get("color")
    if ink is None:  # plotly's own choice, #444 or white by brightness, is 2.9 to 1 on some blues
        return 0.0
    ends = [parts(colour) for _, colour in trace["colorscale"]]
    shades = [[a + (b - a) * n / 50 for a, b in zip(one, other, strict=True)]
              for one, other in zip(ends, ends[1:], strict=False) for n in range(51)]  # fmt: skip
    return min(contrast(ink, "#" + "".join(f"{round(c):02x}" for c in shade)) for shade in shades)


def parts(colour):
    """Red, green and blue of a shade, one that shines through upon white."""
    if colour.startswith("#"):
        return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    *rgb, alpha = [*map(float, re.findall(r"[\d.]+", colour)), 1.0][:4]
    return [255 + (c - 255) * alpha for c in rgb]


def test_what_is_written_into_cells_is_read_on_every_shade():
    for values in ([[0, 0.4, 0.7, 1]], [[-1, -0.2, 0.5, 1]]):
        drawn = pictures.heatmap(values, ["a"], list("wxyz"), digits=2)
        table = drawn.to_plotly_json()["data"][0]
        assert on_shades(json.loads(json.dumps(table, default=list))) >= 4.5
    blue = {"textfont": {"color": INK}, "colorscale": [[0, "#dbe4ec"], [1, "#0072b2"]]}
    assert on_shades(blue) == pytest.approx(2.44, abs=0.01)  # at its darkest


def test_contrast_by_hand():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # as WCAG's tools say
    # no grey is readable on both pages: of 4.5 on white and 4.5 on Jupyter's dark ground one fails
    greys = [f"#{i:02x}{i:02x}{i:02x}" for i in range(256)]
    assert not [g for g in greys if min(contrast(g, "#ffffff"), contrast(g, "#111111")) >= 4.5]


FIGURES = {
    "plots": lambda: plots.figure(300, title="t"),
    "lines": lambda: pictures.lines({"a": ([1, 2], [3, 4]), "b": [1, 2]}, x="x", title="t"),
    "level": lambda: pictures.level(pictures.lines({"a": [1, 2]}), 1.5, "level"),
    "bars": lambda: pictures.bars({"a": 1.0}, errors=[0.5]),
    "heatmap": lambda: pictures.heatmap([[1, -2]], ["r"], ["a", "b"], digits=1),
}


@pytest.mark.parametrize("name", FIGURES)
def test_text_of_figures(name):
    assert faint(FIGURES[name]().to_plotly_json()) == []


def test_every_figure_begins_with_the_card():
    made = [
        path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("go.Figure")
    ]  # fmt: skip
    assert sorted(made) == ["nets/pictures.py", "plots/base.py"]


@pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.name)
def test_text_of_stored_figures(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    outputs = [(cell["id"], one.get("data", {})) for cell in cells
               for one in cell.get("outputs", [])]  # fmt: skip
    stored = [(id_, data[PLOTLY]) for id_, data in outputs if PLOTLY in data]
    assert {id_: found for id_, figure in stored if (found := faint(figure))} == {}


def test_faint_text_and_a_transparent_ground_are_seen():
    grey = plots.figure(300, font=dict(color="#8a9199")).to_plotly_json()
    assert faint(grey) == [".layout.font"]
    tick = plots.figure(300).update_xaxes(tickfont=dict(color="#999999")).to_plotly_json()
    assert faint(tick) == [".layout.xaxis.tickfont"]
    clear = plots.figure(300, paper_bgcolor="rgba(0,0,0,0)").to_plotly_json()
    assert faint(clear) == ["the ground 'rgba(0,0,0,0)'"]


def test_axes_in_powers_have_plain_ticks():
    both = pictures.lines({"a": [1, 2]}, xaxis_type="log", yaxis_type="log").layout
    assert both.xaxis.tickformat == both.yaxis.tickformat == ",~r"  # d3: digits, never a power
    assert pictures.lines({"a": [1, 2]}).layout.xaxis.tickformat is None
    assert plots.figure(300, yaxis_type="log").layout.yaxis.tickformat == ",~r"


def test_the_summarys_curve_has_its_own_ground():
    from workbench.widgets.elements.history import History
    from workbench.widgets.panels.summary import curve_svg

    history = History()
    history.add([{"kind": "step", "step": step, "loss": 1 / step} for step in (1, 2)])
    drawn = curve_svg(history)
    assert f'rx="4" fill="{GROUND}"' in drawn and contrast(INK, GROUND) >= 4.5
    assert set(re.findall(r'<text[^>]*fill="([^"]*)"', drawn)) == {INK}
