"""What models wrote is judged: metrics, intervals, baselines, labels, one run against another."""

import math

import numpy as np
import pandas as pd
import pytest
import sacrebleu

import workbench as wb
from tests.training import toy_task, writers
from workbench import inspection, tasks
from workbench.errors import SpecError
from workbench.inspection.reporting.outcomes import outcome
from workbench.tasks.shared.text_measures import text_measures
from workbench.tasks.shared.written_labels import as_label, labels_of
from workbench.tasks.text_to_text.spec import SPEC
from workbench.training import untuned


def recipe_for(folder, **about) -> wb.Recipe:
    model = folder / "t5"
    if not model.exists():
        writers.save(model, "t5", size=64)
    frame = toy_task.frame(90).rename(columns={"letters": "source", "numbers": "target"})
    usual = dict(
        task="text-to-text", model=str(model), dataset=frame, batch_size=16, max_length=16,
        max_steps=4, learning_rate=3e-3, schedule="constant", evaluate_every=2, test_size=20,
        validation_size=20, precision="fp32", generation={"kind": "greedy", "max_new_tokens": 8},
    )  # fmt: skip
    return wb.Recipe(**{**usual, **about})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("judged")


@pytest.fixture(scope="module")
def run(folder):
    recipe = recipe_for(folder, precision="bf16")  # of training: what is reported is fp32
    return wb.fine_tune(recipe, folder / "runs" / "one", progress=False)


@pytest.fixture(scope="module")
def other(folder):
    recipe = recipe_for(folder, max_steps=8, writes="summarisation")
    return wb.fine_tune(recipe, folder / "runs" / "two", progress=False)


def test_metrics_are_sacrebleus_and_decide_by_what_is_written(run, other):
    table, test = run.predictions(), run.metrics("test")
    texts = table["prediction"].tolist(), [table["label"].tolist()]
    assert test["chrf"] == pytest.approx(sacrebleu.corpus_chrf(*texts).score, abs=1e-9)
    assert test["bleu"] == pytest.approx(sacrebleu.corpus_bleu(*texts).score, abs=1e-9)
    assert test["texts"] == test["examples"] == 20
    assert run.results()["best_metric"] == "chrf" and other.results()["best_metric"] == "rougeL"
    assert {"chrf", "rougeL", "exact_match", "perplexity"} <= set(run.history().columns)


def test_a_metric_that_a_recipe_names_is_measured_whatever_is_written():
    table = pd.DataFrame({"text": ["a"], "label": ["boats at sea"], "prediction": ["boats"]})
    for named in (None, "phoneme_error_rate"):
        recipe = wb.Recipe(task="text-to-text", best_metric=named)
        found = tasks.get("text-to-text").configured(recipe, None).measures(table)
        assert ("phoneme_error_rate" in found) is (named is not None)


def test_intervals_have_the_signature_of_what_was_measured(run):
    rows = inspection.metric_intervals(run).set_index("metric")
    assert list(rows.index)[0] == "chrf"
    assert "nc:6" in rows.loc["chrf", "signature"] and "tok:13a" in rows.loc["bleu", "signature"]
    assert rows.loc["loss", "signature"] == ""
    assert (rows["low"] <= rows["value"]).all() and (rows["value"] <= rows["high"]).all()
    table = inspection.written_report(run).set_index("metric")
    assert {"length_ratio", "distinct_1", "copied_3", "invented_numbers"} <= set(table.index)


def test_what_needs_no_network_stands_beside_it(run, folder):
    found = run.results()["baselines"]
    assert {"copy", "most_frequent", "token_ngrams", "untuned"} <= set(found)
    table = run.predictions()
    wanted = [table["label"].tolist()]
    assert found["copy"]["chrf"] == pytest.approx(
        sacrebleu.corpus_chrf(table["text"].tolist(), wanted).score
    )
    assert "lead" not in found  # of a text of one sentence it is the copy
    assert 1 < found["token_ngrams"]["perplexity"] < len(writers.WORDS) + 2


def test_the_model_before_tuning_is_the_one_that_training_began_with(run, folder):
    from workbench.training.predicting.predictor import Predictor

    frame = run.predictions()[["text", "label"]].rename(columns={"label": "target"})
    before = Predictor(folder / "t5", run.recipe).predict(frame)
    expected = tasks.get("text-to-text").metrics(before, [])
    found = run.results()["baselines"]["untuned"]
    assert found["perplexity"] == pytest.approx(expected["perplexity"], rel=1e-5)
    assert run.metrics("test")["perplexity"] < found["perplexity"]
    few = min(untuned.TEXTS, len(before))
    assert found["texts"] == few and found["chrf"] == pytest.approx(
        tasks.get("text-to-text").metrics(before.head(few), [])["chrf"]
    )
    said = [note for note in run.results()["notes"] if "before tuning" in note]
    assert len(said) == (few < len(before))


def test_the_closing_sentence_names_who_won(run):
    came = outcome(run)
    assert came.metric == "chrf" and came.baseline and came.low <= came.value <= came.high
    assert came.sentence.startswith("chrF") or "chrF" in came.sentence
    best = max(v["chrf"] for v in run.results()["baselines"].values() if "chrf" in v)
    assert came.baseline_value == best
    assert came.lost == (came.value <= best)


def test_two_runs_are_compared_text_by_text(run, other):
    found = inspection.compare_runs(run, other)
    row = found.metrics.set_index("metric").loc["chrf"]
    assert row["difference"] == pytest.approx(other.metrics()["chrf"] - run.metrics()["chrf"])
    assert math.isnan(found.mcnemar_p)
    changes = inspection.written_changes(run, other, "chrf")
    gained = changes["after"] - changes["before"]
    assert ((gained > 0) == (changes["change"] == "better")).all()
    assert gained.abs().is_monotonic_decreasing
    about = changes.attrs
    assert about["better"] + about["worse"] + about["equal"] == 20 and 0 <= about["p"] <= 1
    backwards = inspection.written_changes(other, run, "chrf")
    assert backwards.attrs["better"] == about["worse"]
    less = inspection.written_changes(run, other, "character_error_rate")
    assert (((less["after"] - less["before"]) < 0) == (less["change"] == "better")).all()


def test_rows_in_the_order_of_any_measure(run):
    rows = inspection.written_rows(run)
    assert inspection.worst_first(rows, "chrf")["chrf"].is_monotonic_increasing
    assert inspection.worst_first(rows, "loss")["loss"].is_monotonic_decreasing
    lengths = inspection.worst_first(rows, "length_ratio")["length_ratio"].dropna()
    far = np.abs(np.log(lengths.clip(lower=1e-6)))
    assert far.is_monotonic_decreasing


def test_the_report_has_it_all(run):
    made = inspection.report(run, slices=False)
    said = made.markdown
    length = "length, of what was to be written"
    for word in ("chrF", "ROUGE-L", "the model before tuning", "tok:13a", length):
        assert word in said, word


def table(labels, written, texts=None):
    rows = {"text": texts or ["x"] * len(labels), "label": labels, "prediction": written}
    return inspection.of_task(pd.DataFrame(rows), "text-to-text")


def test_texts_that_were_not_written_do_not_count():
    half = table(["a b", "c d", "e f"], ["a b", None, None])
    whole = table(["a b"], ["a b"])
    some, all_ = (text_measures(one, ("chrf", "exact_match", "bleu")) for one in (half, whole))
    for name in some:
        assert some[name].value == all_[name].value and len(some[name]) == 3
        assert np.isnan(some[name].rows[1:]).all()
    assert text_measures(table(["a"], [None])) == {}


LABELS = ["yes", "no", "yes", "maybe", "no", "yes", "yes", "no", "maybe"]
SAID = ["yes", "No.", "no", "maybe", "I think so", "yes", "", "no", "yes"]


def test_labels_that_are_written_are_judged_as_classes():
    rows = table(LABELS, SAID)
    assert labels_of(rows) == ["yes", "no", "maybe"]
    counts = inspection.written_confusion(rows)
    assert counts.loc["yes"].tolist() == [2, 1, 0, 1] and counts.loc["no"].tolist() == [0, 2, 0, 1]
    assert counts.columns[-1] == "(no label)"
    classes = inspection.written_class_report(rows).set_index("class")
    assert classes.loc["yes", "precision"] == pytest.approx(2 / 3)
    assert classes.loc["yes", "recall"] == pytest.approx(2 / 4)
    assert classes.loc["maybe", "f1"] == pytest.approx(2 * 1 / (2 + 1))
    assert set(classes.index) == {"yes", "no", "maybe"}
    odd = inspection.not_labels(rows)
    assert set(odd["written"]) == {"I think so", ""} and odd["examples"].tolist() == [1, 1]
    wrong = tasks.get("text-to-text").wrong(rows)
    assert wrong.tolist() == [False, False, True, False, True, False, True, False, True]


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param([f"text {i}" for i in range(9)], id="each its own"),
        pytest.param(["same"] * 9, id="one"),
        pytest.param(["a " * 40, "b " * 40] * 5, id="long"),
        pytest.param([], id="none"),
    ],
)
def test_texts_that_are_no_labels_have_no_classes_and_are_not_wrong(labels):
    rows = table(labels, labels)
    assert labels_of(rows) is None
    if labels:
        assert inspection.written_confusion(rows) is None
        assert tasks.get("text-to-text").wrong(rows) is None


def test_a_label_is_told_from_what_only_holds_it():
    assert as_label(" YES! ", ["yes", "no"]) == "yes"
    assert as_label("yes and no", ["yes", "no"]) is None
    assert as_label("us", ["US", "us"]) == "us" and as_label("Us", ["US", "us"]) is None


def test_marks_say_what_became_of_each_word():
    found = inspection.marked_texts(
        "Anna paid 20 euros.", "Anna has paid 20 euros.", "Anna paid 30 euros.",
        source_language="en", output_language="en",
    )  # fmt: skip
    kinds = {text.strip(): kind for side in found.values() for text, kind in side if kind}
    assert kinds["30"] == "invented" and kinds["has"] == "missing"
    assert ("20", "lost") in found["source"]
    for side, text in (("source", "Anna paid 20 euros."), ("output", "Anna paid 30 euros.")):
        assert "".join(part for part, _ in found[side]) == text


def test_a_kind_that_a_metric_decides_is_one_that_can():
    with pytest.raises(SpecError, match="lets 'nonsense' decide"):
        SPEC.replace(decides={"other": "nonsense"})
    with pytest.raises(wb.errors.RecipeError, match="One metric decides"):
        from workbench.training.preparing import prepare

        prepare(wb.Recipe(task="text-classification", writes="translation"))
