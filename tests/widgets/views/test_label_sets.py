"""Views of sets of labels and of classes with parents, headless."""

import pandas as pd
import pytest

import workbench as wb
from tests.training import tiny
from tests.training.test_multi_label import labelled, made
from tests.waiting import PATIENCE
from workbench import inspection
from workbench.widgets.panels.inspect import InspectPanel
from workbench.widgets.panels.summary import static_summary
from workbench.widgets.views.hierarchy import HierarchyView
from workbench.widgets.views.label_sets import LabelSetsView


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
        patch.setenv("WORKBENCH_RUNS", str(folder / "runs"))
        yield wb.Recipe(
            model=str(tiny.save_model(folder / "model")), dataset=labelled(), test_size=30,
            validation_size=20, max_length=32, learning_rate=3e-3, precision="fp32", epochs=1,
        )  # fmt: skip


def test_labels_lead_to_their_texts_and_a_text_to_its_labels(recipe):
    run = wb.fine_tune(recipe.replace(task="multi-label-classification"), progress=False)
    panel = InspectPanel(run)
    assert [name for name, _ in panel.tabs.names] == [
        "label_sets", "slices", "whatif", "map", "compare", "report"]  # fmt: skip
    view = panel.choose_view("label_sets")
    report = inspection.label_set_report(run).set_index("class")
    assert [row[0] for row in view.classes.rows] == report.sort_values("f1").index.tolist()
    assert view.classes.more == ["threshold", "missed", "invented"]
    name, *_, threshold, missed, invented = view.classes.rows[0]
    assert [threshold, missed, invented] == report.loc[
        name, ["threshold", "missed", "invented"]].tolist()  # fmt: skip
    wrong = int((1 - run.metrics("test")["subset_accuracy"]) * 30 + 0.5)
    assert view.examples.total == wrong == len(view.listed)
    view.classes.selected = name
    assert view.examples.total == missed + invented
    assert [line["name"] for line in view.curve.series] == [
        "precision", "recall", "F1", f"chosen: {threshold:.3f}"]  # fmt: skip
    assert view.curve.series[-1]["x"] == [threshold, threshold]
    view.examples.select(0)
    row = view.listed.iloc[0]
    marks = {label: mark for label, _, _, mark in view.marks.rows}
    for label in ("praise", "blame"):
        has, said = label in row["label"], label in row["prediction"]
        assert marks[label] == {(1, 1): "right", (1, 0): "missed", (0, 1): "invented"}.get(
            (has, said), "left")  # fmt: skip
    seen = panel.inspect(row["text"], label=inspection.labels_text(row["label"]))
    assert panel.query.prediction == inspection.labels_text(row["prediction"]) == seen.prediction
    view.classes.selected = ""
    assert view.examples.total == wrong and view.curve.layout.display == "none"
    assert any("whole set right" in figure[1] for figure in panel.metrics.figures)
    whatif = panel.choose_view("whatif")
    whatif.ask(row["text"]).join(PATIENCE)
    assert whatif.query.prediction == inspection.labels_text(row["prediction"])
    drawn = panel.choose_view("map").draw("pca", "error")
    assert drawn["right"].mean() == pytest.approx(run.metrics("test")["subset_accuracy"])
    summary = static_summary(run)
    assert "whole set right" in summary and "praise" in summary
    slices = panel.choose_view("slices")
    assert len(slices.list_examples("words >= 1")) == 30


class Panel:
    """What a view asks of an Inspect panel."""

    split = "test"

    def __init__(self, table):
        self.run = self.predictions = table
        self.metrics, self.query = wb.widgets.elements.stats.Stats(), type("Q", (), {})()
        self.asked = []

    def ask(self, *question):
        self.asked.append(question)


def test_a_pair_of_labels_lists_the_texts_in_which_they_are_confused():
    panel, view = Panel(made()), LabelSetsView()
    view.load(panel)
    assert view.pairs.rows == [["a", "c", 1.0, 0.5]]
    view.pairs.selected = 0
    assert view.listed.index.tolist() == [1]
    view.examples.select(0)
    assert [row[0] for row in view.marks.rows] == ["b", "c", "a"]
    assert [row[3] for row in view.marks.rows] == ["right", "invented", "missed"]
    assert panel.asked == [("x", None, "a, b")]
    view.classes.selected = "c"
    assert view.pairs.selected == -1 and view.listed.index.tolist() == [1, 3]


def test_parents_lead_to_their_classes_and_to_examples(recipe):
    frame = tiny.frame(150, 4)
    frame["label"] = frame["label"].map(
        {"class-0": "A:x", "class-1": "A:y", "class-2": "B:x", "class-3": "B:y"}
    )
    run = wb.fine_tune(recipe.replace(dataset=frame), progress=False)
    metrics, found = run.metrics("test"), inspection.hierarchy(run)
    summary = found.summary().set_index("metric")["value"]
    assert metrics["parent_accuracy"] == pytest.approx(summary["parent_accuracy"])
    assert metrics["parent_macro_f1"] == pytest.approx(summary["parent_macro_f1"])
    report = inspection.report(run)
    assert [s.title for s in report.sections if "arents" in s.title] == [
        "Parents", "Parents, the lowest F1 first"]  # fmt: skip
    assert "but inside" in report.html and "Left out" not in report.markdown
    panel = InspectPanel(run)
    assert [name for name, _ in panel.tabs.names][:2] == ["confusion", "hierarchy"]
    view = panel.choose_view("hierarchy")
    assert isinstance(view, HierarchyView)
    report = found.report()
    assert view.parent == report.sort_values("inside", ascending=False, kind="stable")["class"][
        report["inside"].idxmax()]  # fmt: skip
    view.table.selected = "A"
    assert view.classes.class_names == ["A:x", "A:y", "(elsewhere)"]
    assert view.examples.total == int((found.parents["label"] == "A").sum())
    cells = found.within("A")
    label, prediction = cells.stack().idxmax()
    view.classes.select(label, prediction)
    assert view.examples.total == cells.loc[label, prediction]
    view.class_table.selected = "A:x"
    assert view.examples.total == int((found.children.table["label"] == "A:x").sum())
    assert {row[0] for row in view.class_table.rows} == {"A:x", "A:y"}
    view.parents.select("B", "B")
    assert view.parent == "B" and view.table.selected == ""
    assert view.examples.total == found.confusion().loc["B", "B"]


def test_marks_keep_what_is_given_and_the_nearest_of_the_rest():
    from workbench.widgets.elements.label_marks import MOST, LabelMarks

    names = [f"l{i}" for i in range(40)]
    scores = pd.Series(range(40)) / 40
    marks = LabelMarks()
    marks.show(names, scores, [float("nan")] * 40, ["l0"], ["l39"])
    assert len(marks.rows) == MOST
    assert marks.rows[0][3] == "invented" and marks.rows[-1][3] == "missed"
    assert marks.rows[0][2] is None
