"""Classes with parents: both levels by hand."""

import numpy as np
import pandas as pd
import pytest

from tests.inspection.predictions.predicted import table
from workbench import inspection, tasks
from workbench.errors import DataError
from workbench.inspection.predictions.class_levels import ELSEWHERE
from workbench.inspection.reporting.report_labels import level_sections
from workbench.tasks.shared.label_tree import label_tree

NAMES = ["A:x", "A:y", "B:z"]
SCORES = [
    [0.6, 0.3, 0.1],  # A:x, right
    [0.2, 0.5, 0.3],  # A:x taken for A:y: inside
    [0.3, 0.3, 0.4],  # A:y taken for B:z, but A has 0.6 of the score
    [0.5, 0.1, 0.4],  # B:z taken for A:x
    [0.1, 0.1, 0.8],  # B:z, right
]
LABELS = [0, 0, 1, 2, 2]


@pytest.fixture
def found():
    return inspection.hierarchy(table(SCORES, LABELS, NAMES))


def test_metrics_of_both_levels(found):
    summary = found.summary().set_index("metric")
    # classes: two of five; F1 of A:x 2/4, of A:y 0, of B:z 2/4
    assert summary.loc["accuracy", "value"] == pytest.approx(2 / 5)
    assert summary.loc["macro_f1", "value"] == pytest.approx((1 / 2 + 0 + 1 / 2) / 3)
    # parents from the sums: A A A A B, of A A A B B
    assert found.parents["prediction"].tolist() == list("AAAAB")
    assert found.parents[["score_A", "score_B"]].sum(axis=1).tolist() == pytest.approx([1] * 5)
    assert found.parents["loss"].tolist() == pytest.approx(-np.log([0.9, 0.7, 0.6, 0.4, 0.8]))
    assert summary.loc["parent_accuracy", "value"] == pytest.approx(4 / 5)
    assert summary.loc["parent_macro_f1", "value"] == pytest.approx((6 / 7 + 2 / 3) / 2)
    # of three errors one stays inside A
    assert found.inside.tolist() == [False, True, False, False, False]
    inside = summary.loc["inside"]
    assert inside["value"] == pytest.approx(1 / 3)
    assert (inside["low"], inside["high"]) == inspection.wilson_interval(1, 3)
    assert (summary["low"] <= summary["value"]).all()


def test_the_tasks_metrics_are_the_same(found):
    metrics = tasks.get("text-classification").metrics(found.children.table, NAMES)
    assert metrics["parent_accuracy"] == pytest.approx(4 / 5)
    assert metrics["parent_macro_f1"] == pytest.approx((6 / 7 + 2 / 3) / 2)
    # without scores: the parent of the predicted class, so that the third is wrong
    plain = found.children.table[["label", "prediction"]]
    assert tasks.get("text-classification").metrics(plain, NAMES)["parent_accuracy"] == 3 / 5
    flat = table([[0.9, 0.1]], [0])
    assert "parent_accuracy" not in tasks.get("text-classification").metrics(flat, ["a", "b"])


def test_confusions_of_parents_and_of_their_classes(found):
    assert found.confusion().to_numpy().tolist() == [[3, 0], [1, 1]]
    within = found.within("A")
    assert list(within.index) == list(within.columns) == ["A:x", "A:y", ELSEWHERE]
    assert within.to_numpy().tolist() == [[1, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert found.within("B").to_numpy().tolist() == [[1, 1], [1, 0]]
    report = found.report().set_index("class")
    assert report.loc["A", ["children", "class_errors", "inside", "inside_share"]].tolist() == [
        2, 2, 1, 0.5]  # fmt: skip
    assert report.loc["B", ["children", "class_errors", "inside", "inside_share"]].tolist() == [
        1, 1, 0, 0]  # fmt: skip
    with pytest.raises(DataError, match="no parent 'C'"):
        found.within("C")


def test_cells_lead_to_examples(found):
    assert found.examples("A", "A:x", "A:y").index.tolist() == [1]
    assert found.examples("A", "A:y", ELSEWHERE).index.tolist() == [2]
    assert found.examples("A", ELSEWHERE, "A:x").index.tolist() == [3]
    assert found.parent_examples("B", "A").index.tolist() == [3]
    losses = found.parent_examples("A")["loss"].tolist()
    assert losses == sorted(losses, reverse=True) and len(losses) == 3


@pytest.mark.parametrize(
    ("names", "parents"),
    [(["sport/football", "sport/golf", "news/local"], ["sport", "news"]),
     (["a:b:c", "a:b:d", "e:f"], ["a", "e"]), (["good", "bad"], None), (["a:x", "b:x"], None),
     (["a:x", "a:y"], None), (["a:x", "a:y", "b"], None), (["a:", "a:y", "b:z"], None), ([], None)],
)  # fmt: skip
def test_which_names_have_parents(names, parents):
    tree = label_tree(names)
    assert (tree and tree.parents) == parents


def test_flat_classes_have_no_levels():
    flat = table([[0.9, 0.1], [0.2, 0.8]], [0, 1])
    assert not inspection.has_hierarchy(flat)
    assert inspection.has_hierarchy(table(SCORES, LABELS, NAMES))
    with pytest.raises(DataError, match="have no parents in their names"):
        inspection.hierarchy(flat)
    assert not inspection.has_hierarchy(pd.DataFrame({"text": []}))


def test_the_report_has_a_part_for_parents_and_none_without_them(found):
    class Run:
        def __init__(self, table):
            self.predictions = lambda split: table

    titles = [section.title for section in level_sections(Run(found.children.table), "test")]
    assert titles == ["Parents", "Parents, the lowest F1 first"]
    names = list(level_sections(Run(found.children.table), "test"))[0].table.iloc[:, 0]
    assert names.tolist()[:2] == ["accuracy", "macro-F1"]
    assert list(level_sections(Run(table([[0.9, 0.1]], [0])), "test")) == []
