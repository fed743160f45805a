"""Predictions of a task that writes: near its references, and wrong only where the task says so."""

import json

import pandas as pd
import pytest

import workbench as wb
from workbench import inspection, task_registry
from workbench.errors import DataError, SpecError, UnknownName
from workbench.measures.sums import means
from workbench.prediction_columns import PredictionTable
from workbench.run_folder.folders import create_run_folder
from workbench.run_folder.state import StateFile
from workbench.task_of_predictions import of_task, write_predictions
from workbench.task_spec import LOSS, Metric, Role, TaskSpec
from workbench.tasks.base import Task
from workbench.widgets.elements.listed_examples import ListedExamples
from workbench.widgets.panels.inspect import InspectPanel
from workbench.widgets.panels.summary import static_summary


class Writer(Task):
    """Judges none of its texts."""


class Strict(Writer):
    """A text is wrong when its words differ; signs and capitals do not count."""

    def wrong(self, predictions):
        def words(text):
            return "".join(c for c in text.casefold() if c.isalnum() or c == " ").split()

        return predictions["label"].map(words) != predictions["prediction"].map(words)

    def sums(self, predictions):
        return means({"same_words": ~self.wrong(predictions), "loss": predictions["loss"]})


def spec(name: str, task: type, **fields) -> TaskSpec:
    return TaskSpec(
        name=name, title="Writing", task=task, predicts="text", output="text",
        families=("decoder",),
        roles=(Role("text", "text"), Role("label", "target")),
        metrics=(LOSS, Metric("same_words", "same words", "higher")),
        prediction_table=PredictionTable(columns={
            "text": "text", "label": "text", "prediction": "text", "loss": "number"}),
        views=("slices", "compare", "report"), sections=("examples", "slices"), **fields,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def tasks():
    with (task_registry.registered(spec("toy-writing", Writer)),
          task_registry.registered(spec("toy-strict", Strict))):
        yield


PLACES = ("sea", "lake", "river", "pond", "ocean")


def table(task: str, loss: float = 1.0) -> pd.DataFrame:
    """Twenty lines; each fourth lacks its full stop, each fifth names another place."""
    rows = []
    for n in range(20):
        said = f"A day at the {PLACES[n % 5]}."
        wrote = said.replace("pond", "moon").removesuffix("." if n % 4 == 0 else "never")
        rows.append((f"line {n} on the {PLACES[n % 5]}", said, wrote, loss * (n + 1) / 20))
    frame = pd.DataFrame(rows, columns=["text", "label", "prediction", "loss"])
    return of_task(frame, task)


def run_of(task: str, **options):
    folder = create_run_folder(wb.Recipe(task=task, seed=options.pop("seed", 0)))
    (folder / "predictions").mkdir()
    for split in ("validation", "test"):
        write_predictions(table(task, **options), folder / "predictions" / f"{split}.parquet")
    (folder / "metrics.json").write_text(
        json.dumps({"metrics": {"test": {"loss": 0.5, "examples": 20}}})
    )
    StateFile(folder).update(state="done", phase="done")
    return wb.open_run(folder)


def test_a_missing_full_stop_is_no_error():
    columns = inspection.SliceColumns(table("toy-writing"))
    sizes, kind = columns.errors()
    assert kind == "distance" and sizes.tolist() == table("toy-writing")["loss"].tolist()
    assert columns.measure == "mean_loss"
    found = inspection.slice_errors(columns, {"long": "words > 4"})
    assert found["error_rate"][0] == pytest.approx(0.525) and found["errors"].isna().all()
    wrong, kind = inspection.SliceColumns(table("toy-strict")).errors()
    assert kind == "error" and [n for n, is_wrong in enumerate(wrong) if is_wrong] == [3, 8, 13, 18]


def test_its_intervals_are_those_that_the_task_measures():
    plain = inspection.metric_intervals(table("toy-writing"), resamples=200)
    assert plain["metric"].tolist() == ["loss"] and plain["value"][0] == pytest.approx(0.525)
    judged = inspection.metric_intervals(table("toy-strict"), resamples=200).set_index("metric")
    assert judged.loc["same_words", "value"] == pytest.approx(16 / 20)
    assert (judged["low"] < judged["value"]).all() and (judged["value"] < judged["high"]).all()


def test_two_runs_are_compared_by_how_near_they_are():
    one, two = table("toy-writing"), table("toy-writing", loss=0.5)
    found = inspection.compare_runs(one, two, resamples=200)
    assert found.metrics["metric"].tolist() == ["loss"]
    assert found.metrics["difference"][0] == pytest.approx(-0.2625)
    assert set(found.flips["change"]) == {"nearer"} and found.flips.index[0] == 19
    assert found.mcnemar_p != found.mcnemar_p and len(found.classes) == 0
    better = table("toy-strict").assign(prediction=lambda frame: frame["label"])
    found = inspection.compare_runs(table("toy-strict"), better, resamples=200)
    assert found.mended.index.tolist() == [3, 8, 13, 18] and found.mcnemar_p == 0.125


@pytest.mark.parametrize("name", ["confusion", "per_class_errors", "scored", "reliability"])
def test_it_is_no_class(name):
    with pytest.raises(DataError, match="no classes, and this is for one class an example"):
        getattr(inspection, name)(table("toy-writing"))


def test_its_run_is_shown_reported_and_summed_up(runs_folder):
    run, other = run_of("toy-writing"), run_of("toy-writing", loss=0.5, seed=1)
    assert inspection.kind_of(run) == "text" and inspection.class_report(run) is None
    titles = [section.title for section in inspection.report(run).sections]
    assert "Highest losses" in titles and "Left out" not in titles
    worst = inspection.report(run).sections[1].table
    assert worst.iloc[0].tolist()[:2] == ["line 19 on the ocean", "A day at the ocean."]
    assert "left out" not in static_summary(run)
    panel = InspectPanel(run)
    assert panel.notice.message == "" and [n for n, _ in panel.tabs.names] == [
        "slices", "compare", "report"]
    compare = panel.choose_view("compare")
    assert compare.choose(other).examples == 20 and compare.notice.message == ""
    listed = ListedExamples()
    listed.list(run.predictions(), "all")
    assert not listed.judged
    listed.list(table("toy-strict"), "all")
    assert listed.judged and listed.wrongs == [n in (3, 8) for n in range(10)]
    panel.query.answer("a text", None)
    assert not panel.query.judged


def test_without_its_task_the_run_still_opens_and_says_what_is_missing(runs_folder):
    run = run_of("toy-writing")
    task_registry.unregister("toy-writing")
    assert len(wb.training.run.open_run(run.path).predictions()) == 20
    with pytest.raises(UnknownName, match="toy-writing"):
        inspection.metric_intervals(run.predictions())


def test_a_section_that_does_not_exist_is_refused():
    with pytest.raises(SpecError, match="the section 'exampels', which does not exist"):
        spec("toy-other", Writer).replace(sections=("exampels",))
