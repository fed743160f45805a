"""A search as the user holds it: runs in the list, pruning, divergence, stopping, words."""

import math

import pytest

import workbench as wb
from workbench.errors import DataError, RunError
from workbench.training.searching import search as searching
from workbench.training.searching import suggesting
from workbench.training.step_loss import StepLoss

SPACE = {"learning_rate": [3e-3, 1e-2, 3e-2], "batch_size": [8, 16]}


@pytest.fixture
def recipe(tiny_recipe):
    return tiny_recipe.replace(epochs=1, evaluate_every=3)


@pytest.fixture
def as_told(monkeypatch):
    """Trials that do not train: each is as its table says, in order."""

    def told(outcomes):
        def tried(self, trial, before, here):
            trial.outcome, trial.value, trial.curve, trial.said = outcomes[trial.number]

        monkeypatch.setattr(searching.Search, "_try", tried)

    return told


def test_trials_are_runs_and_one_that_is_no_good_is_stopped(recipe, tmp_path, monkeypatch):
    """Of three trials the second is given up after its first evaluation, and says so."""
    monkeypatch.setattr(
        suggesting, "pruned_at",
        lambda space, before, trial, **about: 1 if trial.number == 1 and trial.curve else None,
    )  # fmt: skip
    found = wb.search(recipe, SPACE, trials=2, out=tmp_path / "rates", progress=False)
    table = found.table()
    assert list(table["state"]) == ["done", "pruned"] and found.state == "done"
    assert list(table["run"]) == ["rates-00", "rates-01"]
    listed = wb.runs(tmp_path).set_index("run")
    assert list(listed["part_of"]) == ["rates", "rates"]
    assert table["macro_f1"].iloc[0] == found.best.metrics("validation")["macro_f1"]
    assert math.isnan(table["macro_f1"].iloc[1]) and table["evaluations"].iloc[1] == 1
    stopped = found.run_of(1)
    assert stopped.state in ("stopped", "done")  # three steps on, it may be at its end
    said = "Stopped by the search rates: after evaluation 1 its best value was below the median"
    assert said in stopped.warnings()[-1] and said in stopped.status()["warning"]
    assert found.best.recipe == recipe.replace(**found.trials()[0].values)

    more = wb.search(recipe, SPACE, trials=3, out=tmp_path / "rates", progress=False)
    assert more.table().iloc[:2].equals(table) and len(more.table()) == 3
    assert "3 of 3 trials, done. 2 have finished. 1 was stopped early" in more.said
    outcome = wb.inspection.search_outcome(more)
    assert outcome.candidates == 2 and outcome.table.loc["test", "examples"] == 12
    for other, says in (
        (dict(space={"batch_size": [8]}), "another space"),
        (dict(recipe=recipe.replace(epochs=2)), "another recipe"),
        (dict(seed=1), "another seed"), (dict(trials=1), "3 trials already"),
    ):  # fmt: skip
        about = {"recipe": recipe, "space": SPACE, "trials": 3} | other
        with pytest.raises(RunError, match=says):
            wb.search(**about, out=tmp_path / "rates", progress=False)


def test_a_trial_that_diverges_is_kept_and_said(recipe, tmp_path, monkeypatch):
    total = StepLoss.of

    def of(self, *args, **kwargs):
        loss, outputs = total(self, *args, **kwargs)
        return loss * float("nan"), outputs

    monkeypatch.setattr(StepLoss, "of", of)
    found = wb.search(recipe, SPACE, trials=1, out=tmp_path / "s", progress=False)
    assert list(found.table()["state"]) == ["diverged"] and found.state == "done"
    assert "Training diverged: the loss at step 1" in found.table()["said"].iloc[0]
    assert "1 diverged." in found.said
    with pytest.raises(RunError, match="No trial of the search s has finished"):
        found.best  # noqa: B018
    with pytest.raises(RunError, match="No trial of the search s has finished"):
        wb.inspection.search_outcome(found)
    with pytest.raises(DataError, match="No trial has finished"):
        wb.plots.trials(found)


def test_it_stops_and_goes_on(recipe, tmp_path, monkeypatch):
    def stops(self, seen, *_):
        if seen.curve("loss"):
            self.stop()
        return False

    monkeypatch.setattr(searching.Search, "_given_up", stops)
    long = recipe.replace(epochs=6)
    found = wb.search(long, SPACE, trials=1, out=tmp_path / "s", progress=False)
    assert found.state == "stopped" and found.table()["state"].iloc[0] == "stopped"
    assert found.said.startswith("1 of 1 trials, stopped")
    status = found.run_of(0).status()
    assert 0 < status["step"] < status["total_steps"]
    monkeypatch.undo()
    assert wb.open_search(tmp_path / "s").resume(progress=False).state == "done"
    steps = [row["step"] for row in found.best.rows() if row["kind"] == "step"]
    assert steps == list(range(1, status["total_steps"] + 1))


def test_what_fails_always_ends_it(recipe, tmp_path, as_told):
    as_told([("failed", None, [], "No room.")] * 9)
    with pytest.raises(RunError, match="The first 3 trials failed, the last one so: No room"):
        wb.search(recipe, SPACE, trials=6, out=tmp_path / "s", progress=False)
    found = wb.open_search(tmp_path / "s")
    assert found.state == "failed" and "No room" in found.said
    as_told([None, None, None, ("done", 0.5, [0.5], ""), ("done", 0.4, [0.4], ""),
             ("done", 0.5, [0.5], "")])  # fmt: skip
    assert found.resume(progress=False).state == "done"
    assert found.best_trial().number == 3  # of equal ones the first
    assert "3 failed." in found.said and "The best is trial 3: macro-F1 0.500" in found.said


def test_all_combinations_and_no_more(recipe, tmp_path, as_told):
    as_told([("done", n / 10, [n / 10], "") for n in range(6)])
    found = wb.search(recipe, SPACE, trials=50, out=tmp_path / "s", progress=False)
    assert len(found.table().drop_duplicates(list(SPACE))) == 6 and found.state == "done"
    assert "All combinations have been tried." in found.said
    assert found.importance().index[0] in SPACE
    picture = wb.plots.trials(found)
    axes = {one.label: list(one["values"]) for one in picture.data[0].dimensions}
    assert axes["macro-F1"] == [n / 10 for n in range(6)] and set(axes["batch_size"]) == {0, 1}
    assert sum(wb.plots.importance(found).data[0].x) == pytest.approx(1)


def test_folders_that_are_no_search(recipe, tmp_path):
    with pytest.raises(RunError, match="holds no search that can be read"):
        wb.open_search(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="is taken by something else"):
        wb.search(recipe, SPACE, out=tmp_path, progress=False)
