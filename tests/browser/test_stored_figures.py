"""Figures fit a narrow page: those stored with lessons, and one made live, saved, reopened."""

import nbformat
import pytest

from tests import notebooks
from tests.lessons.draw import WIDTH
from tests.lessons.outputs import PLOTLY

MADE = """
import workbench as wb
from workbench.nets import pictures
pictures.lines({"replies only": [3, 2, 1], "every token": [2, 3, 1]}, x="step", y="nats")
"""
#: Of each figure its width and that of its column; null while one is not drawn, is cut, or is
#: not shown as it is waited for.
FIT = """wanted => {
  const shown = [...document.querySelectorAll(".jp-RenderedPlotly")].map((out) =>
    [out, [...out.querySelectorAll("img, .main-svg")].find((e) => e.clientWidth)]);
  return shown.map(([, at]) => at?.tagName.toLowerCase()).join() === wanted
    && shown.every(([out]) => out.scrollWidth <= out.clientWidth)
    && shown.map(([out, at]) => [Math.round(at.getBoundingClientRect().width), out.clientWidth]);
}"""
#: The picture of a live figure is made after it is drawn; a notebook saved before has none.
PICTURED = """() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0).outputs
  .get(0).data["image/png"]"""


def fitting(page, *shown):
    """(width, width of its column) of each figure, when all fit and are shown as ``shown`` says."""
    found = page.wait_for_function(FIT, arg=",".join(shown)).json_value()
    return [tuple(one) for one in found]


@pytest.fixture(scope="module")
def stored():
    """Each lesson's first stored figure, as it is stored."""
    cells = []
    for path in notebooks.paths():
        book = nbformat.read(path, 4)
        outs = [out for cell in book.cells for out in cell.get("outputs", [])]
        first = next((out for out in outs if PLOTLY in out.get("data", {})), None)
        if first is not None:
            cells.append(nbformat.v4.new_code_cell(f"# {path.name}", outputs=[first]))
    assert len(cells) > 15
    made = nbformat.v4.new_code_cell(MADE)
    return nbformat.v4.new_notebook(cells=[made, *cells], metadata={
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})


@pytest.fixture
def whole(server):
    """All cells are drawn, not only those in view: a setting of Lab, read before a page is."""
    said = server.log.parent / "settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    said.parent.mkdir(parents=True, exist_ok=True)
    said.write_text('{"windowingMode": "none"}')
    yield
    said.unlink()


@pytest.mark.usefixtures("whole")
def test_figures_fit_a_narrow_page(lab, stored):
    nbformat.write(stored, lab.server.root / "figures.ipynb")
    lab.open("figures.ipynb")
    page, pictures = lab.page, ["img"] * (len(stored.cells) - 1)
    lab.run_cell(0)
    lab.idle()
    for width, theme in ((900, "light"), (600, "dark")):
        lab.theme(theme)
        page.set_viewport_size({"width": width, "height": 900})
        lab.drawn()
        (live, column), *lessons = fitting(page, "svg", *pictures)
        assert live == column
        assert lessons == [(min(WIDTH, column), column)] * len(pictures)
        lab.shot(f"figures-{width}-{theme}")
    page.set_viewport_size({"width": 900, "height": 900})
    page.wait_for_function(PICTURED)
    lab.save()
    page.mouse.move(0, 0)  # a figure under the mouse becomes live
    page.set_viewport_size({"width": 600, "height": 900})
    lab.open("figures.ipynb")
    (saved, column), *_ = fitting(page, "img", *pictures)
    assert saved == column
    figure = page.locator(".jp-RenderedPlotly").first
    for _ in range(60):  # one drawn anew under the mouse sees no entry
        if figure.locator(".main-svg").count():
            break
        page.mouse.move(0, 0)
        figure.hover()
        page.wait_for_timeout(500)
    (live, column), *_ = fitting(page, "svg", *pictures)
    assert live == column
    lab.shot("figures-reopened")


def test_figures_fit_a_narrow_page_of_notebook_7(lab, stored):
    pytest.importorskip("notebook")
    nbformat.write(stored, lab.server.root / "figures7.ipynb")
    page = lab.page
    page.goto(lab.server.url("notebooks/figures7.ipynb"))
    picture = page.locator(".jp-RenderedPlotly > .plot-img").first
    picture.wait_for()
    for width in (900, 600):
        page.set_viewport_size({"width": width, "height": 900})
        lab.drawn()
        column = picture.locator("..").bounding_box()["width"]
        assert picture.bounding_box()["width"] == min(WIDTH, column)
        lab.shot(f"figures-notebook7-{width}")
