"""Run folders: states that tell the dead, commands obeyed once, refusals in one sentence."""

import json
import os
import subprocess
import sys
import time

import pytest

import workbench as wb
from workbench.atomic_files import write_json
from workbench.errors import RunError, UnknownName
from workbench.run_folder import folders
from workbench.run_folder.folder import latest_rows
from workbench.run_folder.folders import create_run_folder
from workbench.run_folder.state import StateFile, claim, read_state
from workbench.worker import control
from workbench.worker.device_queue import Ticket
from workbench.worker.processes import Lock, identity, is_locked, is_same_process


@pytest.fixture
def folder(runs_folder):
    return create_run_folder(wb.Recipe())


def test_a_new_run_is_queued_and_listed(folder):
    run = wb.open_run(folder)
    assert run.state == "queued"
    assert run.recipe == wb.Recipe()
    table = wb.runs()
    assert list(table["run"]) == [run.name]
    assert wb.open_run(run.name).path == run.path
    assert list(run.history().columns) == ["kind", "step", "loss"]
    with pytest.raises(RunError, match="no predictions"):
        run.predictions()
    with pytest.raises(RunError, match="no metrics"):
        run.metrics()


def test_a_worker_that_vanished_is_died_at_once(folder):
    lock = Lock(folder / "lock")
    assert lock.acquire()
    claim(StateFile(folder), state="running")
    assert read_state(folder)["state"] == "running"
    lock.release()
    status = read_state(folder)
    assert status["state"] == "died"
    assert "resume()" in status["remedy"]


def test_on_another_machine_the_heartbeat_decides(folder):
    file = StateFile(folder)
    claim(file, state="running")
    file.update(boot_id="elsewhere", host="elsewhere")
    file.beat()
    assert read_state(folder)["state"] == "running"
    write_json(folder / "state.json", {**file.values, "heartbeat": time.time() - 6})
    assert read_state(folder)["state"] == "died"


def test_a_start_that_never_came_is_died_after_the_grace(folder):
    write_json(folder / "state.json", {"state": "queued", "heartbeat": time.time() - 60})
    assert read_state(folder)["state"] == "died"


def test_two_processes_cannot_hold_one_lock(tmp_path):
    lock = Lock(tmp_path / "lock")
    assert lock.acquire()
    code = (
        "from workbench.worker.processes import Lock; "
        f"print(Lock({str(tmp_path / 'lock')!r}).acquire())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
    assert is_locked(tmp_path / "lock")
    lock.release()
    assert not is_locked(tmp_path / "lock")


def test_a_reused_pid_is_another_process():
    me = identity()
    assert is_same_process(me["pid"], me["pid_start"])
    assert not is_same_process(me["pid"], me["pid_start"] - 10)


def test_commands_are_numbered_and_old_ones_are_not_obeyed(folder):
    assert control.send(folder, "pause") == 1
    assert control.send(folder, "stop") == 2
    assert [c["command"] for c in control.pending(folder, 0)] == ["pause", "stop"]
    assert [c["number"] for c in control.pending(folder, 1)] == [2]
    StateFile(folder).update(acknowledged=2)
    control.clear(folder)
    assert control.send(folder, "resume") == 3
    # the browser writes the file in place: the name counts, even before the content is there
    (folder / "control" / "0004-stop.json").write_text("")
    assert [c["command"] for c in control.pending(folder, 3)] == ["stop"]
    (folder / "control" / "not-a-command.json").write_text("{}")
    assert len(control.pending(folder, 0)) == 2


def test_the_last_row_of_a_step_wins():
    rows = [
        {"kind": "step", "step": 1, "loss": 3},
        {"kind": "event", "event": "checkpoint", "step": 1},
        {"kind": "step", "step": 1, "loss": 2},
        {"kind": "event", "event": "paused", "step": 1},
    ]
    assert latest_rows(rows) == [rows[2], rows[1], rows[3]]


def test_tickets_are_served_in_order_and_the_dead_leave(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    first = Ticket("cpu")
    second = Ticket("cpu")
    assert (first.position(), second.position()) == (0, 1)
    assert first.others_wait() and not second.others_wait()
    code = (
        "from workbench.worker.device_queue import Ticket; import os\n"
        "print(Ticket('cpu').position(), flush=True); os._exit(9)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.strip() == "2"
    assert not second.others_wait()
    first.release()
    assert second.position() == 0
    second.release()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: (f / "run.json").unlink(), "run.json is missing"),
        (lambda f: (f / "recipe.yaml").unlink(), "recipe.yaml is missing"),
        (lambda f: (f / "run.json").write_text('{"for'), "run.json is missing"),
        (lambda f: write_json(f / "run.json", {"format": 99}), "Update finetune-workbench"),
    ],
)
def test_a_folder_that_is_no_run_or_a_newer_one_is_refused(folder, spoil, words):
    spoil(folder)
    with pytest.raises(RunError, match=words):
        wb.open_run(folder)


def test_a_name_that_another_run_drew_is_drawn_anew(runs_folder, monkeypatch):
    drawn = iter(["aaaa", "aaaa", "bbbb"])
    monkeypatch.setattr(folders.secrets, "token_hex", lambda size: next(drawn))
    first, second = create_run_folder(wb.Recipe()), create_run_folder(wb.Recipe())
    assert first.name.endswith("-aaaa") and second.name.endswith("-bbbb")


def test_an_unknown_run_names_the_nearest(folder):
    with pytest.raises(UnknownName, match=folder.name):
        wb.open_run(folder.parent / (folder.name[:-1] + "x"))


def test_a_folder_with_something_in_it_is_not_taken(tmp_path):
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(RunError, match="not empty"):
        create_run_folder(wb.Recipe(), tmp_path)
    assert os.listdir(tmp_path) == ["thesis.txt"]


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="WORKBENCH_RUNS"):
        create_run_folder(wb.Recipe(), tmp_path / "file" / "run")


def test_commands_to_a_run_that_has_ended_are_refused(folder):
    write_json(folder / "state.json", {"state": "done", "acknowledged": 0})
    run = wb.open_run(folder)
    for command in (run.pause, run.stop, run.resume):
        with pytest.raises(RunError, match="is done"):
            command()
    assert not list((folder / "control").glob("*.json"))
    json.dumps(run.status())
