"""Runs under what happens to them: commands in the queue, moved folders, memory, flipped bytes."""

import os
import shutil
import signal
import threading
import time

import pandas as pd
import pytest

import workbench as wb
from tests.training import tiny
from tests.waiting import PATIENCE
from workbench.atomic_files import read_json, write_json
from workbench.errors import RecipeError, RunError
from workbench.run_folder.folders import create_run_folder
from workbench.run_folder.state import StateFile, claim
from workbench.training import checkpoints, engine, step_rows
from workbench.training.reporter import Reporter
from workbench.worker import control, supervisor
from workbench.worker.device_queue import Ticket, wait_for_turn
from workbench.worker.processes import Lock


@pytest.fixture
def folder(runs_folder):
    return create_run_folder(wb.Recipe())


@pytest.mark.parametrize(
    ("commands", "ends"),
    [(["pause"], "paused"), (["stop"], "stopped"), (["resume", "pause"], "paused"),
     (["pause", "stop"], "stopped")],
    ids=["pause", "stop", "pause-last", "stop-last"],
)  # fmt: skip
def test_a_run_in_the_queue_obeys(folder, tmp_path, monkeypatch, commands, ends):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    first, second = Ticket("cpu"), Ticket("cpu")
    for command in commands:
        control.send(folder, command)
    state, places = StateFile(folder), []
    claim(state, state="queued")
    assert wait_for_turn(folder, state, second, tell=places.append) == ends
    said = read_json(folder / "state.json")
    assert (said["state"], said["acknowledged"]) == (ends, len(commands))
    assert places == [1]
    first.release()
    assert wait_for_turn(folder, state, second) == "go"
    second.release()


def test_a_pause_that_was_taken_back_leaves_a_run_in_the_queue(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    first, second = Ticket("cpu"), Ticket("cpu")
    for command in ("pause", "resume"):
        control.send(folder, command)
    state = StateFile(folder)
    threading.Timer(0.3, first.release).start()
    assert wait_for_turn(folder, state, second) == "go"
    assert state.values["acknowledged"] == 2
    second.release()


@pytest.mark.parametrize("command", ["resume", "stop"])
def test_waiting_begins_after_the_pause_that_a_command_ends(folder, command):
    lock, state = Lock(folder / "lock"), StateFile(folder)
    assert lock.acquire()
    claim(state, state="paused", phase="paused")
    run = wb.open_run(folder)
    assert run.wait(timeout=1).state == "paused"  # nobody asked for more
    getattr(run, command)()
    with pytest.raises(RunError, match="still paused"):
        run.wait(timeout=0.3)

    def obey():
        reporter = Reporter(folder, state.update, 0)
        reporter.poll()
        assert state.values["state"] == "running" and state.values["acknowledged"] == 1
        reporter.close()
        state.update(state="done" if command == "resume" else "stopped", pid=None)
        lock.release()

    threading.Timer(0.2, obey).start()
    run.wait(timeout=PATIENCE)
    assert run.state == ("done" if command == "resume" else "stopped")


def test_a_stop_that_a_leaving_worker_missed_is_obeyed_by_its_supervisor(folder):
    state = StateFile(folder)
    state.update(state="paused", acknowledged=0)
    control.send(folder, "stop")
    assert not supervisor._called_back(folder, state)
    assert (state.values["state"], state.values["acknowledged"]) == ("stopped", 1)


def test_what_a_trainer_says_last_is_heard_however_slow_its_supervisor_is(folder):
    reading, writing = os.pipe()
    state = StateFile(folder)

    class Trainer:
        """Speaks and ends in the very moment in which it is asked whether it has ended."""

        asked = 0

        def poll(self):
            self.asked += 1
            if self.asked == 2:
                os.write(writing, b'{"outcome": "done", "step": 7}\n')
            return 0 if self.asked >= 2 else None

    supervisor._listen(reading, Trainer(), state)  # the pipe stays open: a child of it holds it
    os.close(writing)
    assert (state.values["outcome"], state.values["step"]) == ("done", 7)


def test_a_trainer_that_the_system_killed_for_memory_is_started_with_less(folder, monkeypatch):
    kills, statuses, sizes = [3, 4, 4, 4], [-signal.SIGKILL, 0], []

    def run_trainer(folder, state, *_):
        sizes.append(state.values.get("micro_batch"))
        if len(sizes) == 2:
            state.update(outcome="done")
        return statuses[len(sizes) - 1]

    monkeypatch.setattr(supervisor, "processes_killed_for_memory", lambda: kills.pop(0))
    monkeypatch.setattr(supervisor, "_run_trainer", run_trainer)
    monkeypatch.setattr(supervisor, "wait_for_turn", lambda *_: "go")
    assert supervisor.main([str(folder)]) == 0
    assert sizes == [None, 8]  # of 16
    assert wb.open_run(folder).state == "done"
    assert "8 examples a forward pass" in wb.open_run(folder).status()["warning"]


def test_all_that_a_run_warns_of_is_seen(tiny_recipe, tmp_path):
    from workbench import inspection
    from workbench.widgets.elements.history import History
    from workbench.widgets.panels.train import TrainPanel

    folder = create_run_folder(tiny_recipe, tmp_path / "run")
    state = StateFile(folder)
    for life in ("first", "second"):
        state.update(warning=None, state="running")
        reporter = Reporter(folder, state.update, 0)
        for said, matter in (("It is cold.", ""), ("Step 1 failed.", "disk"), ("It is cold.", ""),
                             ("Step 2 failed.", "disk"), (f"The {life} life.", "")):  # fmt: skip
            reporter.warn(said, matter)
        reporter.close()
    state.beat()
    run = wb.open_run(folder)
    assert run.status()["warning"] == "It is cold. Step 2 failed. The second life."
    every = ["It is cold.", "Step 1 failed.", "Step 2 failed.", "The first life.",
             "The second life."]  # fmt: skip
    assert run.warnings() == every
    panel = TrainPanel()
    panel.run = run
    panel._show({**run.status(), "state": "failed", "error": "Out.", "remedy": "In."}, History())
    assert panel.notice.remedy == "In. It is cold. Step 2 failed. The second life."
    (folder / "predictions").mkdir()
    table = pd.DataFrame({"text": ["a", "b"], "label": ["x", "y"], "prediction": ["x", "x"],
                          "loss": 0.5, "score_x": [0.9, 0.6], "score_y": [0.1, 0.4]})  # fmt: skip
    table.to_parquet(folder / "predictions" / "test.parquet")
    page = inspection.report(run).markdown
    assert all(one in page for one in every)


def test_less_memory_makes_the_same_steps_of_the_same_examples(
    tiny_recipe, tmp_path, monkeypatch
):
    model = tiny.save_model(tmp_path / "model", dropout=0.0)
    recipe = tiny_recipe.replace(
        model=str(model), batch_size=5, gradient_accumulation=2, epochs=2, checkpoint_every=1000
    )
    whole = wb.fine_tune(recipe, tmp_path / "whole", progress=False)
    real, sizes = engine.Engine.compute_loss, []

    def compute_loss(self, model, inputs, *args, **kwargs):
        sizes.append(len(inputs["labels"]))
        if sizes[-1] > 2:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't "
                "allocate memory: you tried to allocate 9 bytes."
            )
        return real(self, model, inputs, *args, **kwargs)

    monkeypatch.setattr(engine.Engine, "compute_loss", compute_loss)
    small = wb.fine_tune(recipe, tmp_path / "small", progress=False)
    assert "2 examples a forward pass" in small.status()["warning"]
    assert sizes[:2] == [5, 3] and max(sizes[2:]) == 2
    tables = [run.history().query("kind == 'step'") for run in (whole, small)]
    for name in ("step", "tokens", "learning_rate"):
        assert tables[0][name].tolist() == tables[1][name].tolist()
    # the very same examples: the loss of each step is that of the whole batches
    assert tables[0]["loss"].to_numpy() == pytest.approx(tables[1]["loss"].to_numpy(), abs=2e-3)
    assert tables[0]["loss"].iloc[0] == pytest.approx(tables[1]["loss"].iloc[0], abs=1e-6)


def test_memory_that_runs_out_before_the_first_step_is_said(tiny_recipe, tmp_path, monkeypatch):
    from workbench.training import session

    def build(*_):
        raise MemoryError

    monkeypatch.setattr(session, "_build_engine", build)
    with pytest.raises(wb.WorkbenchError, match="ran out of memory"):
        wb.fine_tune(tiny_recipe, tmp_path / "run", progress=False)
    assert wb.open_run(tmp_path / "run").state == "failed"


@pytest.mark.parametrize("what", ["renamed", "removed", "replaced"])
def test_a_folder_that_moves_in_training_is_said_and_not_made_anew(
    tiny_recipe, tmp_path, monkeypatch, what
):
    out, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    real = step_rows.StepRows.end

    def end(self, step, *args):
        real(self, step, *args)
        if step == 6:
            out.rename(elsewhere)
            if what == "replaced":
                out.mkdir()
            if what == "removed":
                shutil.rmtree(elsewhere)

    monkeypatch.setattr(step_rows.StepRows, "end", end)
    with pytest.raises(RunError, match="was moved, renamed or removed"):
        wb.fine_tune(tiny_recipe, out, progress=False)
    assert not out.exists() or not list(out.iterdir())
    if what == "removed":
        assert not elsewhere.exists()
        return
    run = wb.open_run(elsewhere)
    assert run.state == "failed" and "was moved" in run.status()["error"]
    assert [p.name for p in checkpoints.list_checkpoints(elsewhere)] == ["step-00000004"]


@pytest.fixture(scope="module")
def finished(tiny_recipe, tmp_path_factory):
    return wb.fine_tune(tiny_recipe, tmp_path_factory.mktemp("finished") / "run", progress=False)


def flip(path):
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        before = file.read(4096)
        file.seek(-len(before), os.SEEK_CUR)
        file.write(bytes(byte ^ 0x55 for byte in before))


def test_flipped_weights_are_refused_and_resuming_brings_the_model_back(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished.path, folder)
    run, weights = wb.open_run(folder), folder / "model" / "model.safetensors"
    assert len(run.predict(["a good film"])) == 1
    before = weights.read_bytes()
    flip(weights)
    for use in (lambda: run.predict(["a good film"]), run.pipeline, lambda: run.model_path):
        with pytest.raises(RunError, match="model.safetensors of the model .* SHA-256"):
            use()
    assert run.state == "done"
    assert "SHA-256" not in str(wb.runs(tmp_path)["problem"])  # a list does not read weights
    wb.fine_tune(run.recipe, folder, progress=False)
    assert weights.read_bytes() == before
    with pytest.raises(RunError, match="is done"):
        run.resume()


def test_a_checkpoint_with_flipped_bytes_is_passed_over(tiny_recipe, tmp_path, finished):
    folder = tmp_path / "run"
    shutil.copytree(finished.path, folder)
    kept = checkpoints.list_checkpoints(folder)[-1]
    assert checkpoints.latest(folder) == kept and checkpoints.damaged(folder) == []
    flip(kept / "optimizer.pt")
    assert checkpoints.is_whole(kept)  # by its sizes
    assert checkpoints.latest(folder) is None
    assert "optimizer.pt of the checkpoint" in checkpoints.damaged(folder)[0]
    # written by a version without hashes, it is taken as it was then
    manifest = read_json(kept / checkpoints.MANIFEST)
    del manifest["sha256"]
    write_json(kept / checkpoints.MANIFEST, manifest)
    assert checkpoints.latest(folder) == kept


def test_flipped_predictions_are_not_read_as_others(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished.path, folder)
    run, path = wb.open_run(folder), folder / "predictions" / "test.parquet"
    content = path.read_bytes()
    wrong, pages = 0, len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    for place in range(4, pages, max(1, pages // 60)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        try:
            found = run.predictions()
        except RunError:
            continue
        wrong += not found.equals(finished.predictions())
    assert wrong == 0


def test_a_lost_state_or_data_record_does_not_end_a_run(tiny_recipe, tmp_path, monkeypatch):
    out = tmp_path / "run"
    real = step_rows.StepRows.end

    def end(self, step, *args):
        real(self, step, *args)
        if step == 6:
            raise KeyboardInterrupt

    monkeypatch.setattr(step_rows.StepRows, "end", end)
    with pytest.raises(KeyboardInterrupt):
        wb.fine_tune(tiny_recipe, out, progress=False)
    monkeypatch.undo()
    for name in ("state.json", "data/info.json", "environment.json"):
        (out / name).write_text('{"state": ["')
    with open(out / "metrics.jsonl", "ab") as rows:
        rows.write(b"\0\0\0\n")
    run = wb.fine_tune(tiny_recipe, out, progress=False)
    assert run.state == "done"
    assert run.history().query("kind == 'step'")["step"].tolist() == list(range(1, 19))
    assert run.damage() == []


def test_the_time_that_a_process_waits_is_no_part_of_its_answer(folder):
    """A profile is known by the question it answers, whatever the clocks say."""
    from workbench.training.speed import profiling

    asked = profiling.ask(folder)
    assert read_json(folder / "profile" / "request.json")["asked"] == asked
    write_json(folder / "profile" / "table.json", {"rows": [], "started": time.time() + 9e9})
    assert wb.open_run(folder)._profile()["rows"] == []


@pytest.mark.parametrize("begin", [wb.start, wb.fine_tune])
def test_a_setting_that_means_nothing_for_a_task_is_refused_before_anything_is_made(
    begin, runs_folder
):
    recipe = wb.Recipe(generation={"kind": "sampling"})  # a classifier writes no texts
    with pytest.raises(RecipeError, match=r"generation is \{'kind': 'sampling'"):
        begin(recipe)
    assert not list(runs_folder.glob("*"))
