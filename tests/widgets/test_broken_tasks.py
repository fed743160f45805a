"""A task whose code cannot be loaded: said where it is used, and all the rest is shown."""

from html import escape

import pytest

import workbench as wb
from tests.widgets.every_task import train
from workbench import inspection, task_registry
from workbench.errors import SpecError
from workbench.widgets.panels.inspect import InspectPanel
from workbench.widgets.panels.summary import static_summary
from workbench.widgets.views import make_view

TASK = "multi-label-classification"
BROKEN = [
    pytest.param("no_such_package.x:shown", "no_such_package", id="no-module"),
    pytest.param("workbench.data.fixes:no_such", "no_such", id="no-name"),
    pytest.param("toy_raises:shown", "ZeroDivisionError", id="raises"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
        train(TASK, folder, epochs=1)
        yield folder


@pytest.fixture
def run(folder, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "toy_raises.py").write_text("1 / 0")
    return wb.open_run(folder / "runs" / TASK)


@pytest.fixture
def declare(monkeypatch):
    """``declare(field=...)`` changes what the task declares."""

    def change(**fields):
        spec = task_registry.spec(TASK).replace(**fields)
        monkeypatch.setitem(task_registry._own(), TASK, spec)

    return change


@pytest.mark.parametrize(("place", "why"), BROKEN)
def test_a_text_is_answered_though_what_shows_it_cannot_be_loaded(run, declare, place, why):
    declare(said_view=place)
    panel = InspectPanel(run)
    panel.inspect("a great film")
    assert place in panel.refusal.message and why in panel.refusal.message
    assert panel.query.scores and not panel.query.busy
    assert panel.said.children == () and panel.seen is not None


def test_what_shows_a_text_may_fail_itself(run, declare):
    declare(said_view="builtins:len")  # which takes no such arguments
    panel = InspectPanel(run)
    panel.inspect("a great film")
    assert "len() takes exactly one argument" in panel.refusal.message + panel.refusal.details
    assert panel.query.scores and panel.said.children == ()


@pytest.mark.parametrize(("place", "why"), BROKEN)
def test_a_report_of_classes_that_cannot_be_loaded_is_left_out_and_said(run, declare, place, why):
    declare(class_report=place)
    html = static_summary(run)
    assert html.count("left out") == 1 and why in html and "micro-F1" in html
    with pytest.raises(SpecError, match=why) as refused:
        inspection.class_report(run)
    assert "\n" not in str(refused.value)


BREAKS = "The report of classes of the task Multi-label broke off (KeyError: 'colour')."


@pytest.fixture
def breaking(tmp_path, declare):
    """A report of classes that breaks when it is made, in words of its own."""
    code = "def report(run, split):\n    raise KeyError('colour')\n"
    (tmp_path / "toy_breaks.py").write_text(code)
    declare(class_report="toy_breaks:report")


def test_a_report_of_classes_that_breaks_is_said_where_it_would_stand(run, breaking):
    """In the summary, among the next steps, in a comparison; what is beside it is there."""
    html = static_summary(run)
    assert html.count("left out") == 1 and escape(BREAKS) in html and "micro-F1" in html
    found = inspection.next_steps(run)
    assert [BREAKS in said for said in found.attrs["left_out"]] == [True]
    panel = InspectPanel(run)
    panel.next_steps()
    assert BREAKS in panel.steps.view.told and panel.steps.view.told.startswith("Some of what")
    compared = inspection.compare_runs(run, run, resamples=20)
    assert BREAKS in compared.classes.attrs["left_out"] and len(compared.metrics) > 2
    view = make_view("compare")
    view.panel = panel
    assert view.compare(run).metrics.equals(compared.metrics) or len(view.metrics.rows)
    assert BREAKS in view.classes.note and view.metrics.rows


def test_next_steps_that_break_are_said_in_the_guide(run, monkeypatch):
    """They are looked for beside the page, where nobody waits for what is raised."""
    from workbench.widgets.panels import next_steps_part

    panel = InspectPanel(run)
    ran = []
    monkeypatch.setattr(next_steps_part.threading, "Timer", lambda _, work: Ran(work, ran))
    monkeypatch.setattr(inspection, "next_steps", lambda *_: {}["colour"])
    panel.steps.later(lambda: True)
    assert ran and "KeyError: 'colour'" in panel.steps.view.told and not panel.steps.view.rows


class Ran:
    """A timer whose time has come."""

    def __init__(self, work, ran):
        self.start = lambda: ran.append(work())


def test_a_part_of_the_report_that_breaks_is_said_in_its_place(run, declare, tmp_path):
    (tmp_path / "toy_part.py").write_text("def part(run, split):\n    yield {}['colour']\n")
    declare(sections=("toy_part:part", "slices"))
    sections = inspection.report(run).sections
    titles = [section.title for section in sections]
    assert titles[0] == "Metrics" and titles[-1] == "Recipe" and "Slices with more errors" in titles
    (left,) = [section.note for section in sections if section.title == "Left out"]
    assert left.startswith("The part 'toy_part:part' of the report of the task Multi-label broke")
    assert "KeyError: 'colour'" in left
