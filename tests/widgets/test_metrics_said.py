"""Which metric of a run is called the best, decided, drawn, listed: its task's own, everywhere."""

import shutil

import numpy as np
import pytest

import workbench as wb
from tests.training.test_runs_of_before import ASKED, FOLDER
from workbench import cli, inspection, plots, task_registry
from workbench.task_spec import Metric, Role, TaskSpec
from workbench.widgets.elements.history import History, main_metric
from workbench.widgets.panels.run_words import figures
from workbench.widgets.panels.train import TrainPanel
from workbench.widgets.views import title_of, views_of


@pytest.fixture(params=ASKED)
def run(request, tmp_path):
    copy = shutil.copytree(FOLDER / request.param, tmp_path / request.param)
    return wb.open_run(copy)


def chosen_by(run, metric):
    recipe = run.path / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("best_metric: null", f"best_metric: {metric}"))
    return wb.open_run(run.path)


def best_said(run):
    panel = TrainPanel(run)
    panel.refresh()
    said = {name: value for value, name in panel.stats.figures if "best" in name}
    panel.close()
    return said


def test_the_panel_calls_best_what_the_checkpoint_was_chosen_by(run):
    spec = task_registry.spec(run.recipe.task)
    (said,) = best_said(run)
    assert said.startswith(f"best {spec.metrics[0].title}")
    there = run.history().columns
    for metric in (one for one in spec.metrics if one.chooses and one.name in there):
        ((said, value),) = best_said(chosen_by(run, metric.name)).items()
        title = "validation loss" if metric.name == "loss" else metric.title
        assert f"best {title.lower()}" in said.lower()
        values = run.history().query("kind == 'eval'")[metric.name]
        best = values.min() if metric.better == "lower" else values.max()
        assert value == f"{best:.3f}"
        recipe = run.path / "recipe.yaml"
        changed = recipe.read_text().replace(f"best_metric: {metric.name}", "best_metric: null")
        recipe.write_text(changed)


def test_of_several_evaluations_the_best_is_the_lowest_where_lower_is_better():
    history = History()
    history.add([{"kind": "eval", "step": step, "loss": 1.0, "mae": mae, "pearson": r}
                 for step, mae, r in ((1, 0.9, 0.1), (2, 0.4, 0.3), (3, 0.7, 0.8))])  # fmt: skip
    said = figures({}, history, "mae", "regression")[-1]
    assert said == ("0.400", "best mean absolute error, step 2")
    assert figures({}, history, "pearson", "regression")[-1][1].endswith("step 3")
    assert main_metric(["mae", "pearson", "loss"]) == "pearson"


def test_the_sentence_does_not_say_that_a_metric_decided_where_the_loss_did(run):
    first = task_registry.spec(run.recipe.task).metrics[0].title
    assert f"{first}, the metric that decided" in inspection.outcome(run).sentence
    said = inspection.outcome(chosen_by(run, "loss")).sentence
    assert "the metric that decided" not in said and said.startswith(f"Done: {first} is ")
    assert "the loss on the validation examples decided" in said


def test_the_command_line_prints_every_metric_with_a_short_name(run, capsys):
    cli.main(["show", str(run.path)])
    printed = capsys.readouterr().out
    spec = task_registry.spec(run.recipe.task)
    there = run.metrics("test")
    for metric in spec.metrics:
        if metric.short and metric.name in there:
            assert metric.short in printed
    for baseline in run.results()["baselines"]:
        assert next(b.title for b in spec.baselines if b.name == baseline) in printed


def test_curves_and_baselines_are_drawn_by_the_metric_that_decides(run):
    spec = task_registry.spec(run.recipe.task)
    assert plots.learning_curves(run).data[-1].name == f"{spec.metrics[0].title}, validation"
    figure = plots.against_baselines(run)
    assert figure.data[0].name == spec.metrics[0].title
    np.testing.assert_allclose(figure.data[0].y[-1], run.metrics("test")[spec.metrics[0].name])
    assert len(figure.data[0].y) == len(run.results()["baselines"]) + 1


def test_the_table_of_runs_has_what_decides_each_task(run):
    table = wb.runs(run.path.parent)
    for task in task_registry.specs():
        assert task.metric_names[0] in table.columns
    name = task_registry.spec(run.recipe.task).metric_names[0]
    assert table[name].iloc[0] == run.metrics("test")[name]


def test_a_task_of_somebody_else_has_its_metrics_and_views_named():
    spec = TaskSpec(
        name="toy-task", title="Toy", task="toy_package:Toy", roles=(Role("text", "text"),),
        metrics=(Metric("rouge_l", "ROUGE-L", "higher"), Metric("perplexity", "ppl", "lower")),
        views=("toy_package.views:WordCloudView", "report"),
    )  # fmt: skip
    with task_registry.registered(spec):
        assert inspection.metric_name("rouge_l") == "ROUGE-L"
        assert main_metric(["loss", "rouge_l"]) == "rouge_l"
        assert task_registry.is_minimised("perplexity")
        assert "rouge_l" in wb.runs("nowhere").columns
        history = History()
        history.add([{"kind": "eval", "step": s, "loss": 1.0, "perplexity": p}
                     for s, p in ((1, 9.0), (2, 4.0))])  # fmt: skip
        assert figures({}, history, "perplexity", "toy-task")[-1] == ("4.000", "best ppl, step 2")

        class Run:
            recipe = wb.Recipe(task="toy-task")

        assert [title_of(name) for name in views_of(Run())] == ["Word cloud", "Report"]
    assert "rouge_l" not in wb.runs("nowhere").columns
