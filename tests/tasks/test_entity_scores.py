"""Entity scores by hand, and against what seqeval 1.2.2 gave for drawn tags.

``seqeval_scores.json`` holds its numbers; where there is no entity at all, 0 instead of its NaN.
"""

import json
from pathlib import Path

import pandas as pd
import pytest

from workbench import inspection, tasks
from workbench.data.tags.tag_spans import entity_spans
from workbench.data.tags.tagged import to_bio
from workbench.errors import DataError
from workbench.tasks.token_classification.entity_scores import (
    AVERAGES,
    Counts,
    average_scores,
    count_entities,
)

TABLES = json.loads(Path(__file__).with_name("seqeval_scores.json").read_text("utf-8"))
SCHEMES = sorted({table["scheme"] for table in TABLES})


def of_scheme(scheme):
    for table in TABLES:
        if table["scheme"] == scheme:
            yield table, *([tags.split() for tags in table[n]] for n in ("label", "prediction"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_entities_are_seqevals(scheme):
    for table, label, _ in of_scheme(scheme):
        wanted = [[tuple(entity) for entity in row] for row in table["entities"]]
        assert [entity_spans(tags) for tags in label] == wanted
        assert [entity_spans(to_bio(tags)[0]) for tags in label] == wanted  # repair changes none


@pytest.mark.parametrize("scheme", SCHEMES)
def test_scores_of_types_and_averages_are_seqevals(scheme):
    for table, label, prediction in of_scheme(scheme):
        counts = count_entities(label, prediction)
        assert list(counts) == list(table["types"])
        for kind, (*scores, support) in table["types"].items():
            assert counts[kind].scores() == pytest.approx(scores, abs=1e-11)
            assert counts[kind].labelled == support
        for average in AVERAGES:
            assert average_scores(counts, average) == pytest.approx(table[average], abs=1e-11)


def test_the_tasks_metrics_and_the_report_are_seqevals():
    task = tasks.get("token-classification")
    for scheme in ("iob1", "iob2", "bioes"):
        for table, label, prediction in of_scheme(scheme):
            frame = pd.DataFrame({"label": label, "prediction": prediction})
            found = task.metrics(frame, [])
            wanted = [*table["micro"], table["accuracy"]]
            names = ("precision", "recall", "f1", "accuracy")
            assert [found[n] for n in names] == pytest.approx(wanted, abs=1e-11)
            assert found["macro_f1"] == pytest.approx(table["macro"][2], abs=1e-11)
            if not table["types"]:
                continue
            report = inspection.entity_report(frame.assign(tokens=label)).set_index("class")
            for kind, (*scores, support) in table["types"].items():
                shown = report.loc[kind, ["precision", "recall", "f1"]].fillna(0).tolist()
                assert shown == pytest.approx(scores, abs=1e-11)
                assert report.loc[kind, "support"] == support


def test_other_letters_are_the_same_scheme():
    tags = ["B-x", "I-x", "E-x", "S-x", "E-x", "O", "I-x", "S-y", "I-y"]
    others = [tag.replace("E-", "L-").replace("S-", "U-") for tag in tags]
    spans = [("x", 0, 3), ("x", 3, 4), ("x", 4, 5), ("x", 6, 7), ("y", 7, 8), ("y", 8, 9)]
    assert entity_spans(tags) == entity_spans(others) == spans


def test_by_hand_and_nothing_at_all():
    counts = count_entities(
        [["B-a", "I-a", "O"], ["B-b", "B-b", "B-b"]], [["B-a", "I-a", "B-c"], ["B-b", "O", "B-a"]]
    )
    assert counts == {"a": Counts(1, 1, 2), "b": Counts(1, 3, 1), "c": Counts(0, 0, 1)}
    assert average_scores(counts) == pytest.approx((2 / 4, 2 / 4, 2 / 4))
    assert average_scores(counts, "macro")[1] == pytest.approx((1 + 1 / 3 + 0) / 3)
    assert average_scores(counts, "weighted")[1] == pytest.approx((1 * 1 + 3 * (1 / 3)) / 4)
    for average in AVERAGES:
        assert average_scores(count_entities([["O"]], [["O"]]), average) == (0, 0, 0)
    with pytest.raises(ValueError, match="'median'"):
        average_scores(counts, "median")


@pytest.mark.parametrize(
    ("label", "prediction", "said"),
    [
        ([["O"]], [["O"], ["O"]], "1 sentences, predictions 2"),
        ([["O"], ["O", "O"]], [["O"], ["O"]], "Sentence 1 has 2 labels and 1 predictions"),
    ],
    ids=["sentences", "words"],
)
def test_unequal_lengths_are_named(label, prediction, said):
    with pytest.raises(DataError, match=said):
        count_entities(label, prediction)
