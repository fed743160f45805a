"""How a worker is steered and how its death is noticed: the parts ``control`` and ``death``."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

import workbench as wb
from tests.benchmarks.measure import Goal, percentile, summary
from tests.waiting import runs
from workbench import hardware
from workbench.run_folder.state import ACTIVE

ANSWER_LIMIT = 60.0  # seconds after which a command or a death counts as never noticed
READER = """
import sys, time
import workbench as wb
run = wb.open_run(sys.argv[1])
print("ready", flush=True)
while run.state not in ("failed", "died"):
    time.sleep(0.02)
print(time.time(), flush=True)
"""
_OBEYED = {"pause": "paused", "stop": "stopped"}


def control(scale: str):
    """Pause and stop: seconds from the command to its acknowledgement, less the step under way."""
    times = {"small": 2, "normal": 10, "full": 40}[scale]
    late: dict[str, list[float]] = {"pause": [], "stop": []}
    answered: dict[str, list[float]] = {"pause": [], "stop": []}
    obeyed: dict[str, list[float]] = {"pause": [], "stop": []}
    steps: list[float] = []
    with _started(wb.Recipe(max_steps=100_000, evaluate_every=100_000)) as run:
        for turn, name in enumerate(["pause"] * times + ["stop"] * times):
            reached = run.status().get("step", 0) + 1
            _until(lambda step=reached: _is_past(run, step), "the run trains")
            time.sleep(0.37 * turn % 0.5)  # at another moment of the step each time
            sent, waited, settled = _command(run, name)
            step = _step_under_way(run, sent)
            steps.append(step)
            answered[name].append(waited)
            late[name].append(waited - step)
            obeyed[name].append(settled)
            if turn < 2 * times - 1:
                run.resume()
    figures = {"seconds of the step under way": summary(steps)}
    for name in late:
        figures[f"{name}: seconds to acknowledged"] = summary(answered[name])
        figures[f"{name}: the same less the step under way"] = summary(late[name])
        figures[f"{name}: seconds to {_OBEYED[name]}, checkpoint and all"] = summary(obeyed[name])
    goals = [
        Goal(f"{name}: 95th percentile beyond the step, seconds", percentile(values, 0.95),
             at_most=0.25)
        for name, values in late.items()
    ]  # fmt: skip
    return figures, goals


def death(scale: str):
    """A worker killed with -9: seconds until every reader says so and nothing is left running."""
    times = {"small": 1, "normal": 3, "full": 10}[scale]
    figures, goals = {}, []
    one, two = (wb.Recipe(max_steps=100_000, hardware={"devices": n}) for n in (1, 2))
    victims = {
        "trainer": (one, lambda status: [status["trainer_pid"]], 5),
        "supervisor": (one, lambda status: [status["pid"]], 5),
        "both": (one, lambda status: [status["pid"], status["trainer_pid"]], 5),
    }
    if hardware.available() > 1:
        for place, name in enumerate(("first", "second")):
            victims[f"{name} of two processes"] = (
                two, lambda status, place=place: [status["rank_pids"][place]], 10
            )  # fmt: skip
    for victim, (recipe, pids, most) in victims.items():
        rounds = [_kill(recipe, pids) for _ in range(times)]
        here, elsewhere, gone = (list(values) for values in zip(*rounds, strict=True))
        figures[f"{victim} killed: seconds until this process says so"] = summary(here)
        figures[f"{victim} killed: seconds until another process says so"] = summary(elsewhere)
        figures[f"{victim} killed: seconds until nothing runs"] = summary(gone)
        worst = max(*here, *elsewhere, *gone)
        goals.append(Goal(f"{victim} killed: longest of all, seconds", worst, at_most=most))
    return figures, goals


def _kill(recipe, choose_pids) -> tuple[float, float, float]:
    """Kill a training run; seconds until seen here, seen by another process, nothing runs."""
    with _started(recipe) as run, _reader(run) as reader:
        _until(lambda: _is_past(run, 2), "the run trains")
        status = run.status()
        workers = [status["pid"], status["trainer_pid"], *(status.get("rank_pids") or [])]
        killed, at = time.time(), time.perf_counter()
        for pid in choose_pids(status):
            os.kill(pid, signal.SIGKILL)
        _until(lambda: run.state in ("failed", "died"), "the death is seen")
        here = time.perf_counter() - at
        _until(lambda: not any(runs(pid) for pid in workers), "the processes are gone")
        gone = time.perf_counter() - at
        return here, float(reader.stdout.readline()) - killed, gone


def _until(condition, what: str, limit: float = ANSWER_LIMIT):
    """The condition's value once it is true; 2 ms between looks."""
    end = time.monotonic() + limit
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"After {limit:g} s it is still not so that {what}.")
        time.sleep(0.002)
    return value


def _is_past(run, step: int) -> bool:
    """Whether the run trains and has finished more than ``step`` steps."""
    status = run.status()
    if status["state"] in ("failed", "died"):
        raise RuntimeError(f"The run {status['state']}: {status.get('error')}\n{run.log()[-2000:]}")
    return status["state"] == "running" and status.get("step", 0) > step


def _command(run, name: str) -> tuple[float, float, float]:
    """Send a command: unix time of sending, seconds to acknowledged, seconds to obeyed."""
    before = run.status().get("acknowledged") or 0
    sent, at = time.time(), time.perf_counter()
    getattr(run, name)()
    _until(lambda: (run.status().get("acknowledged") or 0) > before, f"{name} is acknowledged")
    waited = time.perf_counter() - at
    _until(lambda: run.state == _OBEYED[name], f"the run is {_OBEYED[name]}")
    return sent, waited, time.perf_counter() - at


def _step_under_way(run, sent: float) -> float:
    """Seconds of the optimizer step that was being computed at a moment."""
    steps = run.history().query("kind == 'step'")
    after = steps[steps["time"] >= sent]
    return float((after if len(after) else steps.tail(1))["seconds"].iloc[0])


@contextlib.contextmanager
def _started(recipe):
    """A run in a worker, ended and removed afterwards whatever happens."""
    run = wb.start(recipe)
    try:
        yield run
    finally:
        # a worker that is still starting cannot be killed yet
        _until(lambda: run.status().get("pid") or run.state not in ACTIVE, "the worker reports")
        status = run.status()
        for name in ("pid", "trainer_pid"):
            if status.get(name) and runs(status[name]):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(status[name], signal.SIGKILL)
        _until(lambda: not run._has_worker(), "the worker is gone")
        shutil.rmtree(run.path)


@contextlib.contextmanager
def _reader(run):
    """A process that waits until the run failed or died and prints when it saw that."""
    command = [sys.executable, "-c", READER, str(run.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()
