"""Engines without a cluster: who there is, settings, and what a run's folder says of its job."""

import json
import time
from types import SimpleNamespace

import pytest

import workbench as wb
from workbench.errors import EngineError, RunError, UnknownName
from workbench.execution import asking, registry, sending, settings_file, slurm
from workbench.execution.base import Word
from workbench.run_folder import engine_files
from workbench.run_folder.folders import create_run_folder
from workbench.run_folder.state import StateFile
from workbench.widgets.panels.run_words import status_text


class Fake:
    """An engine that says what it is told to say."""

    def __init__(self, word=None):
        self.word, self.sent, self.cancelled = word or Word("waiting", "Priority", 2), [], []

    def submit(self, folder, settings):
        self.sent.append(dict(settings))
        return "7"

    def status(self, job=None, folder=None):
        if isinstance(self.word, Exception):
            raise self.word
        return self.word

    def cancel(self, job):
        self.cancelled.append(job)


@pytest.fixture
def fake(monkeypatch):
    """A fake engine, by the road that another package's takes."""
    engine = Fake()
    point = SimpleNamespace(name="fake", value="somebody:engine", load=lambda: engine)
    monkeypatch.setattr(
        registry.installed, "entry_points", lambda group: [point] * (group == registry.GROUP)
    )
    monkeypatch.setattr(asking, "OFTEN", 0.0)
    registry._of_others.cache_clear()
    yield engine
    registry._of_others.cache_clear()


@pytest.fixture
def run(tmp_path, fake):
    run = wb.Run(create_run_folder(wb.Recipe(), tmp_path / "run"))
    sending.give(run.path, "fake", {"queue": "long"})
    return run


def at_work(run, *, ago=0.0, **values):
    """A worker on another machine wrote the state so many seconds ago."""
    file = StateFile(run.path)
    file.update(state="running", pid=1, pid_start=1.0, boot_id="elsewhere", host="n1", **values)
    state = json.loads((run.path / "state.json").read_text())
    (run.path / "state.json").write_text(json.dumps({**state, "heartbeat": time.time() - ago}))


def test_this_machine_comes_first_and_is_always_there(fake):
    table = wb.engines()
    assert table["engine"].tolist() == ["local", "slurm", "fake"]
    assert table["reachable"].iloc[0]


def test_an_engine_that_does_not_load_is_said(monkeypatch):
    point = SimpleNamespace(
        name="half", value="somebody:half", load=lambda: SimpleNamespace(submit=print)
    )
    monkeypatch.setattr(
        registry.installed, "entry_points", lambda group: [point] * (group == registry.GROUP)
    )
    registry._of_others.cache_clear()
    row = wb.engines().set_index("engine").loc["half"]
    assert not row["reachable"] and "it has no status, cancel" in row["said"]
    with pytest.raises(UnknownName, match="it has no status, cancel"):
        wb.start(wb.Recipe(), on="half")
    registry._of_others.cache_clear()


def test_an_unknown_engine_begins_nothing(runs_folder):
    with pytest.raises(UnknownName, match="no engine 'slrm'. Did you mean 'slurm'"):
        wb.start(wb.Recipe(), on="slrm")
    assert list(runs_folder.iterdir()) == []


def test_no_slurm_is_one_sentence(runs_folder, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="no Slurm here: .* Start the run on a machine of the"):
        wb.start(wb.Recipe(), on="slurm")
    assert list(runs_folder.iterdir()) == []


def test_a_waiting_run_has_its_place(run, fake):
    assert fake.sent == [{"queue": "long"}]
    status = run.status()
    assert (status["state"], status["engine"], status["job"]) == ("queued", "fake", "7")
    assert status_text(status) == "in fake's queue, 2 before it (Priority)"


def test_a_run_at_work_has_its_node_and_its_end(run, fake):
    fake.word = Word("running", node="n1", since=time.time(), ends_at=time.time() + 60)
    at_work(run, step=3, total_steps=9, phase="training")
    assert "step 3 / 9 · on n1, until " in status_text(run.status())


def test_silence_is_said_and_what_comes_after_it(run, fake):
    """Not heard: said. Then back in the queue, or over."""
    fake.word = Word("running", node="n1", since=time.time())
    at_work(run, step=3, ago=60)
    status = run.status()
    assert (status["state"], status["phase"]) == ("running", "silent")
    assert status["warning"].startswith("n1 has given no sign of life for ")
    fake.word = Word("waiting", "Resources", 0, restarts=1)
    status = run.status()
    assert (status["state"], status["phase"], status["pid"]) == ("queued", "requeued", None)
    assert "n1 was lost at step 3; fake has put the run back" in status["warning"]
    fake.word = Word("over", "NODE_FAIL", failed=True)
    (run.path / "engine" / "seen").touch()
    assert run.state == "died"
    assert "slurm" not in run.status()["error"] and "NODE_FAIL" in run.status()["error"]


def test_a_silence_that_does_not_end_is_death(run, fake):
    fake.word = Word("running", node="n1", since=0.0)
    at_work(run, ago=engine_files.GIVEN_UP + 5)
    assert run.state == "died"
    assert "cancel()" in run.status()["remedy"]


def test_a_clock_that_is_off_does_not_kill(run, fake):
    """An hour ahead, and an hour behind: as alive as the others, and said."""
    fake.word = Word("running", node="n1", since=time.time())
    for ahead in (3600.0, -3600.0):
        at_work(run, clock_ahead=ahead, ago=-ahead)
        assert run.status().get("phase") != "silent"
        assert f"is {ahead:+.1f} s off" in run.status()["warning"]
    at_work(run, clock_ahead=3600.0, ago=-3600.0 + 60)
    assert run.status()["phase"] == "silent"


def test_an_engine_that_cannot_be_asked_changes_nothing(run, fake):
    fake.word = EngineError("The controller is away.", "Try again.")
    status = run.status()
    assert status["state"] == "queued" and "The controller is away" in status["warning"]
    with pytest.raises(RunError, match="cannot be asked about it: The controller is away"):
        sending.check_free(run.path)


def test_nobody_else_has_it_meanwhile(run, fake):
    for other in ("local", "fake"):
        with pytest.raises(RunError, match="with the engine fake, as job 7"):
            sending.give(run.path, other)
    with pytest.raises(RunError, match="with the engine fake"):
        engine_files.check_ticket(run.path)
    fake.word = Word("over", "COMPLETED")
    sending.give(run.path, "fake")  # with the settings of before
    assert fake.sent == [{"queue": "long"}] * 2


def test_stopped_in_the_queue_it_is_taken_back(run, fake):
    run.stop()
    assert fake.cancelled == ["7"]
    assert run.state == "stopped"
    with pytest.raises(RunError, match="nothing to cancel"):
        run.cancel()


def test_what_is_refused_leaves_the_run_as_it_was(run, fake, monkeypatch):
    run.cancel()

    def refuses(folder, settings):
        raise EngineError("No room.", "Later.")

    monkeypatch.setattr(fake, "submit", refuses)
    before = run.status()
    with pytest.raises(EngineError, match="No room"):
        run.resume()
    after = run.status()
    assert [after[k] for k in ("state", "job")] == [before[k] for k in ("state", "job")]


def test_settings_come_from_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert settings_file.read_settings("slurm", None) == {}
    (tmp_path / "slurm.yaml").write_text("partition: gpu\nminutes: 240\nmodules: [cuda]\n")
    found = settings_file.read_settings("slurm", None)
    chosen = settings_file.checked(slurm.Settings, found, "slurm")
    assert (chosen.partition, chosen.minutes, chosen.modules) == ("gpu", 240, ["cuda"])
    for content, said in (("- a", "no names with values"), ("a: [", "cannot be read")):
        (tmp_path / "slurm.yaml").write_text(content)
        with pytest.raises(EngineError, match=said):
            settings_file.read_settings("slurm", "slurm.yaml")


def test_a_container_stands_before_python():
    chosen = slurm.Settings(container="/images/it's.sif", gpus=1)
    assert chosen.command() == """apptainer exec --nv '/images/it'"'"'s.sif' python3"""
    assert slurm.Settings().command() is None


def test_the_panel_shows_the_place_and_takes_the_run_back(run, fake):
    """Stop, while the run waits in the cluster's queue, leaves no job there."""
    from workbench.widgets.panels.train import TrainPanel

    panel = TrainPanel(run=run)
    assert panel.controls.status == "in fake's queue, 2 before it (Priority)"
    fake.word = Word("waiting", "Bad", said="It will not start.")
    panel._follower.look()
    assert "It will not start." in str(panel.notice.get_state())
    panel.stop()
    assert fake.cancelled == ["7"]
    panel._follower.look()
    assert panel.controls.state == "stopped"
