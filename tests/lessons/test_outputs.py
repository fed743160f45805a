"""What is stored of a cell's outputs, and that a number which is no longer right is found."""

from collections import Counter
from types import SimpleNamespace

import nbformat
import pandas as pd
import plotly.graph_objects as go
import pytest

from tests.lessons import outputs, probes

v4 = nbformat.v4


def _value(data):
    return v4.new_output("execute_result", data=data, execution_count=1)


def test_a_figure_gets_its_picture_and_a_widget_is_left_out():
    left = Counter()
    figure = _value({outputs.PLOTLY: {"data": [], "layout": {}}, "text/html": "<div/>"})
    stored = outputs.kept(figure, lambda json: "iVBO", left)
    assert set(stored.data) == {outputs.PLOTLY, "image/png"} and stored.data["image/png"] == "iVBO"
    view = _value({"application/vnd.jupyter.widget-view+json": {}, "text/plain": "App()"})
    folder = _value({"text/plain": "'/home/me/runs/a'"})
    long = v4.new_output("stream", name="stdout", text="x" * 5000)
    message = v4.new_output("stream", name="stderr", text="Warning")
    assert not any(outputs.kept(o, None, left) for o in (view, folder, long, message))
    assert sum(left.values()) == 4 and len(left) == 4
    table = _value({"text/html": "<table><td>1</td></table>", "text/plain": "1"})
    stored = outputs.kept(table, None, left)
    assert stored.data["text/html"] == table.data["text/html"] + outputs.PRINTED
    assert outputs.numbers(stored.data) == outputs.numbers(table.data) == [1]


@pytest.mark.parametrize(
    "value, other",
    [
        (go.Figure(go.Bar(x=[1, 2], y=[0.5, 2.25])), go.Figure(go.Bar(x=[1, 2], y=[0.5, 2.26]))),
        (pd.DataFrame({"f1": [0.811, None]}), pd.DataFrame({"f1": [0.815, None]})),
        ({"gain": 0.25}, {"gain": 0.2}),
        ((1, 2), (1, 2, 3)),
    ],
    ids=["figure", "table", "text", "more"],
)
def test_numbers_are_compared(value, other):
    stored = outputs.numbers(outputs.shown(value))
    assert stored and outputs.differences(stored, value) == []
    assert len(outputs.differences(stored, other)) == 1


def test_plotly_writes_arrays_as_bytes():
    import numpy as np

    assert outputs.numbers(outputs.shown(go.Figure(go.Bar(y=np.array([1.5, 2.5]))))) == [1.5, 2.5]


def test_a_stored_number_is_asked_of_the_kernel():
    cell = v4.new_code_cell("x", outputs=[_value({"text/plain": "0.25"})], execution_count=1)
    notebook = probes.with_comparisons(v4.new_notebook(cells=[cell]))
    shell = SimpleNamespace(displayhook=SimpleNamespace(_=0.25))
    exec(notebook.cells[1].source, {"get_ipython": lambda: shell})
    shell.displayhook._ = 0.35
    with pytest.raises(AssertionError):
        exec(notebook.cells[1].source, {"get_ipython": lambda: shell})
