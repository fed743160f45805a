"""What a task declares, and where tasks come from: here, other packages, one file."""

import dataclasses
import sys
import textwrap
import warnings

import pytest

from workbench import catalog, task_registry, tasks
from workbench.catalog import plugins
from workbench.data.settings import check_settings
from workbench.errors import SpecError, UnknownName
from workbench.recipe import Recipe
from workbench.task_spec import SECTIONS, Baseline, Metric, Role, TaskSpec, load_object
from workbench.tasks.base import Task
from workbench.widgets.views import make_view

GOOD = {
    "name": "toy-task",
    "title": "Toy",
    "task": "toy_package.work:Toy",
    "roles": (Role("text", "text"), Role("label", "label")),
    "metrics": (Metric("score", "score", "higher"),),
}


@pytest.mark.parametrize("name", task_registry.names(trains=None))
def test_whatever_a_task_of_ours_names_is_there(name):
    spec = task_registry.spec(name, trains=None)
    assert spec.roles and spec.checks and spec.auto_class
    for place in (spec.task, spec.examples or None, *spec.checks, spec.recognise):
        if place is not None:
            assert load_object(place, name)
    for place in (spec.class_report, spec.said_view, *map(SECTIONS.get, spec.sections)):
        assert place == "" or callable(load_object(place, name))
    for view in spec.views:
        assert view == "confusion" or make_view(view).load
    if spec.trains:
        task = tasks.get(name)
        assert isinstance(task, Task) and task.spec is spec and task is tasks.get(name)
        assert task.metric_names[0] == spec.metrics[0].name and "loss" in task.metric_names
        assert {b.name for b in spec.baselines} and Recipe(task=name).task == name
    else:
        with pytest.raises(UnknownName):
            tasks.get(name)


def test_a_spec_is_frozen():
    spec = TaskSpec(**GOOD)
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.title = "another"
    with pytest.raises(TypeError):
        spec.defaults["epochs"] = 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metrics": ()}, "has no metric that a checkpoint can be chosen by"),
        ({"metrics": (Metric("a", "a", "lower", chooses=False),)}, "has no metric that"),
        ({"metrics": ("f1",)}, "lists 'f1' in metrics"),
        ({"metrics": (Metric("a", "a", "lower"),) * 2}, "lists 'a' twice in metrics"),
        ({"roles": ()}, "has no roles"),
        ({"roles": (Role("a", "text"), Role("a", "label"))}, "lists 'a' twice in roles"),
        ({"baselines": (Baseline("b", "b"), Baseline("b", "c"))}, "'b' twice in baselines"),
        ({"views": ("report", "piechart")}, "lists the view 'piechart', which does not exist"),
        ({"output": "pictures"}, "has the output 'pictures'"),
        ({"families": ("encodr",)}, "lists the family 'encodr'"),
        ({"families": ("decoder",), "auto_class": {"encoder": "A"}},
         "has a class for the family 'encoder', and its families are 'decoder'"),
        ({"families": ("encoder", "decoder"), "auto_class": {"encoder": "A"}},
         "has no class for its family 'decoder'"),
        ({"auto_class": {"encoder": None}}, "has the class None for 'encoder'"),
        ({"auto_class": ("A", "B")}, "has the auto_class ('A', 'B')"),
        ({"families": "encoder"}, "has 'encoder' for families"),
        ({"views": "report"}, "has 'report' for views"),
        ({"roles": None}, "has None for roles"),
        ({"metrics": Metric("a", "a", "lower")}, "for metrics"),
        ({"fixes": "drop_empty"}, "has 'drop_empty' for fixes"),
        ({"unused": None}, "has None for unused"),
        ({"unused": {3: "Why"}}, "has {3: 'Why'} for unused"),
        ({"title": None}, "has None for title"),
        ({"order": "first"}, "has 'first' for order"),
        ({"order": True}, "has True for order"),
        ({"pipeline": "text-classification"}, "has 'text-classification' for pipeline"),
        ({"defaults": {"epochs": "many"}}, "has the default 'many' for epochs"),
        ({"defaults": {"learning_rate": float("nan")}}, "has the default nan for learning_rate"),
        ({"defaults": {"max_length": 0}}, "has the default 0 for max_length"),
        ({"name": "Toy Task"}, "has no name that can be written"),
        ({"name": ""}, "has no name that can be written"),
        ({"task": "toy_package.work.Toy"}, "has 'toy_package.work.Toy' in task"),
        ({"checks": ("check texts",)}, "has 'check texts' in checks"),
        ({"defaults": {"batch_size": 4}}, "has a default for 'batch_size'"),
        ({"defaults": {"epochs": 4}, "unused": {"epochs": "It is one"}}, "does not apply"),
    ],
    ids=[
        "no-metric", "none-chooses", "no-metric-object", "metric-twice", "no-roles", "role-twice",
        "baseline-twice", "view", "output", "family", "class-of-no-family",
        "family-without-class", "no-class-name", "two-classes", "families-text", "views-text",
        "no-roles-at-all", "one-metric", "fixes-text", "unused-none", "unused-number", "no-title",
        "order-text", "order-bool", "pipeline-text", "default-text", "default-nan", "default-zero",
        "name", "empty-name", "task-place",
        "check-place", "default", "default-unused",
    ],
)  # fmt: skip
def test_a_spec_that_contradicts_itself_is_refused_in_one_sentence(change, said):
    with pytest.raises(SpecError) as refused:
        TaskSpec(**{**GOOD, **change})
    assert said in refused.value.message and refused.value.remedy
    assert "\n" not in str(refused.value)


def test_a_class_of_models_for_all_or_for_each_family():
    spec = TaskSpec(**GOOD, auto_class="AutoModelForTokenClassification")
    assert spec.class_of("decoder") == spec.model_class == "AutoModelForTokenClassification"
    both = {"encoder-decoder": "AutoModelForSeq2SeqLM", "decoder": "AutoModelForCausalLM"}
    spec = TaskSpec(**GOOD, families=tuple(both), auto_class=both)
    assert spec.class_of("decoder") == "AutoModelForCausalLM" and spec.class_of("encoder") == ""
    assert spec.model_class == both and spec.replace(title="b").model_class == both
    with pytest.raises(TypeError):
        spec.auto_class["encoder"] = "AutoModel"
    one = TaskSpec(**GOOD, output="text", families=("decoder",), auto_class="AutoModelForCausalLM")
    assert one.model_class == {"decoder": "AutoModelForCausalLM"}


def test_a_metric_has_a_direction_and_a_role_a_kind():
    with pytest.raises(SpecError, match="better='higher' or 'lower'"):
        Metric("f1", "F1", "")
    with pytest.raises(SpecError, match="'f1' does not say whether higher or lower is better"):
        Metric("f1", "F1")
    with pytest.raises(SpecError, match="the kind 'picture'"):
        Role("image", "picture")


class Toy(Task):
    """Nothing but its metrics."""

    def metrics(self, predictions, label_names):
        return {"score": 1.0}


@pytest.mark.parametrize("task", [Toy, Toy()], ids=["class", "object"])
def test_a_task_is_registered_for_as_long_as_a_test_needs_it(task):
    spec = TaskSpec(**{**GOOD, "task": task, "defaults": {"epochs": 7}})
    with task_registry.registered(spec):
        assert "toy-task" in catalog.tasks() and tasks.get("toy-task").metrics(None, []) == {
            "score": 1.0
        }
        assert tasks.get("toy-task").spec is spec
        assert Recipe(task="toy-task").epochs == 7
        assert Recipe(task="toy-task", best_metric="score").best_metric == "score"
        with pytest.raises(SpecError, match="There is a task 'toy-task' already"):
            task_registry.register(spec)
    assert "toy-task" not in catalog.tasks()
    with pytest.raises(UnknownName, match="There is no task 'toy-task'"):
        tasks.get("toy-task")


@pytest.mark.parametrize(
    "place",
    ["no_such_package.work:Toy", "workbench.tasks.base:NoSuchTask", "workbench.cli:main"],
    ids=["no-module", "no-name", "no-class"],
)
def test_code_that_cannot_be_loaded_is_said_when_it_is_needed(place):
    with task_registry.registered(TaskSpec(**{**GOOD, "task": place})):
        assert Recipe(task="toy-task").task == "toy-task"
        with pytest.raises(SpecError) as refused:
            tasks.get("toy-task")
        assert "toy-task" in str(refused.value) and "\n" not in str(refused.value)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """``installed(package, source, tasks={name: object}, ...)`` puts a package where pip would."""
    monkeypatch.syspath_prepend(tmp_path)

    def forget():
        task_registry.forget_packages()
        plugins.entries.cache_clear()

    def install(package, source, **groups):
        (tmp_path / f"{package}.py").write_text(textwrap.dedent(source))
        about = tmp_path / f"{package}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = []
        for group, points in groups.items():
            lines += [f"[workbench.{group}]", *(f"{n} = {package}:{o}" for n, o in points.items())]
        (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
        forget()

    yield install
    forget()
    for name in [n for n in sys.modules if n.startswith("toy_")]:
        del sys.modules[name]


SOURCE = """
    from workbench.task_spec import Metric, Role, TaskSpec
    SPEC = TaskSpec(name="toy-task", title="Toy", task="{package}:Toy", roles=(Role("t", "text"),),
                    metrics=(Metric("cost", "cost", "lower"),))
    from workbench.tasks.base import Task
    class Toy(Task):
        pass
"""


def test_a_task_of_another_package_is_found(installed):
    installed("toy_one", SOURCE.format(package="toy_one"), tasks={"toy-task": "SPEC"})
    assert task_registry.problems() == []
    assert catalog.tasks()[-1] == "toy-task" and task_registry.find("toy-task").package == "toy_one"
    assert type(tasks.get("toy-task")).__name__ == "Toy"
    assert task_registry.is_minimised("cost", "toy-task") and task_registry.is_minimised("cost")
    assert Recipe(task="toy-task", best_metric="cost").best_metric == "cost"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import no_such_library\nSPEC = 1", "no_such_library"),
        ("raise RuntimeError('no licence\\nand more')", "no licence"),
        ("SPEC = 1", "int and no TaskSpec"),
        ("OTHER = 1", "SPEC"),
        ("def broken(:", "SyntaxError"),
        ("from workbench.task_spec import Metric\nSPEC = Metric('a', 'a', 'up')", "better"),
    ],
    ids=["import", "error", "no-spec", "no-name", "syntax", "contradiction"],
)
def test_a_package_that_does_not_load_is_said_and_the_rest_works(installed, source, why):
    ours = catalog.tasks()
    installed("toy_bad", source, tasks={"bad-task": "SPEC"})
    installed("toy_one", SOURCE.format(package="toy_one"), tasks={"toy-task": "SPEC"})
    with pytest.warns(UserWarning, match="toy_bad"):
        assert catalog.tasks() == [*ours, "toy-task"]
    (said,) = task_registry.problems()
    assert why in said and "toy_bad" in said and "\n" not in said
    with pytest.raises(UnknownName, match="'bad-task' cannot be used: The package toy_bad"):
        tasks.get("bad-task")
    assert tasks.get("text-classification") and type(tasks.get("toy-task")).__name__ == "Toy"


def test_two_packages_with_one_name_are_both_left_out_and_named(installed):
    ours = catalog.tasks()
    for package in ("toy_one", "toy_two", "toy_three"):
        installed(package, SOURCE.format(package=package), tasks={"toy-task": "SPEC"})
    with pytest.warns(UserWarning, match="toy_"):
        assert catalog.tasks() == ours
    with pytest.raises(UnknownName) as refused:
        tasks.get("toy-task")
    assert "both have a task 'toy-task'; uninstall one" in str(refused.value)


def test_a_package_with_a_name_of_ours_changes_nothing_and_is_said(installed):
    source = SOURCE.format(package="toy_one").replace('"toy-task"', '"regression"')
    installed("toy_one", source, tasks={"regression": "SPEC"})
    with pytest.warns(UserWarning, match="a task 'regression' as well"):
        names = catalog.tasks()
    assert names.count("regression") == 1 and tasks.get("regression").metric_names[0] == "pearson"


def test_a_package_adds_models_and_datasets_to_the_lists(installed):
    source = """
        from workbench.catalog.plugins import Entry
        def models():
            return [Entry("hub:org/small", "a package", 1000, family="encoder"),
                    Entry("hub:org/writer", "a package", 2000, family="encoder-decoder")]
        DATASETS = [Entry("hub:org/numbers", "a package", 50, tasks=("regression",))]
        BROKEN = ["hub:org/other"]
    """
    installed("toy_lists", source, models={"all": "models"},
              datasets={"all": "DATASETS", "more": "BROKEN"})  # fmt: skip
    with pytest.warns(UserWarning, match="datasets of the package toy_lists are left out"):
        assert "hub:org/numbers" in catalog.datasets(task="regression")["id"].tolist()
    with warnings.catch_warnings(action="error"):
        assert "hub:org/numbers" not in catalog.datasets(task="question-answering")["id"].tolist()
        models = catalog.models(task="regression").set_index("id")
    assert models.loc["hub:org/small", "parameters"] == 1000
    assert "hub:org/writer" not in models.index
    assert "hub:org/writer" in catalog.models()["id"].tolist()


def test_a_setting_that_a_recipe_has_not_is_said_of_the_task_that_names_it():
    spec = TaskSpec(**{**GOOD, "task": Toy, "unused": {"class_wieghts": "A toy has none"}})
    with task_registry.registered(spec):
        with pytest.raises(SpecError, match="'toy-task' says that 'class_wieghts'") as refused:
            check_settings(Recipe(task="toy-task"))
    assert "'class_weights'" in refused.value.remedy
