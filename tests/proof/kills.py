"""Real trainings killed with -9 at random moments, on full disks, and without who started them.

Each trial ends with a run that is resumed until it is done, and whose weights, predictions and
steps must be those of one that nobody disturbed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PHASES = ("loading", "training", "evaluating", "saving", "end")
TASKS = ("text", "tags", "answers")
MOST_LIVES = 12
LIFE = 240  # seconds
STEPS = ["step", "loss", "learning_rate", "grad_norm", "tokens"]


def recipes(folder: Path) -> dict:
    """A small recipe of each task: dropout, accumulation, evaluations and many checkpoints."""
    import workbench as wb
    from tests.training import tiny
    from tests.training.test_question_answering import questions
    from tests.training.test_token_classification import tagged

    plain = wb.Recipe(
        model=str(tiny.save_model(folder / "model")), dataset=tiny.frame(), test_size=12,
        validation_size=12, batch_size=4, gradient_accumulation=2, max_length=32, epochs=4,
        learning_rate=3e-3, checkpoint_every=4, evaluate_every=5, precision="fp32",
    )  # fmt: skip
    return {
        "text": plain,
        "tags": plain.replace(task="token-classification", dataset=tagged(), epochs=4),
        "answers": plain.replace(
            task="question-answering", dataset=questions(120), epochs=3, batch_size=8
        ),
    }


def result(folder: Path) -> dict:
    """What a run came to, to be compared."""
    import workbench as wb

    run = wb.open_run(folder)
    assert run.state == "done", run.status()
    history = run.history()
    steps = history[history["kind"] == "step"]
    weights = (folder / "model" / "model.safetensors").read_bytes()
    return {
        "weights": hashlib.sha256(weights).hexdigest(),
        "predictions": run.predictions().to_json(),
        "steps": steps[STEPS].to_json(orient="values"),
        "metrics": run.metrics(),
        "damage": run.damage(),
    }


def life(recipe, folder: Path, *, prepare: Callable[[], None] = lambda: None) -> int:
    """A process of its own that works on the run; its number. It ends by itself, or is killed."""
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        log = os.open(folder.parent / "lives.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for stream in (1, 2):
            os.dup2(log, stream)
        prepare()
        import workbench as wb

        wb.fine_tune(recipe, folder, progress=False)
        os._exit(0)
    except BaseException as error:
        with contextlib.suppress(BaseException):
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(1)


def ended(child: int, seconds: float = 0.0) -> bool:
    """Whether a process has ended, waiting so long for it; then it is buried too."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(ChildProcessError):
            done, _ = os.waitpid(child, os.WNOHANG)
            if not done:
                if time.monotonic() >= end:
                    return False
                time.sleep(0.002)
                continue
        return True


def kill_in(child: int, folder: Path, phase: str, wait: float) -> str:
    """Kill a life so long after it has come into a phase; where it was, "" when it had ended."""
    end, since = time.monotonic() + LIFE, None
    while time.monotonic() < end:
        if ended(child):
            return ""
        said = _state(folder)
        here = _is_in(phase, said, folder)
        since = since or (time.monotonic() if here else None)
        if since is not None and time.monotonic() - since >= wait:
            os.kill(child, signal.SIGKILL)
            ended(child, 30)
            return f"{said.get('phase')} at step {said.get('step')}"
        time.sleep(0.001)
    raise TimeoutError(f"The run {folder} did not come into {phase!r} in {LIFE} s.")


def _is_in(phase: str, said: dict, folder: Path) -> bool:
    if phase == "end":  # the model, the predictions, the metrics
        total = said.get("total_steps")
        return bool(total) and said.get("step") == total and (folder / "model").exists()
    return said.get("phase") == phase or (phase == "loading" and said.get("state") == "queued")


def _state(folder: Path) -> dict:
    try:
        return json.loads((folder / "state.json").read_text())
    except (OSError, ValueError):
        return {}


def killed(recipe, folder: Path, draws: random.Random, kills: int) -> list[str]:
    """A run killed so many times at moments that are drawn, then left to its end."""
    where = []
    for number in range(MOST_LIVES):
        child = life(recipe, folder)
        if number < kills:
            phase = draws.choice(PHASES)
            wait = draws.random() ** 2 * (0.4 if phase == "training" else 0.05)
            if place := kill_in(child, folder, phase, wait):
                where.append(place)
                continue
        assert ended(child, LIFE), "the last life does not end"
        return where
    raise AssertionError(f"The run {folder} is not done after {MOST_LIVES} lives.")


def on_a_full_disk(recipe, folder: Path, draws: random.Random) -> list[str]:
    """A run whose files may not grow beyond a size that is drawn, then one with room again."""
    limit = draws.randint(20_000, 700_000)

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    folder.mkdir(parents=True)
    child = life(recipe, folder, prepare=little_room)
    assert ended(child, LIFE)
    first = _state(folder).get("state")
    for _ in range(2):
        if _state(folder).get("state") != "done":
            assert ended(life(recipe, folder), LIFE)
    return [f"{first} with files of at most {limit:,} bytes"]


def without_its_kernel(recipe, folder: Path, draws: random.Random) -> list[str]:
    """A run started by a process that is killed while the run's worker goes on."""
    code = (
        "import sys, time, workbench as wb\n"
        "wb.start(wb.Recipe.from_yaml(open(sys.argv[1]).read()), sys.argv[2])\n"
        "time.sleep(600)"
    )
    written = folder.with_suffix(".yaml")
    written.write_text(recipe.to_yaml())
    kernel = subprocess.Popen(
        [sys.executable, "-c", code, written, folder], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    phase, end = draws.choice(PHASES[:2]), time.monotonic() + LIFE
    while not _is_in(phase, _state(folder), folder) and time.monotonic() < end:
        time.sleep(0.005)
    place = _state(folder)
    kernel.kill()
    kernel.wait()
    while _state(folder).get("state") != "done" and time.monotonic() < end:
        time.sleep(0.05)
    return [f"kernel killed: {place.get('phase')} at step {place.get('step')}"]


def trial(kind: str, task: str, recipe, root: Path, seed: int, kills: int, expected: dict) -> dict:
    """One disturbed run, compared with the one that nobody disturbed."""
    folder = root / f"{kind}-{task}-{seed}"
    draws = random.Random(f"{kind} {task} {seed}")
    if kind == "kill":
        where = killed(recipe, folder, draws, kills)
    else:
        where = {"disk": on_a_full_disk, "kernel": without_its_kernel}[kind](recipe, folder, draws)
    found = result(folder)
    differs = [name for name in expected if found[name] != expected[name]]
    shutil.rmtree(folder, ignore_errors=True)
    return {"kind": kind, "task": task, "where": where, "differs": differs}


def prove(root: Path, plan: list[tuple[str, str, int, int]], tell=print) -> list[dict]:
    """Carry out trials of (kind, task, seed, kills) in an empty folder; what each came to."""
    import torch

    torch.set_num_threads(1)
    _import_all()
    wanted = {task for _, task, _, _ in plan}
    made, expected, found = recipes(root), {}, []
    for task in sorted(wanted):
        folder = root / f"whole-{task}"
        assert ended(life(made[task], folder), LIFE)
        expected[task] = result(folder)
    for kind, task, seed, kills in plan:
        found.append(trial(kind, task, made[task], root, seed, kills, expected[task]))
        tell(f"{kind:6s} {task:8s} {'; '.join(found[-1]['where'])}"
             f"{'' if not found[-1]['differs'] else ' DIFFERS: ' + str(found[-1]['differs'])}")
    return found


def _import_all() -> None:
    """What each life needs, once: a life is a fork of this process."""
    import importlib

    from workbench.training.job import _NEEDED

    for name in (*_NEEDED, "workbench.tasks.token_classification.task",
                 "workbench.tasks.question_answering.task", "workbench.training.api"):  # fmt: skip
        importlib.import_module(name)
