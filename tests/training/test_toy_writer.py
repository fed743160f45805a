"""A task that writes, brought by one file of another package, through the whole journey.

Nothing in the workbench names it: it is found by its entry point, in this process and in the
worker's.
"""

import subprocess
import sys
from pathlib import Path

import pytest

import workbench as wb
from tests.training import toy_task, writers
from tests.waiting import PATIENCE, until
from workbench import inspection, task_registry
from workbench.training.generation import settings_of
from workbench.training.predicting.passes import Passes
from workbench.training.preparing import prepare

ROOT = Path(__file__).parents[2]


def recipe_for(task: str, kind: str, folder: Path, **about) -> wb.Recipe:
    frame = toy_task.frame(end=" =" if kind in ("gpt2", "llama") else "")
    model = folder / kind
    if not model.exists():
        writers.save(model, kind, size=64)
    usual = dict(
        task=task, model=str(model), dataset=frame, batch_size=32, max_length=16, max_steps=60,
        learning_rate=5e-3, schedule="constant", evaluate_every=30, test_size=30,
        validation_size=30, generation={"kind": "greedy", "max_new_tokens": 8},
    )  # fmt: skip
    return wb.Recipe(**{**usual, **about})


@pytest.fixture(scope="module")
def run(package, tmp_path_factory):
    """The decoder's run, trained in the real worker."""
    folder = tmp_path_factory.mktemp("toy")
    run = wb.start(recipe_for("toy-going-on", "gpt2", folder), folder / "run")
    return run.wait(timeout=PATIENCE)


def test_no_file_of_the_workbench_names_it():
    names = [one.name for one in (toy_task.SPEC, toy_task.GOING_ON, toy_task.ALONE)]
    for path in (ROOT / "workbench").rglob("*.*"):
        if path.suffix in (".py", ".json", ".js", ".pyi"):
            assert not [name for name in names if name in path.read_text("utf-8")], path


def test_it_learns_in_the_worker(run):
    test = run.results()["metrics"]["test"]
    assert test["exact_match"] > 0.3 and test["loss"] < 1.5
    assert test["perplexity"] == pytest.approx(2.718281828**test["loss"], rel=1e-6)
    assert run.results()["baselines"]["copy"]["exact_match"] == 0.0
    assert run.results()["best_metric"] == "exact_match"
    evals = run.history().query("kind == 'eval'")
    assert evals["exact_match"].iloc[-1] >= evals["exact_match"].iloc[0]
    assert evals["texts"].tolist() == [30, 30]
    assert run.results()["finishing_seconds"] > 0


def test_its_predictions_say_what_they_are(run):
    table = run.predictions()
    assert table.attrs["task"] == "toy-going-on"
    assert list(table.columns) == ["text", "label", "prediction", "ended", "loss", "tokens", "row"]
    assert table["tokens"].tolist() == [len(text.split()) + 1 for text in table["label"]]
    right = (table["label"] == table["prediction"]).mean()
    assert right == pytest.approx(run.results()["metrics"]["test"]["exact_match"])
    summed = (table["loss"] * table["tokens"]).sum() / table["tokens"].sum()
    assert summed == pytest.approx(run.results()["metrics"]["test"]["loss"])


def test_it_predicts_as_it_did_when_it_was_trained(run):
    table = run.predictions()
    again = run.predict(table["text"].tolist())
    assert again["prediction"].tolist() == table["prediction"].tolist()
    assert "loss" not in again.columns and "label" not in again.columns
    assert run.predict(["a b ="])["text"].tolist() == ["a b ="]
    assert len(run.predict([])) == 0


def test_it_is_reopened_reported_and_compared(run, package, tmp_path):
    reopened = wb.open_run(run.path)
    assert reopened.state == "done" and not reopened.lost_result()
    assert wb.runs(run.path.parent)["task"].tolist() == ["toy-going-on"]
    said = inspection.report(reopened).markdown
    assert "exact match" in said and "the letters themselves" in said
    intervals = inspection.metric_intervals(reopened.predictions(), resamples=50)
    assert intervals["metric"].tolist()[:2] == ["exact_match", "loss"]
    same = inspection.compare_runs(reopened.predictions(), run.predictions(), resamples=50)
    assert (same.metrics["difference"] == 0).all()


def test_the_panels_show_it(run, package, tmp_path):
    from workbench.widgets.panels.inspect import InspectPanel
    from workbench.widgets.panels.pick import PickPanel
    from workbench.widgets.panels.train import TrainPanel

    panel = InspectPanel(run)
    for view in run_views(run):
        panel.choose_view(view)
    assert TrainPanel(run) is not None
    pick = PickPanel(run.recipe)
    assert pick.recipe.task == "toy-going-on"
    shown = pick.wait(PATIENCE).preview.iloc[0]
    assert shown["text"].endswith(" =") and shown["target"].split()[0].isdigit()


def run_views(run):
    return task_registry.spec(run.recipe.task).views


def test_the_check_knows_it(run, package, tmp_path):
    check = wb.check(run.recipe)
    assert check.ok, check.findings.to_string()
    assert check.recipe.task == "toy-going-on"


def test_the_command_line_has_it(run, package, tmp_path):
    def called(*words):
        done = subprocess.run(
            [sys.executable, "-m", "workbench", *map(str, words)],
            capture_output=True, text=True, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "exact" in called("show", run.path)
    file, out = tmp_path / "asked.csv", tmp_path / "out.csv"
    toy_task.frame(3, end=" =", seed=5).to_csv(file, index=False)
    called("predict", run.path, file, "--out", out)
    assert len(out.read_text().splitlines()) == 4 and "prediction" in out.read_text()


def test_an_encoder_decoder_of_it_trains(package, tmp_path):
    recipe = recipe_for("toy-spelling", "t5", tmp_path, max_steps=4, evaluate_every=4)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    losses = run.history().query("kind == 'step'")["loss"]
    assert losses.iloc[-1] < losses.iloc[0]
    assert len(run.predictions()) == 30


def test_one_whose_only_metric_is_the_loss(package, tmp_path):
    recipe = recipe_for("toy-lines", "gpt2", tmp_path, max_steps=8, evaluate_every=4)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    assert run.results()["best_metric"] == "loss" and run.results()["best_step"] == 8
    evals = run.history().query("kind == 'eval'")
    assert evals["loss"].iloc[1] < evals["loss"].iloc[0]  # and the lower one was kept
    assert "exact_match" not in run.results()["metrics"]["test"]
    assert (run.predictions()["prediction"] == "").all()


@pytest.mark.parametrize("kind", ["t5", "gpt2"])
def test_accumulation_gives_the_loss_and_gradient_of_all_tokens(kind, package, tmp_path):
    task = "toy-spelling" if kind == "t5" else "toy-going-on"
    recipe = recipe_for(
        task, kind, tmp_path, max_steps=1, length_grouping=False, precision="fp32"
    )
    found = []
    for size, steps in ((16, 1), (4, 4), (8, 2)):
        cut = recipe.replace(batch_size=size, gradient_accumulation=steps)
        run = wb.fine_tune(cut, tmp_path / f"{size}x{steps}", progress=False)
        row = run.history().query("kind == 'step'").iloc[0]
        found.append((row["loss"], row["grad_norm"]))
    assert found[1] == pytest.approx(found[0], rel=2e-5)
    assert found[2] == pytest.approx(found[0], rel=2e-5)
    assert 2.5 < found[0][0] < 4.5  # near log 26: a mean over tokens


def test_the_seconds_that_are_shown_count_the_texts_of_the_end(package, tmp_path, monkeypatch):
    from workbench.run_folder.state import StateFile
    from workbench.training.remaining import Remaining

    said, update = [], StateFile.update

    def listen(file, **values):
        said.append(values)
        return update(file, **values)

    def of_ten_seconds(remaining, seconds):
        remaining.seconds = 10.0

    monkeypatch.setattr(StateFile, "update", listen)
    monkeypatch.setattr(Remaining, "evaluated", of_ten_seconds)
    recipe = recipe_for("toy-going-on", "gpt2", tmp_path, max_steps=3, evaluate_every=1,
                        validation_size=10, test_size=30)  # fmt: skip
    wb.fine_tune(recipe, tmp_path / "run", progress=False)

    # before the evaluation of step 2: that, the one of step 3, and at the end four times the rows
    steps = {one["step"]: one["seconds_left"] for one in said if "epoch" in one}
    assert steps[2] >= 60 and steps[3] == 50
    ending = [one for one in said if str(one.get("texts")).endswith("/ 40")]
    written = [int(one["texts"].partition(" ")[0]) for one in ending]
    assert written == sorted(written) and {0, 10, 40} <= set(written)
    assert all((n > 0) == ("seconds_left" in one) for n, one in zip(written, ending, strict=True))
    assert ending[-1]["seconds_left"] == 0


def test_the_texts_that_are_written_tell_how_long_the_others_take(monkeypatch):
    from types import SimpleNamespace

    from workbench.training import finishing
    from workbench.widgets.panels.run_words import status_text

    said = {"state": "running", "phase": "evaluating", "step": 3, "total_steps": 3}
    monkeypatch.setattr(finishing.time, "perf_counter", lambda: 150.0)
    reporter = SimpleNamespace(set_state=said.update)
    told = finishing._Told(reporter, before=10, total=40, began=100.0)
    told(10, 30)  # 20 in 50 s
    assert said["texts"] == "20 / 40" and said["seconds_left"] == 50.0
    assert "20 / 40" in status_text(said) and status_text(said).endswith("50 s left")
    told(30, 30)
    assert said["texts"] == "40 / 40" and said["seconds_left"] == 0.0


@pytest.fixture(scope="module")
def long(package, tmp_path_factory):
    """A recipe with two evaluations, and its run that nothing broke off."""
    folder = tmp_path_factory.mktemp("long")
    recipe = recipe_for("toy-going-on", "gpt2", folder, max_steps=8, evaluate_every=4)
    return recipe, wb.fine_tune(recipe, folder / "whole", progress=False)


def writes(run) -> bool:
    status = run.status()
    assert status["state"] in ("queued", "running"), status
    return bool(status.get("texts"))


def same_run(one, other):
    for kind in ("step", "eval"):
        columns = ["step", "loss"] + (["exact_match"] if kind == "eval" else [])
        first, second = (r.history().query(f"kind == '{kind}'")[columns] for r in (one, other))
        assert first.to_dict("list") == second.to_dict("list")
    assert one.results()["metrics"] == other.results()["metrics"]
    assert one.results()["best_step"] == other.results()["best_step"]
    weights = [(r.path / "model" / "model.safetensors").read_bytes() for r in (one, other)]
    assert weights[0] == weights[1]


@pytest.mark.parametrize("command", ["stop", "pause"])
def test_a_command_while_texts_are_written_is_obeyed_and_the_evaluation_made_once(
    command, long, tmp_path, monkeypatch
):
    recipe, whole = long
    hold = tmp_path / "hold"
    monkeypatch.setenv(toy_task.HOLD, str(hold))
    hold.write_text("0")  # the first evaluation goes on until the command comes
    run = wb.start(recipe, tmp_path / "run")
    until(lambda: writes(run))
    getattr(run, command)()
    until(lambda: run.state not in ("queued", "running"))
    assert (run.state, run.status()["step"]) == ("stopped" if command == "stop" else "paused", 4)
    assert run.history().query("kind == 'eval'").empty  # it was broken off
    hold.write_text("1")  # it is made, the next one is held
    run.resume()
    until(lambda: run.status()["step"] == 8 and writes(run))
    getattr(run, command)()
    until(lambda: run.state not in ("queued", "running"))
    assert len(run.history().query("kind == 'eval'")) == 1
    hold.unlink()
    run.resume().wait(timeout=PATIENCE)
    same_run(run, whole)


def test_the_first_rows_alone_are_written_and_all_are_measured(package, tmp_path):
    recipe = recipe_for("toy-going-on", "gpt2", tmp_path)
    prepared = prepare(recipe)
    encoded, asked = prepared.encoded["validation"], []
    passes = Passes(
        prepared.task, prepared.model, prepared.tokenizer, encoded, texts=7,
        generation=settings_of(recipe),
        progress=lambda done, of: asked.append((done, of)),
    )  # fmt: skip
    written = prepared.task.outputs(passes)
    assert [text is None for text in written.texts] == [False] * 7 + [True] * 23
    assert len(written.losses) == 30 and (written.losses > 0).all()
    assert asked == [(0, 7), (7, 7)]


def test_rows_that_do_not_fit_are_refused_before_training(package, tmp_path):
    recipe = recipe_for("toy-going-on", "gpt2", tmp_path)
    with pytest.raises(wb.WorkbenchError, match="64 positions") as refused:
        prepare(recipe.replace(generation={"kind": "greedy", "max_new_tokens": 63}))
    assert "max_new_tokens" in str(refused.value) and refused.value.field == "generation"
