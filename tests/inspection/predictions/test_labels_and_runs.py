"""Label issues, corrections and comparisons against planted errors, scipy and cases by hand."""

import cleanlab.filter
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics

import workbench as wb
from tests.inspection.predictions.predicted import drawn, table
from tests.training import tiny
from workbench import inspection, tasks
from workbench.data import corrections
from workbench.errors import DataError


def planted(n=120, wrong=8, seed=0):
    frame = tiny.frame(n, seed=seed)
    rows = np.random.default_rng(seed).choice(n, wrong, replace=False)
    bad = frame.copy()
    bad.loc[rows, "label"] = bad.loc[rows, "label"].map({"class-0": "class-1",
                                                         "class-1": "class-0"})
    return frame, bad, set(rows.tolist())


def test_confident_learning_by_hand():
    # the mean score of a label's own examples is its threshold: 0.7 for a, 0.775 for b; the
    # fourth a reaches that of b and not its own, and nothing else does the like
    scores = np.array([[.9, .1]] * 3 + [[.1, .9]] + [[.2, .8]] * 3 + [[.3, .7]])
    made = table(scores, [0, 0, 0, 0, 1, 1, 1, 1])
    found = inspection.label_issues(made)
    assert found.index.tolist() == [3] and found["suggestion"].tolist() == ["b"]
    assert found["quality"].tolist() == pytest.approx([0.1])


def test_label_issues_are_cleanlabs():
    made = drawn(400, 4, sharpness=1.5)
    scores = made[[f"score_{c}" for c in "abcd"]].to_numpy()
    labels = made["label"].map(dict(zip("abcd", range(4), strict=True))).to_numpy()
    wanted = cleanlab.filter.find_label_issues(
        labels, scores, return_indices_ranked_by="self_confidence", n_jobs=1)
    assert len(wanted) > 10
    assert inspection.label_issues(made).index.tolist() == wanted.tolist()


def test_planted_labels_are_found_and_mended():
    clean, bad, wrong = planted(300, 20)
    scores = inspection.cross_validated_scores(bad)
    assert np.allclose(scores[["score_class-0", "score_class-1"]].sum(axis=1), 1)
    found = inspection.label_issues(scores)
    hits = wrong & set(found.index)
    assert len(hits) >= 16 and len(hits) / len(found) >= 0.9
    queue = inspection.LabelQueue(found, ["class-0", "class-1"])
    while queue.current is not None:
        truth = clean["label"][found.index[queue.position]]
        queue.accept() if queue.current["label"] == truth else queue.relabel()
    assert queue.decided == len(found)
    changes = queue.corrections()
    assert (changes["action"] == "relabel").sum() == len(hits)


def test_a_single_example_of_a_class_is_refused():
    with pytest.raises(DataError, match="'z' has 1 of 13"):
        frame = pd.concat([tiny.frame(12), pd.DataFrame({"text": ["odd"], "label": ["z"]})])
        inspection.cross_validated_scores(frame)


def test_duplicates_that_disagree():
    frame = pd.DataFrame({
        "text": ["the quick brown fox jumps over it", "the quick brown fox jumps over it!",
                 "nothing like the other two texts here"], "label": ["a", "b", "a"]})
    found = inspection.conflicting_duplicates(frame)
    assert found.index.tolist() == [0, 1] and found["suggestion"].tolist() == ["b", "a"]
    assert len(inspection.LabelQueue(found, ["a", "b"])) == 2


def test_queue_undo_and_refusals():
    found = inspection.label_issues(table([[.9, .1]] * 3 + [[.1, .9]] * 4, [0, 0, 0, 0, 1, 1, 1]))
    queue = inspection.LabelQueue(found, ["a", "b"])
    with pytest.raises(DataError, match="no class 'c'"):
        queue.relabel("c")
    with pytest.raises(DataError, match="labelled 'a' already"):
        queue.relabel("a")
    with pytest.raises(DataError, match="Nothing was decided"):
        queue.recipe(wb.Recipe())
    queue.drop()
    with pytest.raises(DataError, match="at its end"):
        queue.accept()
    queue.undo()
    assert queue.decided == 0 and queue.position == 0
    queue.relabel()
    assert queue.corrections().iloc[0].tolist() == ["text 3", "", "a", "relabel", "b"]


def test_a_recipe_trains_on_corrections_and_leaves_the_rest(tmp_path):
    frame = tiny.frame(60)
    recipe = wb.Recipe(dataset=frame, test_size=12, validation_size=12)
    before = tasks.get(recipe.task).load_examples(recipe)
    train = inspection.training_table(recipe)
    decided = pd.DataFrame([
        (train["text"][0], "", train["label"][0], "relabel",
         "class-1" if train["label"][0] == "class-0" else "class-0"),
        (train["text"][1], "", train["label"][1], "drop", ""),
        (train["text"][2], "", train["label"][2], "accept", "")], columns=corrections.COLUMNS)
    path = corrections.save(decided, tmp_path)
    assert corrections.save(decided, tmp_path) == path
    corrected = recipe.replace(corrections=str(path))
    assert wb.Recipe.from_yaml(corrected.to_yaml()) == corrected
    after = tasks.get(recipe.task).load_examples(corrected)
    assert after.splits["test"].equals(before.splits["test"])
    assert after.splits["validation"].equals(before.splits["validation"])
    assert len(after.splits["train"]) == len(before.splits["train"]) - 1
    assert after.splits["train"]["label"][0] == 1 - before.splits["train"]["label"][0]
    assert after.splits["train"]["text"].tolist()[1:] == before.splits["train"]["text"].tolist()[2:]
    assert "Corrections in train: 1 relabelled, 1 dropped." in after.notes
    assert after.fingerprint != before.fingerprint


@pytest.mark.parametrize("row, words", [
    (("gone", "", "class-0", "drop", ""), "1 of 1 corrections are of rows"),
    (("TEXT", "", "class-0", "relabel", "class-9"), "label 'class-9', which the data"),
    (("TEXT", "", "class-0", "burn", ""), "action 'burn'"),
    (("TEXT", "", "class-0", "relabel", ""), "without a new label"),
])
def test_corrections_that_do_not_fit(row, words, tmp_path):
    frame = tiny.frame(60)
    text = frame["text"][frame["label"] == "class-0"].iloc[0]
    made = pd.DataFrame([row], columns=corrections.COLUMNS).replace("TEXT", text)
    made.to_csv(tmp_path / "c.csv", index=False)
    recipe = wb.Recipe(dataset=frame, corrections=str(tmp_path / "c.csv"))
    with pytest.raises(DataError, match=words):
        tasks.get(recipe.task).load_examples(recipe)


def test_missing_corrections_are_one_sentence(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        corrections.read(tmp_path / "none.csv")


def test_comparison_against_scipy_sklearn_and_by_hand():
    a, b = drawn(seed=0), drawn(seed=1, sharpness=2.6)
    found = inspection.compare_runs(a, b, resamples=1500)
    right_a, right_b = a["label"] == a["prediction"], b["label"] == b["prediction"]
    assert len(found.mended) == (right_b & ~right_a).sum()
    assert len(found.broken) == (right_a & ~right_b).sum()
    n, k = len(found.flips), len(found.mended)
    tail = stats.binom.cdf(min(k, n - k), n, 0.5)
    assert found.mcnemar_p == pytest.approx(min(1, 2 * tail))
    assert found.kappa == pytest.approx(
        metrics.cohen_kappa_score(a["prediction"], b["prediction"]))
    by = found.metrics.set_index("metric")
    for table_, column in ((a, "first"), (b, "second")):
        assert by.loc["macro_f1", column] == pytest.approx(
            metrics.f1_score(table_["label"], table_["prediction"], average="macro"))
    wanted = stats.bootstrap(
        (right_b.astype(float) - right_a.astype(float),), np.mean, method="percentile",
        n_resamples=1500, rng=np.random.default_rng(1)).confidence_interval
    assert by.loc["accuracy", "low"] == pytest.approx(wanted.low, abs=0.01)
    assert by.loc["accuracy", "high"] == pytest.approx(wanted.high, abs=0.01)
    shuffled = b.sample(frac=1, random_state=3)
    assert inspection.compare_runs(a, shuffled, resamples=10).flips.equals(found.flips)


def test_same_run_twice():
    found = inspection.compare_runs(drawn(), drawn())
    assert found.mcnemar_p == 1 and found.agreement == 1 and len(found.flips) == 0
    assert (found.metrics[["difference", "low", "high"]] == 0).all().all()


def test_different_test_sets_are_refused_with_the_reason():
    made = drawn(40)
    with pytest.raises(DataError, match="40 and 39 examples, 39 texts"):
        inspection.compare_runs(made, made.iloc[1:])
    relabelled = made.assign(label=made["label"].map({"a": "b", "b": "c", "c": "a"}))
    with pytest.raises(DataError, match="labels differ"):
        inspection.compare_runs(made, relabelled)
    with pytest.raises(DataError, match="not the same classes"):
        inspection.compare_runs(made, drawn(40, 4))


def test_ensemble_by_hand():
    a = table([[.9, .1], [.4, .6]], [0, 0])
    b = table([[.3, .7], [.8, .2]], [0, 0])
    found = inspection.ensemble([a, b])
    assert found["score_a"].tolist() == pytest.approx([.6, .6])
    assert found["prediction"].tolist() == ["a", "a"]
    assert found["loss"].tolist() == pytest.approx([-np.log(.6)] * 2)
    alone = inspection.ensemble([a, b], weights=[1, 0])["score_a"].tolist()
    assert alone == pytest.approx([.9, .4])
    with pytest.raises(DataError, match="not all of them 0"):
        inspection.ensemble([a, b], weights=[0, 0])


def test_recipe_difference():
    found = inspection.recipe_difference(wb.Recipe(), wb.Recipe(epochs=3, seed=1))
    assert found.values.tolist() == [["epochs", None, 3], ["seed", 0, 1]]  # None: by the data
