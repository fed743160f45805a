"""The doctor on several labels a text: lists, texts with a separator, rare and missing ones."""

import pandas as pd
import pytest

import workbench as wb
from tests.data.reading.corpus import rows
from tests.training.tiny import save_model
from workbench.data.multi_label import load_label_sets

pytestmark = pytest.mark.usefixtures("own_cache")

TASK = "multi-label-classification"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_model(tmp_path_factory.mktemp("model") / "bert", positions=128))


def frame(labels):
    texts = [text for text, _ in rows(80)]
    return pd.DataFrame({"text": texts, "label": [labels[i % len(labels)] for i in range(80)]})


def found(check, name):
    return [finding for finding in check.found if finding.check == name]


def test_lists_are_this_task_and_can_be_trained_on(model):
    check = wb.check(frame([["a"], ["a", "b"], [], ["c"]]), model=model)
    assert check.recipe.task == check.mapping.task == TASK and check.ok
    (shape,) = found(check, "labels a row")
    assert shape.what == "3 labels, 1.00 a row on average and at most 2, in 4 different sets."
    assert found(check, "no labels")[0].count == 20
    assert check.tables["classes"][["label", "total"]].values.tolist() == [
        ["a", 40], ["b", 20], ["c", 20]]  # fmt: skip
    assert load_label_sets(check.recipe).label_names == ["a", "b", "c"]


def test_texts_get_the_separator_that_is_proposed(model):
    check = wb.check(frame(["a", "a; b", "c"]), task=TASK, model=model)
    (finding,) = found(check, "labels are texts")
    assert finding.severity == "error" and finding.fix == {"label_separator": ";"}
    mended = check.fix_all()
    assert mended.ok and mended.recipe.label_separator == ";"
    assert load_label_sets(mended.recipe).label_names == ["a", "b", "c"]
    plain = wb.check(frame(["a", "b"]), task=TASK, model=model)
    assert found(plain, "labels are texts")[0].fix == {}


def test_classes_that_are_several_labels_are_noticed(model):
    (finding,) = found(wb.check(frame(["a", "b", "a|b"]), model=model), "several labels")
    assert "label_separator='|'" in finding.remedy
    (finding,) = found(wb.check(frame(["tax, war", "war", "trade"]), model=model), "several labels")
    names = ["a|b", "b|c", "a"]  # half of the parts never stand alone
    assert found(wb.check(frame(names), model=model), "several labels")[0].count == 2
    assert "label_separator=','" in finding.remedy
    assert found(wb.check(frame(["1", "2", "1,2"]), model=model), "several labels")
    for names in (
        ["1,5", "2,5", "1,2", "2,2"],
        ["a", "b"],
        ["sport/golf", "sport/tennis", "news/local"],
        ["and/or", "not"],
    ):
        assert not found(wb.check(frame(names), model=model), "several labels")


def test_what_is_missing_rare_constant_or_written_in_two_ways(model):
    data = frame([["a", "all"], ["b", "all"], ["A", "all"]])
    data.at[5, "label"] = ["rare", "all"]
    check = wb.check(data, model=model)
    assert found(check, "small labels")[0].examples == ("'rare': 1",)
    assert found(check, "labels of every row")[0].examples == ("'all': 80",)
    assert found(check, "label variants")[0].count == 1
    data.at[7, "label"] = None
    check = wb.check(data, model=model)
    assert found(check, "missing labels")[0].count == 1
    mended = check.fix_all()
    assert mended.ok
    assert sum(map(len, load_label_sets(mended.recipe).splits.values())) == 79
    one = wb.check(frame([["a"], ["b"]]), model=model)
    assert found(one, "one label a row")[0].severity == "warning"
    assert found(wb.check(frame([["a", " "], ["b"]]), model=model), "labels cannot be read")
