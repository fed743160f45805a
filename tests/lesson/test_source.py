"""``wb.lesson.source``: the code that is there, method by method, with the shapes of one call."""

import inspect
import sys

import pytest
import torch

import workbench as wb
from workbench.errors import UnknownName
from workbench.nets import attention


def test_without_inputs_it_is_the_code(tmp_path):
    shown = wb.lesson.source(attention.MultiHeadAttention)
    assert str(shown).strip() == inspect.getsource(attention.MultiHeadAttention).strip()
    assert [part.name for part in shown.parts] == [
        "MultiHeadAttention", "__init__", "split", "forward",
    ]  # fmt: skip
    html = shown._repr_html_()
    assert html.count("<details") == 3 and "<details open" not in html


def test_a_call_gives_each_line_its_shapes():
    torch.manual_seed(0)
    layer = attention.MultiHeadAttention(d_model=12, n_heads=3)
    before = [p.detach().clone() for p in layer.parameters()]
    shown = str(wb.lesson.source(layer, torch.randn(2, 5, 12)))
    assert "(B, H, T, d)  # q (2, 3, 5, 4)" in shown
    assert "# context (2, 3, 5, 4), weights (2, 3, 5, 5)" in shown
    assert "def forward" in shown and "# x (2, 5, 12)" in shown
    assert all(map(torch.equal, before, layer.parameters()))
    assert all(p.grad is None for p in layer.parameters())
    assert "<details open" in wb.lesson.source(layer, torch.randn(2, 5, 12))._repr_html_()


def test_a_function():
    query = torch.randn(3, 4)
    shown = str(wb.lesson.source(attention.scaled_dot_product_attention, query, query, query))
    assert "# scores (3, 3)" in shown and "# weights (3, 3)" in shown


class Decorated:
    @staticmethod
    @torch.no_grad()
    def doubled(x):
        twice = 2 * x
        return twice

    def __call__(self, x):
        return self.doubled(x)


def test_shapes_stand_beside_def_and_not_beside_what_decorates_it():
    shown = str(wb.lesson.source(Decorated(), torch.randn(3)))
    assert "def doubled(x):  # x (3,)" in shown and "twice = 2 * x  # twice (3,)" in shown
    assert "@staticmethod\n" in shown and "no_grad()\n" in shown


def test_a_call_that_fails_leaves_no_trace_behind():
    layer = attention.MultiHeadAttention(d_model=12, n_heads=3)
    kept = sys.gettrace()
    with pytest.raises(RuntimeError):
        wb.lesson.source(layer, torch.randn(2, 5, 11))
    assert sys.gettrace() is kept


@pytest.mark.parametrize("one", [len, 3, "a", int], ids=str)
def test_what_has_no_source(one):
    with pytest.raises(UnknownName, match="no Python source"):
        wb.lesson.source(one)


def test_a_class_needs_an_object_for_its_shapes():
    with pytest.raises(UnknownName, match="make a MultiHeadAttention first"):
        wb.lesson.source(attention.MultiHeadAttention, torch.randn(1, 2, 12))
