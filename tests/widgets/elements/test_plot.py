"""A picture's axes reach as far as what is shown in it."""

from workbench.widgets.elements.plot import Plot


def shown(**line):
    plot = Plot()
    plot.show("heading", "x", "y", [{"name": "one", **line}])
    return plot.reach


def test_axes_are_from_0_to_1_where_all_lies_between():
    assert shown(x=[0, 0.5], y=[0.2, 1.0]) == [0.0, 1.0, 0.0, 1.0]
    assert shown(x=[], y=[]) == [0.0, 1.0, 0.0, 1.0]
    assert shown(x=[0.1], y=[float("nan")]) == [0.0, 1.0, 0.0, 1.0]


def test_a_perplexity_and_its_interval_lie_inside():
    left, right, bottom, top = shown(x=[0.5], y=[13.0], low=[12.0], high=[20.0])
    assert (left, right, bottom) == (0.0, 1.0, 0.0) and abs(top - 22) < 1e-9


def test_what_is_below_0_lies_inside():
    assert shown(x=[-2.0], y=[-0.5]) == [-2.2, 1.0, -0.55, 1.0]
