"""What a task declares, and where tasks come from: here, other packages, one file."""

import dataclasses
import sys
import textwrap
import warnings

import pytest

import workbench as wb
from tests.warned import warned
from workbench import catalog, i18n, task_registry, tasks
from workbench.catalog import plugins
from workbench.catalog.plugins import Entry
from workbench.data import fixes
from workbench.data.columns.column_profile import profile
from workbench.data.columns.column_roles import Guess
from workbench.data.doctor import check
from workbench.data.settings import check_settings
from workbench.errors import SpecError, UnknownName
from workbench.following_settings import follow
from workbench.prediction_columns import PredictionTable
from workbench.recipe import Recipe
from workbench.run_folder.folders import create_run_folder
from workbench.run_folder.state import StateFile
from workbench.task_spec import SECTIONS, Baseline, Metric, Role, TaskSpec, load_object
from workbench.tasks.base import Task
from workbench.training.listed_runs import runs
from workbench.widgets.panels.form import RecipeForm
from workbench.widgets.panels.pick import PickPanel
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


@pytest.mark.parametrize("name", task_registry.names())
def test_a_recipe_that_names_neither_model_nor_data_has_those_of_its_task(name):
    recipe, declared = Recipe(task=name), task_registry.spec(name)
    assert recipe.model in catalog.models(task=name)["id"].tolist()
    assert recipe.dataset in catalog.datasets(task=name)["id"].tolist()
    assert (recipe.model, recipe.dataset) == (declared.model, declared.dataset)
    assert recipe.replace(task=Recipe().task) == Recipe()
    own = recipe.replace(dataset="own.csv").replace(task=Recipe().task)  # what was named stays
    assert (own.model, own.dataset) == (Recipe().model, "own.csv")
    with task_registry.registered(TaskSpec(**GOOD)):
        assert Recipe(task="toy-task").dataset == Recipe().dataset == "sample:movie-sentiment"


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
        ({"defaults": {"weight_decay": 4}}, "has a default for 'weight_decay'"),
        ({"defaults": {"batch_size": 4.5}}, "has the default 4.5 for batch_size"),
        ({"defaults": {"epochs": 4}, "unused": {"epochs": "It is one"}}, "does not apply"),
    ],
    ids=[
        "no-metric", "none-chooses", "no-metric-object", "metric-twice", "no-roles", "role-twice",
        "baseline-twice", "view", "output", "family", "class-of-no-family",
        "family-without-class", "no-class-name", "two-classes", "families-text", "views-text",
        "no-roles-at-all", "one-metric", "fixes-text", "unused-none", "unused-number", "no-title",
        "order-text", "order-bool", "pipeline-text", "default-text", "default-nan", "default-zero",
        "name", "empty-name", "task-place",
        "check-place", "default", "default-part", "default-unused",
    ],
)  # fmt: skip
def test_a_spec_that_contradicts_itself_is_refused_in_one_sentence(change, said):
    with pytest.raises(SpecError) as refused:
        TaskSpec(**{**GOOD, **change})
    assert said in refused.value.message and refused.value.remedy
    assert "\n" not in str(refused.value)


def _told(case):
    return "-".join(str(part).replace(" ", "_")[:24] for part in case) or "empty"


WRONG = [
    ("name", 5, "has 5 for name"),
    ("name", None, "has None for name"),
    ("title", " ", "has no title"),
    ("task", "", "has '' in task"),
    ("task", "toy:", "has 'toy:' in task"),
    ("order", 1.5, "has 1.5 for order"),
    ("roles", "text", "has 'text' for roles"),
    ("roles", (Role("text", "text"), "label"), "lists 'label' in roles"),
    ("metrics", {"f1": "higher"}, "for metrics"),
    ("predicts", "colour", "predicts 'colour', and its output is 'scores'"),
    ("predicts", "text", "predicts 'text', and its output is 'scores'"),
    ("predicts", 3, "has 3 for predicts"),
    ("output", None, "has None for output"),
    ("output", "text", "has the output 'text' and lists the family 'encoder', which writes none"),
    ("auto_class", "not a class", "has the auto_class 'not a class'"),
    ("auto_class", None, "has the auto_class None"),
    ("problem_type", 1, "has 1 for problem_type"),
    ("families", (), "lists no families of models"),
    ("families", ("encoder", None), "lists None in families"),
    ("families", ("encoder", "encoder"), "lists 'encoder' twice in families"),
    ("pipeline", ("text-classification",), "for pipeline"),
    ("model", None, "has None for model"),
    ("dataset", ("sample:spam",), "has ('sample:spam',) for dataset"),
    ("defaults", {"epochs": True}, "has the default True for epochs"),
    ("defaults", {"max_length": 64.5}, "has the default 64.5 for max_length"),
    ("defaults", {5: 1}, "for defaults"),
    ("unused", {"class_weights": ""}, "has '' as the reason why class_weights does not apply"),
    ("unused", {"class_weights": None}, "has None as the reason why class_weights"),
    ("prediction_table", {"text": "text"}, "for prediction_table"),
    ("views", ("report", 3), "lists 3 in views"),
    ("views", ("report", "report"), "lists 'report' twice in views"),
    ("views", ("toy:",), "lists the view 'toy:', which does not exist"),
    ("sections", ("pie",), "lists the section 'pie', which does not exist"),
    ("sections", None, "has None for sections"),
    ("class_report", None, "has None for class_report"),
    ("class_report", "report", "has 'report' in class_report"),
    ("said_view", "a view", "has 'a view' in said_view"),
    ("baselines", ("majority",), "lists 'majority' in baselines"),
    ("examples", "", "has '' in examples"),
    ("examples", 5, "has 5 in examples"),
    ("checks", (5,), "has 5 in checks"),
    ("checks", ("",), "has '' in checks"),
    ("fixes", ("drop_duplicate",), "lists the fix 'drop_duplicate', which does not exist"),
    ("fixes", (7,), "lists 7 in fixes"),
    ("recognise", "", "has '' in recognise"),
    ("recognise", ("a:b",), "has ('a:b',) in recognise"),
    ("guessed", -1, "has -1 for guessed"),
    ("guessed", None, "has None for guessed"),
    ("steps", 0, "has 0 for steps"),
    ("steps", True, "has True for steps"),
    ("steps", 4.5, "has 4.5 for steps"),
    ("most_passes", 0, "has 0 for most_passes"),
    ("new_heads", {"matching": "cross_encoder"}, "for matching in new_heads"),
    ("new_heads", ("matching",), "for new_heads"),
    ("decides", {"summary": "rouge"}, "lets 'rouge' decide of 'summary'"),
    ("decides", "score", "has 'score' for decides"),
    ("sample_columns", ("a",), "has ('a',) for sample_columns"),
    ("sample_columns", {"sample:a": {"nobody": "b"}}, "has {'nobody': 'b'} as columns of"),
    ("sample_columns", {"sample:a": "b"}, "has 'b' as columns of 'sample:a'"),
    ("kinds", {"rows": "blocks"}, "has the kinds 'blocks' for rows"),
    ("kinds", {"rows": ()}, "has the kinds () for rows"),
    ("kinds", ("rows",), "has ('rows',) for kinds"),
    ("words", 1, "has 1 for words"),
    ("words", "my words", "has 'my words' for words"),
    ("lays_rows", "yes", "has 'yes' for lays_rows"),
    ("package", None, "has None for package"),
]


@pytest.mark.parametrize(("field", "value", "said"), WRONG, ids=[_told(w[:2]) for w in WRONG])
def test_whatever_is_wrong_in_a_field_is_one_sentence_at_once(field, value, said):
    with pytest.raises(SpecError) as refused:
        TaskSpec(**{**GOOD, field: value})
    assert said in refused.value.message and refused.value.remedy
    assert "\n" not in str(refused.value)


def test_each_field_of_a_spec_is_among_those_that_are_tried():
    assert {wrong[0] for wrong in WRONG} == {part.name for part in dataclasses.fields(TaskSpec)}


PARTS = [
    (TaskSpec, {"name": "toy", "roles": (Role("a", "text"),), "title": "Toy"}, "'toy' has no task"),
    (TaskSpec, {**GOOD, "metric": ()}, "A TaskSpec has no part 'metric'"),
    (Role, {"name": "text"}, "The Role 'text' has no kind"),
    (Role, {"name": "", "kind": "text"}, "has '' for name"),
    (Role, {"name": "text", "kind": ["text"]}, "of the kind ['text']"),
    (Role, {"name": "text", "kind": "text", "names": "body"}, "has 'body' for names"),
    (Role, {"name": "text", "kind": "text", "names": (1,)}, "has (1,) for names"),
    (Role, {"name": "text", "kind": "text", "title": None}, "has None for title"),
    (Role, {"name": "text", "kind": "text", "required": "yes"}, "has 'yes' for required"),
    (Role, {"name": "text", "kind": "text", "requird": True}, "A Role has no part 'requird'"),
    (Metric, {"name": "f1", "better": "higher"}, "The Metric 'f1' has no title"),
    (Metric, {"name": "f1", "title": "F1", "better": "up"}, "is better when 'up'"),
    (Metric, {"name": 1, "title": "F1", "better": "lower"}, "has 1 for name"),
    (Metric, {"name": "f1", "title": "F1", "better": "lower", "chooses": 1}, "has 1 for chooses"),
    (Metric, {"name": "f1", "title": "F1", "better": "lower", "short": None}, "None for short"),
    (Baseline, {"name": "b"}, "The Baseline 'b' has no title"),
    (Baseline, {"name": "b", "title": "b", "plain": "no"}, "has 'no' for plain"),
    (Baseline, {"name": "b", "title": 2}, "has 2 for title"),
    (PredictionTable, {"columns": ["text"]}, "with ['text'] for columns"),
    (PredictionTable, {"columns": {"label": "text"}}, "without their column 'prediction'"),
    (PredictionTable, {"truth": "gold"}, "without their column 'gold'"),
    (PredictionTable, {"columns": {"label": "text", "prediction": None}}, "of the kind None"),
    (PredictionTable, {"scores": 1}, "with 1 for scores"),
    (PredictionTable, {"same_by": "text"}, "with 'text' for same_by"),
    (PredictionTable, {"same_by": ("text", "lable")}, "with 'lable' in same_by, which is none of"),
    (PredictionTable, {"hidden": ("n_best",)}, "with 'n_best' in hidden, which is none of"),
    (PredictionTable, {"hidden": (1,)}, "with 1 in hidden, which is none of"),
    (PredictionTable, {"told_by": ("prediction",)}, "for told_by"),
    (PredictionTable, {"as_many": ("text",)}, "with 'text' in as_many, which is no column of"),
    (Entry, {"reference": "hub:a/b", "source": "us"}, "The Entry 'hub:a/b' has no size"),
    (Entry, {"reference": " ", "source": "us", "size": 1}, "has ' ' for reference"),
    (Entry, {"reference": "hub:a/b", "source": "us", "size": "7 M"}, "has '7 M' for size"),
    (Entry, {"reference": "hub:a/b", "source": "us", "size": -1}, "has -1 for size"),
    (Entry, {"reference": "hub:a/b", "source": "us", "size": 1, "tasks": "regression"},
     "has 'regression' for tasks"),
    (Entry, {"reference": "hub:a/b", "source": "us", "size": 1, "family": "encodr"},
     "has 'encodr' for family"),
    (Entry, {"reference": "hub:a/b", "source": "us", "size": 1, "note": None}, "None for note"),
    (Entry, {"reference": "hub:a/b", "source": "us", "size": 1, "license": "MIT"},
     "An Entry has no part 'license'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "given", "said"), PARTS, ids=[f"{p[0].__name__}-{i}" for i, p in enumerate(PARTS)]
)
def test_a_part_that_is_left_out_misspelt_or_of_another_type_is_said(kind, given, said):
    with pytest.raises(SpecError) as refused:
        kind(**given)
    assert said in refused.value.message and refused.value.remedy
    assert "\n" not in str(refused.value)


def test_what_a_task_predicts_follows_from_its_output_where_it_says_nothing():
    writes = {"output": "text", "families": ("decoder",), "auto_class": "AutoModelForCausalLM"}
    assert TaskSpec(**GOOD).predicts == "class"
    assert TaskSpec(**GOOD, **writes).predicts == "text"
    assert TaskSpec(**GOOD, output="tokens").predicts == "tags"


def test_the_fixes_that_a_task_may_list_are_those_that_there_are():
    assert set(i18n.group("fixes")) == set(fixes.FIXES)


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
        assert follow(Recipe(task="toy-task"), rows=100)[0].value == 7
        assert Recipe(task="toy-task", best_metric="score").best_metric == "score"
        with pytest.raises(SpecError, match="There is a task 'toy-task' already"):
            task_registry.register(spec)
    assert "toy-task" not in catalog.tasks()
    with pytest.raises(UnknownName, match="There is no task 'toy-task'"):
        tasks.get("toy-task")


def test_a_task_of_this_process_alone_is_trained_in_no_other(tmp_path):
    with task_registry.registered(TaskSpec(**{**GOOD, "task": Toy})):
        recipe = Recipe(task="toy-task")
        with pytest.raises(UnknownName, match="'toy-task' was registered in this process alone"):
            wb.start(recipe, tmp_path / "run")
        assert not (tmp_path / "run").exists()
        stopped = wb.open_run(create_run_folder(recipe, tmp_path / "stopped"))
        StateFile(stopped.path).update(state="stopped")
        with pytest.raises(UnknownName, match="Train it here with workbench.fine_tune") as refused:
            stopped.resume()
        assert "entry point" in refused.value.remedy and stopped.state == "stopped"


def test_a_task_says_itself_which_data_are_its_own():
    listed = catalog.datasets()["id"].iloc[0]
    with task_registry.registered(TaskSpec(**{**GOOD, "dataset": listed})):
        assert catalog.datasets(task="toy-task")["id"].tolist() == [listed]
        assert Recipe(task="toy-task").dataset == listed


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
    with warned("toy_bad"):
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
    with warned("toy_"):
        assert catalog.tasks() == ours
    with pytest.raises(UnknownName) as refused:
        tasks.get("toy-task")
    assert "both have a task 'toy-task'; uninstall one" in str(refused.value)


def test_a_package_with_a_name_of_ours_changes_nothing_and_is_said(installed):
    source = SOURCE.format(package="toy_one").replace('"toy-task"', '"regression"')
    installed("toy_one", source, tasks={"regression": "SPEC"})
    with warned("a task 'regression' as well"):
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
    with warned("datasets of the package toy_lists are left out"):
        assert "hub:org/numbers" in catalog.datasets(task="regression")["id"].tolist()
    with warnings.catch_warnings(action="error"):
        assert "hub:org/numbers" not in catalog.datasets(task="question-answering")["id"].tolist()
        models = catalog.models(task="regression").set_index("id")
    assert models.loc["hub:org/small", "parameters"] == 1000
    assert "hub:org/writer" not in models.index
    assert "hub:org/writer" in catalog.models()["id"].tolist()


def test_what_two_packages_list_alike_is_said_and_shown_once(installed):
    source = """
        from workbench.catalog.plugins import Entry
        MODELS = [Entry("hub:org/small", "{source}", 1000, family="encoder"),
                  Entry("sample:minilm-l6", "{source}", 1, family="encoder")]
    """
    for name in ("toy_a", "toy_b"):
        installed(name, source.format(source=name), models={name: "MODELS"})
    with warned("") as said:
        table = catalog.models()
    assert any("toy_a and toy_b both list 'hub:org/small': that of toy_a" in one for one in said)
    assert any("'sample:minilm-l6' of another package is in the workbench's" in one for one in said)
    ids = table["id"].tolist()
    assert ids.count("hub:org/small") == ids.count("sample:minilm-l6") == 1
    assert table.set_index("id").loc["hub:org/small", "source"] == "toy_a"


BROKEN = [
    pytest.param("no_such_package.x:work", "no_such_package", id="no-module"),
    pytest.param("workbench.data.fixes:no_such", "no_such", id="no-name"),
    pytest.param("workbench.data.fixes:ORDER", "a tuple cannot be called", id="not-called"),
    pytest.param("toy_raises:work", "ZeroDivisionError", id="raises"),
]
TEXTS = {"text": ["good film", "bad film"] * 6, "label": ["a", "b"] * 6}


@pytest.fixture
def raising(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "toy_raises.py").write_text("1 / 0")


@pytest.mark.parametrize(("place", "why"), BROKEN)
def test_a_check_that_cannot_be_loaded_is_a_finding_beside_the_others(raising, place, why):
    import pandas as pd

    like = task_registry.spec("text-classification")
    spec = like.replace(name="toy-task", checks=(place, *like.checks), guessed=0)
    with task_registry.registered(spec):
        table = check(Recipe(task="toy-task", dataset=pd.DataFrame(TEXTS))).findings
    said = table[table["check"] == "task"]["what"].tolist()
    assert len(said) == 1 and place in said[0] and why in said[0] and "\n" not in said[0]
    assert (table["check"] != "task").any()


@pytest.mark.parametrize(("place", "why"), BROKEN)
def test_a_task_that_cannot_recognise_data_leaves_the_others_to_it(raising, place, why):
    import datasets

    guess = Guess(profile(datasets.Dataset.from_dict(TEXTS)), {}, TEXTS)
    spec = TaskSpec(**GOOD, recognise=place, guessed=1)
    with task_registry.registered(spec), warned(why):
        task, roles = guess.best()
    assert task == "text-classification" and roles["label"][0] == "label"
    with task_registry.registered(spec), pytest.raises(SpecError, match=why):
        guess.of("toy-task")


@pytest.mark.parametrize(("place", "why"), BROKEN)
def test_other_code_that_cannot_be_loaded_is_said_where_it_is_used(raising, place, why):
    from workbench.inspection.reporting.report import _part, _told

    (section,) = _told(lambda: _part(place)(None, "test"), "The part", "toy-task")
    assert why in section.note
    with pytest.raises(SpecError, match=why):
        make_view(place)


@pytest.mark.parametrize("field", ["rows", "prompt", "method"])
def test_a_kind_that_no_module_has_is_said_of_the_task(field, monkeypatch):
    like = task_registry.spec("text-to-text")
    with task_registry.registered(
        like.replace(name="toy-task", lays_rows=True, kinds={field: ("foldded",)})
    ):
        with pytest.raises(SpecError, match=f"'toy-task' has the kind 'foldded' for {field}") as no:
            Recipe(task="toy-task")
        assert no.value.remedy and "\n" not in str(no.value)
        for before in ("text-classification", "chat"):  # which lays and asks as it does
            form = RecipeForm(Recipe(task=before))
            form.set(task="toy-task")  # the others can be chosen again
            assert "'foldded'" in form.errors["task"]
            form.set(task="regression")
            assert not form.errors
            panel = PickPanel(Recipe(task=before), look=False)
            monkeypatch.setattr(panel._newest, "ask", lambda recipe: None)  # not at data
            panel.look_now()
            panel.set(task="toy-task")
            assert "'foldded'" in panel.problem


def test_a_run_whose_task_contradicts_itself_by_now_is_listed_with_the_others(tmp_path):
    good = task_registry.spec("text-to-text").replace(name="toy-task")
    with task_registry.registered(good):
        create_run_folder(Recipe(task="toy-task"), tmp_path / "toy")
    create_run_folder(Recipe(), tmp_path / "usual")
    with task_registry.registered(good.replace(lays_rows=True, kinds={"rows": ("foldded",)})):
        listed = runs(tmp_path).set_index("run")
        assert "'foldded' for rows" in listed.loc["toy", "problem"]
        assert listed.loc["usual", "problem"] == "" and listed.loc["toy", "task"] == ""


@pytest.mark.parametrize("field", ["rowz", "epochs"])
def test_kinds_of_what_is_no_choice_are_said_of_the_task(field):
    spec = TaskSpec(**{**GOOD, "task": Toy, "kinds": {field: ("blocks",)}})
    with task_registry.registered(spec), pytest.raises(SpecError, match="no choice") as refused:
        check_settings(Recipe(task="toy-task"))
    assert f"'toy-task' has kinds for {field!r}" in refused.value.message
    assert "'rows'" in refused.value.remedy


def test_a_setting_that_a_recipe_has_not_is_said_of_the_task_that_names_it():
    spec = TaskSpec(**{**GOOD, "task": Toy, "unused": {"class_wieghts": "A toy has none"}})
    with task_registry.registered(spec):
        with pytest.raises(SpecError, match="'toy-task' says that 'class_wieghts'") as refused:
            check_settings(Recipe(task="toy-task"))
    assert "'class_weights'" in refused.value.remedy
