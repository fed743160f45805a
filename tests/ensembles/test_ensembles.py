"""Ensembles of real runs: what they say, what they are refused, what they cost, how they are kept.
"""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

import workbench as wb
from tests.training import pairs, tiny
from tests.training.test_multi_label import labelled
from tests.training.test_question_answering import questions
from tests.training.test_token_classification import tagged
from workbench import ensembles, inspection
from workbench.errors import DataError, RunError, WorkbenchError
from workbench.training.predicting.temperature import with_temperature
from workbench.widgets.panels.inspect import InspectPanel

TEXTS = ["good film so nice", "the bad story is dull"]


@pytest.fixture(scope="module")
def vote(runs):
    return wb.ensemble(runs)


def test_a_vote_is_that_of_the_stored_predictions(runs, vote):
    scores = [run.predictions().filter(like="score_").to_numpy() for run in runs]
    mean = np.mean(scores, axis=0)
    table = vote.predictions()
    assert table.filter(like="score_").to_numpy() == pytest.approx(mean, abs=1e-6)
    pd.testing.assert_frame_equal(
        table[inspection.ensemble(runs).columns], inspection.ensemble(runs), atol=1e-6
    )
    assert vote.weights == {run.name: pytest.approx(1 / 3) for run in runs}
    alone = wb.ensemble(runs, weights=[0, 2, 0]).predictions()
    pd.testing.assert_frame_equal(alone, runs[1].predictions(), atol=1e-6)
    # Jensen: the mean score of the right class loses at most the mean loss
    assert vote.metrics()["loss"] < np.mean([run.metrics()["loss"] for run in runs])


def test_the_table_pairs_each_way_with_the_members_mean_and_the_best_by_validation(runs, vote):
    table = vote.compared(resamples=200, metric="accuracy")
    assert table["name"].tolist() == [*(run.name for run in runs), "mean of the members",
                                      "vote", "weighted", "stacking", "soup", "greedy_soup"]
    rows = table.set_index("name")
    each = [run.metrics()["accuracy"] for run in runs]
    assert rows.loc[vote.members.names, "accuracy"].tolist() == pytest.approx(each)
    assert rows.loc["mean of the members", "accuracy"] == pytest.approx(np.mean(each))
    gain = vote.metrics()["accuracy"] - np.mean(each)
    assert rows.loc["vote", "over_mean"] == pytest.approx(gain)
    chosen = max(runs, key=lambda run: run.metrics("validation")["macro_f1"])
    assert table.attrs["best"] == chosen.name
    assert rows.loc["vote", "over_best"] == pytest.approx(
        vote.metrics()["accuracy"] - chosen.metrics()["accuracy"]
    )
    # the interval against the best one is that of two runs that are compared
    paired = inspection.compare_runs(chosen, vote.predictions(), resamples=2000).metrics
    whole = vote.compared(["vote"], metric="accuracy").set_index("name")
    ends = whole.loc["vote", ["over_best_low", "over_best_high"]].tolist()
    assert ends == pytest.approx(paired.iloc[0][["low", "high"]].tolist(), abs=0.03)
    assert rows["models"].tolist() == [1, 1, 1, 1, 3, 3, 3, 1, 1]
    assert rows.loc["vote", "megabytes"] == pytest.approx(3 * rows.loc["soup", "megabytes"])
    assert rows.loc["soup", "training_seconds"] == rows.loc["vote", "training_seconds"]
    assert "seeds" in table.attrs["said"]["soup"]


def test_weights_lower_the_validation_loss_and_stacking_is_judged_by_rows_it_did_not_learn(runs):
    found = ensembles.gather(runs)
    weighted, stacked = (wb.ensemble(found, way) for way in ("weighted", "stacking"))
    losses = [run.metrics("validation")["loss"] for run in runs]
    assert weighted.metrics("validation")["loss"] <= min(losses) + 1e-9
    assert sum(weighted.weights.values()) == pytest.approx(1)
    assert "30 validation rows" in weighted.said and "cross-fitted in 5 parts" in stacked.said
    learnt = found.joined("validation", stacked.joining)["loss"].mean()
    assert stacked.metrics("validation")["loss"] > learnt


def test_a_soup_is_the_mean_of_the_models_and_a_plain_model(runs, tmp_path):
    soup = wb.ensemble(runs, "soup").save(tmp_path / "soup")
    means = load_file(soup.model_path / "model.safetensors")
    each = [load_file(run.model_path / "model.safetensors") for run in runs]
    for name, found in means.items():
        wanted = np.mean([one[name].double().numpy() for one in each], axis=0)
        assert found.numpy().tobytes() == wanted.astype(np.float32).tobytes(), name
    told = soup.pipeline()(TEXTS)
    assert [one["label"] for one in told] == soup.predict(TEXTS)["prediction"].tolist()
    greedy = wb.ensemble(runs, "greedy_soup")
    best = max(run.metrics("validation")["macro_f1"] for run in runs)
    assert greedy.metrics("validation")["macro_f1"] >= best
    assert inspection.attention(soup, TEXTS[0]) is not None  # what looks into a model finds one


@pytest.mark.parametrize("way", ["vote", "stacking"])
def test_what_is_saved_answers_as_before_and_opens_as_a_run(runs, way, tmp_path):
    made = wb.ensemble(runs, way)
    run = made.save(tmp_path / way)
    for folder in runs:
        assert folder.path.is_dir()
    again = wb.open_run(run.path)
    pd.testing.assert_frame_equal(again.predict(TEXTS), made.predict(TEXTS))
    pd.testing.assert_frame_equal(again.predictions(), made.predictions())
    assert again.metrics() == pytest.approx(made.metrics()) and again.damage() == []
    cooled = again.predict(TEXTS, calibrated=True)
    pd.testing.assert_frame_equal(
        cooled, with_temperature(again.predict(TEXTS), made.temperature), atol=1e-9
    )
    assert wb.runs(tmp_path)["run"].tolist() == [way]
    assert inspection.comparable_runs(again)["run"].tolist() == []
    assert inspection.compare_runs(runs[0], again).examples == 50
    assert wb.report(again) is not None
    with pytest.raises(RunError, match="ensemble"):
        again.pipeline()
    with pytest.raises(RunError, match="ensemble itself"):
        wb.ensemble([again, runs[0]])
    (again.path / "ensemble.json").write_text('{"weights": [1]}')
    with pytest.raises(RunError, match="damaged"):
        wb.open_run(run.path).predict(TEXTS)


def test_the_inspect_panel_opens_it_and_says_that_there_is_no_one_model(runs, tmp_path):
    panel = InspectPanel(wb.ensemble(runs).save(tmp_path / "vote"))
    for name, _ in panel.tabs.names:
        assert panel.choose_view(name) is not None
    assert panel.inspect(TEXTS[0]) is None
    said = [one.message for one in vars(panel).values() if hasattr(one, "message")]
    assert any("several models answer" in message for message in said)


def test_snapshots_of_one_run_are_members(runs):
    found = wb.ensemble(runs[0])
    assert found.members.names == [f"step-{10 * number:08}" for number in range(1, 6)]
    table = found.compared(["vote", "soup"], resamples=50).set_index("name")
    trained = runs[0].results()["training_seconds"]
    assert table.loc["vote", "training_seconds"] == pytest.approx(trained)
    assert "soup" not in table.attrs["said"]  # one seed: one start


def test_folds_are_asked_about_rows_that_none_has_seen(recipe, tmp_path):
    table = tiny.frame(90, 3)
    folder = tmp_path / "data"
    folder.mkdir()
    table[:60].to_csv(folder / "train.csv", index=False)
    table[60:].to_csv(folder / "test.csv", index=False)
    one = recipe.replace(dataset=str(folder), folds=2, epochs=1, validation_size=9)
    folds = wb.cross_validate(one, tmp_path / "folds", progress=False)
    found = wb.ensemble(folds)
    assert sorted(found.predictions()["text"]) == sorted(table["text"][60:])
    assert found.temperature is None
    left = found.compared(resamples=50).attrs["left_out"]
    assert set(left) == {"weighted", "stacking", "greedy_soup"}
    saved = found.save(tmp_path / "saved")
    assert list(saved.results()["metrics"]) == ["test"] and len(saved.predict(TEXTS)) == 2
    alone = recipe.replace(folds=2, epochs=1, dataset=table)
    with pytest.raises(DataError, match="no test split beside them"):
        wb.ensemble(wb.cross_validate(alone, tmp_path / "alone", progress=False))


def test_more_members_gain_and_pairs_differ(runs, vote):
    table = vote.gain(metric="accuracy")
    assert table["subsets"].tolist() == [3, 3, 1]
    each = [run.metrics()["accuracy"] for run in runs]
    assert table["value"][0] == pytest.approx(np.mean(each))
    assert (table["low"][0], table["high"][0]) == pytest.approx((min(each), max(each)))
    assert table["value"][2] == pytest.approx(vote.metrics()["accuracy"])
    figure = wb.plots.ensemble_gain(table)
    assert list(figure.data[0].y) == table["value"].tolist()
    found = vote.diversity().iloc[0]
    one, two = (run.predictions() for run in runs[:2])
    wrong = [(t["label"] != t["prediction"]).to_numpy() for t in (one, two)]
    assert found["disagreement"] == pytest.approx((one["prediction"] != two["prediction"]).mean())
    assert found["one_right"] == pytest.approx((wrong[0] != wrong[1]).mean())
    assert found["double_fault"] == pytest.approx((wrong[0] & wrong[1]).mean())
    if wrong[0].std() and wrong[1].std():
        assert found["error_correlation"] == pytest.approx(np.corrcoef(*wrong)[0, 1])


TASKS = {
    "regression": (lambda: tiny.frame(90).assign(label=np.arange(90) % 7 / 3), TEXTS),
    "multi-label-classification": (lambda: labelled(90), TEXTS),
    "token-classification": (lambda: tagged(90), TEXTS),
    "question-answering": (
        lambda: questions(120),
        [{"question": "what was it", "context": "the film was so good and a story"}],
    ),
    "sentence-similarity": (pairs.frame, TEXTS),
}


@pytest.mark.parametrize("name", TASKS)
def test_two_copies_say_what_one_says_in_every_task(name, recipe, tmp_path):
    make, texts = TASKS[name]
    one = recipe.replace(
        task=name, dataset=make(), max_steps=2, validation_size=20, test_size=20, snapshots=False
    )
    run = wb.fine_tune(one, tmp_path / "one", progress=False)
    shutil.copytree(run.path, tmp_path / "two")
    both = wb.ensemble([run, tmp_path / "two"])
    alone = run.predictions()
    pd.testing.assert_frame_equal(both.predictions()[alone.columns], alone, atol=1e-5, rtol=1e-4)
    assert both.metrics() == pytest.approx(run.metrics(), abs=1e-5)
    saved = both.save(tmp_path / "saved")
    told = run.predict(texts)
    pd.testing.assert_frame_equal(saved.predict(texts)[told.columns], told, atol=1e-5, rtol=1e-4)
    assert set(both.compared(["vote"], resamples=50)["kind"]) == {"member", "mean", "ensemble"}
    assert both.diversity()["disagreement"].tolist() == [0]
    assert wb.report(saved) is not None
    soup = wb.ensemble(both.members, "soup").predictions()
    pd.testing.assert_frame_equal(soup[alone.columns], alone, atol=1e-5, rtol=1e-4)


def test_what_is_no_ensemble_is_refused_in_a_sentence(recipe, runs, tmp_path):
    def refused(members, words, way="vote", **more):
        with pytest.raises(WorkbenchError) as caught:
            wb.ensemble(members, way, **more)
        assert words in str(caught.value) and "\n" not in str(caught.value)
        assert caught.value.remedy

    refused([runs[0]], "1 was asked for")
    refused(5, "of int")
    refused([runs[0], tmp_path / "none"], "none")
    refused(runs, "'vote'", "vot")
    refused(runs, "3 members", weights=[1, 2])
    refused(runs, "own", "stacking", weights=[1, 1, 1])
    short = recipe.replace(max_steps=1, snapshots=False)

    def trained(name, **changes):
        return wb.fine_tune(short.replace(**changes), tmp_path / name, progress=False)

    plain = trained("plain")
    refused(plain, "0 snapshots")
    refused([runs[0], trained("rows", split_seed=1)], "same rows")
    two = tiny.frame(160, 2)
    refused([runs[0], trained("labels", dataset=two)], "class-2")
    number = tiny.frame(160).assign(label=np.arange(160) % 7 / 3)
    refused([runs[0], trained("task", task="regression", dataset=number)], "Regression")
    other = tiny.save_model(tmp_path / "other")
    far = trained("far", model=str(other))
    refused([plain, far], "other weights", "soup")
    assert len(wb.ensemble([plain, far]).predictions()) == 50
    state = plain.path / "state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "state": "stopped"}))
    refused([runs[0], plain], "is stopped")
