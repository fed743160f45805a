"""A task whose code cannot be loaded: said where it is used, and all the rest is shown."""

import pytest

import workbench as wb
from tests.widgets.every_task import train
from workbench import inspection, task_registry
from workbench.errors import SpecError
from workbench.widgets.panels.inspect import InspectPanel
from workbench.widgets.panels.summary import static_summary

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
