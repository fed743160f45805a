"""Two processes end where one would: gradients, weights, rows, metrics, predictions."""

import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

import workbench as wb
from tests.conftest import missing
from tests.engines.cases import CASES, LOOSE, PARTED, WHOLE, ZERO, read
from tests.engines.troubles import STEP, TROUBLES
from tests.proof import drawn
from tests.training import tiny
from tests.waiting import runs, until
from workbench import hardware
from workbench.errors import ModelError, RecipeError
from workbench.training import job
from workbench.training.parallel import ranks
from workbench.training.predicting.outputs import in_one_sentence
from workbench.worker import control

DRIVER = Path(__file__).with_name("rank_driver.py")
ROOT = Path(__file__).parents[2]
#: Two cases by the commit's hash, and that of the default task; all of them where it is asked for.
EVERY = os.environ.get("WORKBENCH_ENGINES") == "all"
OTHERS = [name for name in CASES if name not in ("classes", PARTED)]
DRAWN = [*CASES, *ZERO] if EVERY else ["classes", PARTED, *drawn.draw(OTHERS, 2, "shared runs")]
HURT = list(TROUBLES) if EVERY else drawn.draw(TROUBLES, 1, "troubles")
KILLED = drawn.draw([0, 1], 1, "the killed one")  # which of both processes
COUNTED = ["step", "epoch", "learning_rate", "tokens"]


def drive(folder: Path, **recipes: wb.Recipe) -> dict[str, list[int]]:
    """Train each recipe by one process and by two; exit statuses by the run's name."""
    for name, recipe in recipes.items():
        (folder / f"{name}.yaml").write_text(recipe.to_yaml(), "utf-8")
    done = subprocess.run(
        [sys.executable, DRIVER, folder], capture_output=True, text=True,
        cwd=ROOT, timeout=1000, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert not done.returncode, done.stderr[-3000:]
    ends: dict[str, list[int]] = {}
    for line in done.stdout.splitlines():
        if line.partition("/")[0] in recipes:  # DeepSpeed prints there too
            name, _, status = line.split()
            ends.setdefault(name, []).append(int(status))
    hurt = {name for name in ends if any(ends[name]) and name.partition("/")[0] not in TROUBLES}
    assert not hurt, done.stderr[-3000:]
    return ends


def apart(one: Path, shared: Path) -> float:
    """Distance of two files of tensors, in norm, as a share of the first one's."""
    first, second = load_file(one), load_file(shared)
    assert first.keys() == second.keys()
    both = [torch.cat([found[name].double().flatten() for name in sorted(found)])
            for found in (first, second)]  # fmt: skip
    return ((both[0] - both[1]).norm() / both[0].norm()).item()


def same(folder: Path, *, gradient: float = 1e-6, weights: float = 1e-5) -> None:
    """Hold the run of two processes against that of one."""
    one, shared = (wb.open_run(folder / name) for name in ("one", "shared"))
    if folder.name not in ZERO:
        assert apart(folder / "one.safetensors", folder / "shared.safetensors") < gradient
    files = sorted(path.name for path in (one.path / "model").glob("*.safetensors"))
    assert files
    for name in files:
        assert apart(one.path / "model" / name, shared.path / "model" / name) < weights
    for kind in ("step", "eval"):
        rows = [found[found["kind"] == kind].reset_index(drop=True)
                for found in (one.history(), shared.history())]  # fmt: skip
        exact = [name for name in COUNTED if rows[0][name].notna().any()]
        assert rows[0][exact].equals(rows[1][exact])
        timed = {name for name in rows[0] if "second" in name or "tokens" in name}
        timed |= {"time", "load", "memory_mb", "padding", *exact}
        for name in set(rows[0].select_dtypes("number")) - timed:
            first, second = rows[0][name], rows[1][name]
            # a correlation does not change with the scale, and so magnifies what hardly differs
            rtol = 1e-3 if name in ("pearson", "spearman") else 1e-4
            pd.testing.assert_series_equal(first, second, rtol=rtol, atol=1e-5)
    pd.testing.assert_frame_equal(one.predictions(), shared.predictions(), rtol=1e-4, atol=1e-5)
    assert one.results()["best_step"] == shared.results()["best_step"]
    early = [[event["step"] for event in run.events() if event["event"] == "early_stopping"]
             for run in (one, shared)]  # fmt: skip
    assert early[0] == early[1] and bool(early[0]) == (one.recipe.early_stopping is not None)
    assert not (shared.path / ".ranks").exists()


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    """Runs of the drawn cases and troubles, of all of them under ``make test-engines``, and how
    their processes ended."""
    folder = tmp_path_factory.mktemp("compared")
    models = tmp_path_factory.getbasetemp()
    there = find_spec("deepspeed") is not None
    recipes = {name: make(models) for name, make in {**CASES, **(ZERO if there else {})}.items()
               if name in DRAWN}  # fmt: skip
    recipes |= {name: read(models, batch_size=8) for name in HURT}
    return folder, drive(folder, **recipes, **{WHOLE: with_dropout(models)})


@pytest.fixture(scope="module")
def compared(driven):
    """The folder of all runs."""
    return driven[0]


def with_dropout(folder: Path) -> wb.Recipe:
    """Long enough to be paused and killed on the way."""
    return read(folder, model=str(tiny.save_model(folder / "dropping")), max_steps=160,
                evaluate_every=60, checkpoint_every=20)  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_two_processes_end_where_one_does(name, compared):
    if name in ZERO and find_spec("deepspeed") is None:
        missing("DeepSpeed is not there.", "pip install deepspeed; it is built.")
    same(compared / name, gradient=LOOSE.get(name, 1e-6))


@pytest.mark.parametrize("name", HURT)
def test_what_befalls_one_process_is_the_end_of_all_with_one_sentence(name, driven):
    """Nobody waits for who is gone, and who met the error is the one who tells it."""
    folder, ends = driven
    run = folder / name / "shared"
    told = [json.loads(line) for line in (run / "told.jsonl").read_text("utf-8").splitlines()]
    said = [one for one in told if "outcome" in one]
    rank = int(name != "broken-first" and name != "memory-first")
    if name.startswith("memory"):
        assert ends[f"{name}/shared"][rank] == job.OUT_OF_MEMORY
        assert said == [{"rank": rank, "outcome": job.NO_MEMORY}]
    elif name == "nan":  # the sum of the losses is one number for all
        assert ends[f"{name}/shared"] == [1, 1]
        assert {one["error"] for one in said} == {
            f"Training diverged: the loss at step {STEP + 1} is not a finite number."
        }
    else:
        assert ends[f"{name}/shared"] == [1, 1]
        (only,) = said
        assert (only["rank"], only["error"]) == (rank, "KeyError: 'a fault of one'")
        assert "troubles.py" in only["details"]


def test_too_little_memory_for_a_message_is_no_lost_process():
    with pytest.raises(torch.OutOfMemoryError), ranks._noticing():
        raise torch.OutOfMemoryError("CUDA out of memory.")
    with pytest.raises(ranks.RankLost), ranks._noticing():
        raise RuntimeError("Connection closed by peer [127.0.0.1]:1")


def test_in_a_pass_a_lost_process_is_told_from_a_faulty_model():
    """Weights in parts are gathered within the pass, whose other errors are the model's."""
    two = ranks.Ranks(0, 2, way="fsdp")
    with pytest.raises(ranks.RankLost), two.connected(), in_one_sentence():
        raise RuntimeError("[gloo/transport/tcp/pair.cc:537] Read error: Connection reset by peer")
    with pytest.raises(ModelError, match="cannot compute"), two.connected(), in_one_sentence():
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)")


def steps(run: wb.Run) -> list[float]:
    """The losses of a run's steps, each of which occurs once."""
    history = run.history()
    rows = history[history["kind"] == "step"]
    assert rows["step"].tolist() == list(range(1, len(rows) + 1))
    return rows["loss"].tolist()


def trained(run: wb.Run, step: int) -> None:
    """Return when a run has made so many steps, and goes on."""

    def there() -> bool:
        status = run.status()
        assert status["state"] in ("queued", "running", "paused"), status
        return status["state"] == "running" and status.get("step", 0) >= step

    until(there)


def at_once(run: wb.Run) -> None:
    """The last command was seen at the end of the step in which it came, and no step came after.

    A row is written a moment after its step has ended: one may follow the command, and one the look
    at it.
    """
    history = run.history()
    rows = history[history["kind"] == "step"]["time"]
    status = run.status()
    sent = max((control.pending(run.path, 0)), key=lambda one: one["number"])
    assert sent["number"] == status["acknowledged"]
    seen = status["acknowledged_at"]
    assert ((rows > sent["time"]) & (rows < seen)).sum() <= 1
    assert (rows >= seen).sum() <= 1


@pytest.fixture
def two_cores():
    """Whether workers can start two processes."""
    if hardware.available() < 2:
        missing("Two processes need two cores.", "Run it on another machine.")


@pytest.mark.parametrize("killed", [0, 1] if EVERY else KILLED)
def test_paused_stopped_and_killed_it_ends_as_if_nothing_had_happened(
    killed, compared, two_cores, tmp_path
):
    """Bit for bit, with dropout; what was said to one process is done by both."""
    whole = wb.open_run(compared / WHOLE / "shared")
    recipe = whole.recipe.replace(hardware={"devices": 2})
    run = wb.start(recipe, tmp_path / "killed")
    trained(run, 30)
    run.pause()
    until(lambda: run.state == "paused")
    at_once(run)
    assert "2 processes (ddp)" in run.status()["speed"]
    run.resume()
    trained(run, run.status()["step"] + 3)
    pids = run.status()["rank_pids"]
    os.kill(pids[killed], signal.SIGKILL)
    until(lambda: run.state == "died")
    assert "One of the 2 training processes" in run.status()["error"]
    until(lambda: not any(map(runs, pids)))
    run.resume()
    trained(run, run.status()["step"] + 3)
    run.stop()
    assert run.wait().state == "stopped"
    at_once(run)
    assert wb.fine_tune(recipe, run.path, progress=False).state == "done"
    assert steps(run) == steps(whole) and len(steps(whole)) == 160
    weights = [(one.path / "model" / "model.safetensors").read_bytes() for one in (run, whole)]
    assert weights[0] == weights[1]
    assert run.predictions().equals(whole.predictions())
    assert not (run.path / ".ranks").exists()


def test_a_process_of_somebody_elses_launcher_is_told_what_to_do(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(wb.WorkbenchError, match=r"hardware: \{devices: 2\} in the recipe"):
        wb.fine_tune(wb.Recipe())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"devices": 0}, "at least 1"),
        ({"devices": "both"}, "no number of devices"),
        ({"device": 2}, "no setting 'device'"),
        ({"devices": 2, "parallel": "dp"}, "hardware.parallel is 'dp'"),
    ],
)
def test_what_is_no_hardware_is_refused(given, said):
    with pytest.raises(RecipeError, match=said):
        wb.Recipe(hardware=given)


@pytest.mark.parametrize(
    ("given", "cores", "said"),
    [
        ({"devices": 3}, 2, r"this machine has 2 \(the cores"),
        ({"devices": "all", "parallel": "fsdp"}, 2, "turns into ddp in silence"),
        ({"devices": 2, "parallel": "deepspeed"}, 2, "DeepSpeed is not installed"),
    ],
)
def test_what_this_machine_cannot_do_is_refused_before_it_starts(given, cores, said, monkeypatch):
    monkeypatch.setattr(hardware, "available", lambda kind=None: cores)
    with pytest.raises(RecipeError, match=said):
        wb.start(wb.Recipe(hardware=given))


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"method": {"kind": "gradual"}}, "method is 'gradual': parts go with full"),
        ({"averaging": {"kind": "ema"}}, "averaging is 'ema'"),
        ({"adversarial": {"kind": "fgm"}}, "adversarial is 'fgm'"),
        ({"regularisation": {"kind": "mixup"}}, "regularisation is 'mixup'"),
        ({"method": {"kind": "lora", "base": "nf4"}}, "in four bits"),
        ({"task": "sentence-similarity"}, "compares all rows of a step"),
    ],
)
def test_what_weights_in_parts_do_not_go_with_is_refused(about, said, monkeypatch):
    monkeypatch.setattr(hardware, "available", lambda kind=None: 2)
    recipe = wb.Recipe(hardware={"devices": 2, "parallel": "fsdp"}, **about)
    with pytest.raises(RecipeError, match=said):
        hardware.processes(recipe, "cuda")
    assert hardware.processes(recipe.replace(hardware={"devices": 2}), "cuda") == 2


def test_weights_in_parts_are_for_gpus(monkeypatch):
    monkeypatch.setattr(hardware, "available", lambda kind=None: 2)
    recipe = wb.Recipe(hardware={"devices": 2, "parallel": "fsdp"})
    assert hardware.processes(recipe, "cuda") == 2
    with pytest.raises(RecipeError, match="turns into ddp in silence on a CPU"):
        hardware.processes(recipe, "cpu")
    monkeypatch.setenv(hardware.ON_CPU, "1")
    assert hardware.processes(recipe, "cpu") == 2


def test_a_recipe_of_one_device_has_no_line_for_it():
    recipe = wb.Recipe()
    assert "hardware" not in recipe.to_yaml()
    assert hardware.processes(recipe) == 1
    shared = wb.Recipe.from_yaml(recipe.replace(hardware={"devices": 2}).to_yaml())
    assert shared.hardware == {"devices": 2, "parallel": "ddp"}
