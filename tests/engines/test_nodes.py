"""Nodes of a run without a cluster: who is let in, what is passed on, and who is lost."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import workbench as wb
from tests.waiting import until
from workbench.errors import EngineError
from workbench.run_folder import engine_files
from workbench.run_folder.folders import create_run_folder
from workbench.run_folder.state import StateFile
from workbench.worker import node_agent, node_link, ranks
from workbench.worker.node_link import Place
from workbench.worker.nodes import Nodes

ROOT = Path(__file__).parents[2]
NAMES = ["n1", "n2"]

#: What an agent starts in place of torchrun: it says a word of the run, and waits.
_PROCESS = """
import os, sys
os.write(0, b'{"step": 7}\\n')
sys.exit(int(os.read(0, 1) or b"1"))
"""


def place(number: int) -> Place:
    return Place(number, NAMES, "5.0", "127.0.0.1", ["--nnodes=2"])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Of a run that was sent; this process is of its job, on the first node."""
    folder = create_run_folder(wb.Recipe(), tmp_path / "run")
    engine_files.write_record(folder, {"engine": "slurm", "ticket": "secret", "job": "5"})
    (folder / engine_files.PLACE).mkdir()
    monkeypatch.setenv(engine_files.TICKET, "secret")
    monkeypatch.setenv(node_link.VARIABLE, "")
    place(0).announce()
    monkeypatch.setattr(node_link, "MEETS_WITHIN", 20.0)
    yield folder


@pytest.fixture
def started(monkeypatch):
    """Each process that an agent started, by a stand-in for torchrun."""
    found: list[subprocess.Popen] = []

    def start(folder, count, *, given, log, environment, handles, place, words):
        process = subprocess.Popen([sys.executable, "-c", _PROCESS], stdin=given)
        process.about = (count, place.number, words)
        found.append(process)
        return process

    monkeypatch.setattr(ranks, "start", start)
    yield found
    for process in found:
        process.kill()
        process.wait()


def agent(folder: Path, **about) -> threading.Thread:
    about = {"ahead": 0.0, "wrong": None, **about}
    thread = threading.Thread(target=node_agent.serve, args=(folder, place(1)), kwargs=about)
    thread.start()
    return thread


def sleeping() -> subprocess.Popen:
    """A process in the place of the first node's torchrun."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def test_what_a_nodes_processes_say_is_the_runs(folder, started):
    nodes, state = Nodes(folder), StateFile(folder)
    thread = agent(folder, ahead=3.5)
    nodes.gather(0.25)
    assert nodes.clocks == {"n1": 0.25, "n2": 3.5}
    assert nodes.begin(4) == ["--nnodes=2", "--rdzv-id=5.0.1"]
    own = sleeping()
    with nodes.beside(own, state):
        until(lambda: state.values.get("step") == 7)
        assert started[0].about == (4, 1, ["--nnodes=2", "--rdzv-id=5.0.1"])
        started[0].kill()
        own.kill()
        own.wait()
    assert not nodes.lost
    assert nodes.begin(4)[-1] == "--rdzv-id=5.0.2"  # and once more
    until(lambda: len(started) == 2)
    nodes.close()
    thread.join(20)
    assert not thread.is_alive() and started[1].poll() is not None


def test_a_node_that_is_lost_ends_the_life_and_twice_the_run(folder, started, monkeypatch):
    nodes, state = Nodes(folder), StateFile(folder)
    monkeypatch.setattr("workbench.worker.nodes._NOTICES_WITHIN", 0.1)
    links = []
    find = node_agent.find_meeting
    monkeypatch.setattr(
        node_agent, "find_meeting", lambda *about: links.append(find(*about)) or links[-1]
    )
    thread = agent(folder)
    nodes.gather(0.0)
    nodes.begin(2)
    own = sleeping()
    with nodes.beside(own, state):
        until(lambda: started)
        links[0].close()  # as the system does for whoever is killed
        assert own.wait(20) == -signal.SIGKILL
    thread.join(20)
    assert started[0].poll() is not None
    assert nodes.lost == ["n2"]
    said = nodes.loss({"step": 7})
    assert (said["state"], said["lost_at"]) == ("queued", 7)
    assert said["warning"].startswith("n2 was lost at step 7; slurm has put the run back")
    again = nodes.loss({"step": 7, "lost_at": 7})
    assert again["state"] == "died" and "as another node was before" in again["error"]
    assert nodes.loss({"step": 9, "lost_at": 7})["state"] == "queued"


def test_who_is_silent_is_lost(folder, started, monkeypatch):
    monkeypatch.setattr("workbench.worker.nodes.SILENT", 1.0)
    monkeypatch.setattr("workbench.worker.nodes._NOTICES_WITHIN", 0.1)
    nodes = Nodes(folder)
    meeting = threading.Thread(target=nodes.gather, args=(0.0,))
    meeting.start()
    link = node_link.find_meeting(folder, place(1))
    link.say(node="n2", ticket="secret", devices=1, ahead=0.0)
    meeting.join(20)
    nodes.begin(2)
    own = sleeping()
    with nodes.beside(own, StateFile(folder)):
        assert own.wait(20) == -signal.SIGKILL
    assert nodes.lost == ["n2"]
    link.close()


def test_a_node_that_does_not_fit_is_named(folder):
    wrong = EngineError("The node n2 would not compute the same: torch.", "Install it.")
    thread = agent(folder, wrong=wrong)
    with pytest.raises(EngineError, match="n2 would not compute the same"):
        Nodes(folder).gather(0.0)
    thread.join(20)


def test_a_stranger_is_sent_away_and_who_does_not_come_is_named(folder, monkeypatch):
    monkeypatch.setattr("workbench.worker.nodes.MEETS_WITHIN", 1.5)
    sent = []

    def stranger():
        link = node_link.find_meeting(folder, place(1))
        link.say(node="n2", ticket="guessed", devices=1, ahead=0.0)
        sent.append(link.read())
        link = node_link.find_meeting(folder, place(1))
        link.connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        sent.append(link.read())

    thread = threading.Thread(target=stranger)
    thread.start()
    with pytest.raises(EngineError, match="The nodes n2 of the job did not come"):
        Nodes(folder).gather(0.0)
    thread.join(20)
    assert sent == [None, None]


def test_a_meeting_that_is_called_off_is_not_waited_for(folder):
    node_link.call_off(folder, place(1))
    assert node_link.find_meeting(folder, place(1)) is None


def test_fewer_devices_than_its_share_are_refused(folder):
    nodes = Nodes(folder)
    nodes.devices = {"n2": 1}
    nodes.check(1)
    with pytest.raises(EngineError, match="n2 has 1 devices for this run, and its share is 2"):
        nodes.check(2)


_TRAINER = """
import signal, sys, threading
from workbench.worker.ranks import obey_launcher
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
obey_launcher()
print(threading.active_count(), flush=True)
signal.pause()
"""
_LAUNCHER = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.readline()
child.terminate()
print(child.wait(), flush=True)
"""


def test_a_trainer_of_a_job_obeys_its_launcher_alone():
    """SIGTERM is a cluster's word to the whole job, and torchrun's to whom it ends."""
    launcher = subprocess.Popen(
        [sys.executable, "-c", _LAUNCHER, _TRAINER], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    child = int(launcher.stdout.readline())
    os.kill(child, signal.SIGTERM)
    status = Path(f"/proc/{child}/status")
    until(lambda: re.search(r"^ShdPnd:\t0+$", status.read_text(), re.M))  # taken, or it was blocked
    assert launcher.poll() is None
    out, _ = launcher.communicate("go on\n", timeout=60)
    assert out.strip() == "1"
