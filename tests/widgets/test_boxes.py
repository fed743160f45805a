"""What two threads put into a box, or show and hide, is in the end what the page has of it."""

import ast
from pathlib import Path

import ipywidgets
import pytest
import traitlets

import workbench.widgets
from tests.widgets.beside import Beside, Watched
from tests.widgets.test_synced import Page
from workbench.widgets import boxes
from workbench.widgets.elements.notice import Notice

LINES = [ipywidgets.HTML("one"), ipywidgets.HTML("two")]
WRITTEN = {
    "VBox": ("children", (LINES[0],), (LINES[1],)),
    "GridBox": ("children", (LINES[0],), ()),
    "Label": ("value", "one", "two"),
    "Layout": ("display", "none", ""),
}


def raced(kind, name, first, second):
    """What the page has, and what it should have: the first is stopped when its state was read."""
    beside = Beside()

    class Stopping(kind):
        comm = traitlets.Any(None, allow_none=True)  # older libraries take a class of their own

        def get_state(self, key=None, drop_defaults=False):
            state = super().get_state(key, drop_defaults)
            beside.stop()
            return state

    page = Page()
    widget = Stopping(comm=page)
    if hasattr(widget, "_sending"):
        widget._sending = Watched(widget._sending, beside.settled)
    beside.run(lambda: setattr(widget, name, first), lambda: setattr(widget, name, second))
    return page.knows[name], widget.get_state([name])[name]


@pytest.mark.parametrize("kind", WRITTEN)
def test_the_page_has_what_was_written_last(kind):
    name, first, second = WRITTEN[kind]
    knows, holds = raced(getattr(boxes, kind), name, first, second)
    assert knows == holds


def test_of_a_plain_box_the_page_may_keep_what_was_written_before():
    """Why there are kinds of our own: once the library does it, they can go."""
    knows, holds = raced(ipywidgets.VBox, *WRITTEN["VBox"])
    assert knows != holds


def test_every_widget_of_ours_is_laid_out_by_such_a_layout():
    for widget in (Notice(), boxes.VBox(), boxes.GridBox(), boxes.Label()):
        assert type(widget.layout) is boxes.Layout
        assert type(type(widget)(layout={"display": "none"}).layout) is boxes.Layout


def test_no_plain_widget_is_made_elsewhere():
    home, found = Path(workbench.widgets.__file__).parent, []
    for path in sorted(home.rglob("*.py")):
        if path.name == "boxes.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            made = [node.func] if isinstance(node, ast.Call) else getattr(node, "bases", [])
            found += [
                f"{path.name}: {ast.unparse(one)}" for one in made
                if ast.unparse(one).startswith("ipywidgets.") and ast.unparse(one)[11:12].isupper()
            ]  # fmt: skip
        if "from ipywidgets" in path.read_text(encoding="utf-8"):
            found.append(f"{path.name}: from ipywidgets")
    assert found == []
