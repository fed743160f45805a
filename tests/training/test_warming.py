"""A worker that waits takes the next run, and leaves with whoever started it."""

import os
import subprocess
import sys
import time

import psutil
import pytest

import workbench as wb
from tests.waiting import PATIENCE
from workbench.worker import warming


@pytest.fixture(autouse=True)
def _nobody_waits_afterwards():
    yield
    warming.dismiss()


def gone(pids, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while any(map(psutil.pid_exists, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(psutil.pid_exists, pids))


def test_the_waiting_worker_trains_the_next_run(tiny_recipe, runs_folder):
    pid = warming.warm()
    assert warming.warm() == pid  # one waits at a time
    run = wb.start(tiny_recipe.replace(max_steps=3, best_metric="macro_f1"))
    seen = set()
    end = time.monotonic() + PATIENCE
    while run.state in ("queued", "running") and time.monotonic() < end:
        seen.add(run.status().get("pid"))
        time.sleep(0.02)
    assert run.state == "done", run.status()
    assert seen - {None} == {pid}
    assert warming.hand_over(run.path) is None  # nobody waits any more
    plain = wb.fine_tune(tiny_recipe.replace(max_steps=3, best_metric="macro_f1"), progress=False)
    ours, theirs = (r.history().query("kind == 'step'")["loss"] for r in (run, plain))
    assert ours.tolist() == theirs.tolist()


def test_another_environment_gets_another_worker(monkeypatch):
    first = warming.warm()
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert warming.warm() != first
    assert gone([first])


def test_it_leaves_when_its_starter_is_killed():
    code = (
        "import sys, time; from workbench.worker.warming import warm;"
        "print(warm(), flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as starter:
        worker = psutil.Process(int(starter.stdout.readline()))
        end = time.monotonic() + PATIENCE
        while not (children := worker.children()) and time.monotonic() < end:
            time.sleep(0.05)
        starter.kill()
    assert children
    assert gone([worker.pid, *(child.pid for child in children)])
