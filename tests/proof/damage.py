"""The damage table: files of a run folder x ways to damage one x calls that meet it.

A cell is right when the call gives something or one :class:`WorkbenchError` on one line; any other
exception, and waiting without end, is a raw error.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import workbench as wb
from workbench.errors import WorkbenchError

PATIENCE = 60  # seconds after which a call counts as hanging

FILES = (
    "run.json", "recipe.yaml", "state.json", "metrics.json", "metrics.jsonl", "environment.json",
    "data/info.json", "predictions/test.parquet", "predictions/validation.parquet",
    "model/config.json", "model/model.safetensors", "model/manifest.json", "model/tokenizer.json",
    "model/tokenizer_config.json", "checkpoints/STEP/manifest.json",
    "checkpoints/STEP/model.safetensors", "checkpoints/STEP/optimizer.pt",
    "checkpoints/STEP/workbench.json", "checkpoints/STEP/trainer_state.json",
    "profile/table.json", "slices.json", "log.txt", "lock", "control/0001-pause.json",
    "error.json", "model/temperature.json", "model/decision.json", "predictions", "model",
    "checkpoints", "control", "data",
)  # fmt: skip


def remove(path: Path) -> None:
    """Whatever lies there, away with it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def put(path: Path, content: bytes) -> None:
    """A file with this content in place of whatever lies there."""
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _before(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b'{"a": 1}\n'


def _folder(path: Path) -> None:
    remove(path)
    path.mkdir(parents=True)


def _pipe(path: Path) -> None:
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


def _loop(path: Path) -> None:
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(path.name)


def _flip(path: Path) -> None:
    content = bytearray(_before(path))
    middle = len(content) // 2
    for place in range(middle, min(len(content), middle + 4096)):
        content[place] ^= 0x55
    put(path, bytes(content))


def _version(path: Path) -> None:
    """What another version might have written: more fields, another number, another column."""
    if path.suffix == ".yaml":
        put(path, _before(path) + b"colour: blue\nrecipe_version: 7\n")
    elif path.suffix == ".jsonl":
        more = b'{"kind": "moon", "phase": "full"}\n{"kind": "step", "number": 3, "loss": [1]}\n'
        put(path, _before(path) + more)
    elif path.suffix == ".parquet":
        _parquet(path, lambda table: table.rename(columns={"prediction": "predicted"}))
    else:
        values = _json(path)
        values = values if isinstance(values, dict) else {}
        put(path, json.dumps({**values, "format": 99, "version": "9.9", "more": [1]}).encode())


def _renamed(path: Path) -> None:
    """Valid, and every field has another name."""
    if path.suffix == ".parquet":
        _parquet(path, lambda table: table.rename(columns=lambda name: f"my_{name}"))
    elif path.suffix == ".jsonl":
        put(path, b'{"art": "step", "schritt": 1}\n' * 3)
    else:
        put(path, json.dumps({"my_" + str(k): v for k, v in _json(path).items()}).encode())


def _other_values(path: Path) -> None:
    """Valid, and every value is of another kind."""
    if path.suffix == ".parquet":
        _parquet(path, lambda table: table.assign(**{
            name: [[1, 2]] * len(table) if table[name].dtype.kind == "f" else range(len(table))
            for name in table.columns}))  # fmt: skip
    elif path.suffix == ".jsonl":
        rows = b'{"kind": "step", "step": "one", "loss": "low"}\n{"kind": "eval", "step": null}\n'
        put(path, rows + b'{"kind": "eval", "step": 3, "loss": {"a": 1}}\n{"kind": "event"}\n')
    else:
        odd = {str: [1], int: "one", float: {"a": "b"}, list: "abc", dict: 7, bool: "maybe"}
        values = {k: odd.get(type(v), [[None]]) for k, v in _json(path).items()}
        put(path, json.dumps(values).encode())


def _empty_cells(path: Path) -> None:
    if path.suffix == ".parquet":
        _parquet(path, lambda table: table.assign(**{n: [None] * len(table) for n in table}))
    else:
        put(path, json.dumps(dict.fromkeys(_json(path), None)).encode())


def _no_rows(path: Path) -> None:
    if path.suffix == ".parquet":
        _parquet(path, lambda table: table.head(0))
    else:
        put(path, b"{}")


def _json(path: Path) -> dict:
    if path.suffix == ".yaml":
        import yaml

        with contextlib.suppress(Exception):
            return dict(yaml.safe_load(path.read_text()))
    with contextlib.suppress(Exception):
        return dict(json.loads(path.read_bytes()))
    return {"a": 1, "rows": [], "files": {}}


def _parquet(path: Path, change: Callable) -> None:
    import pandas as pd

    try:
        table = change(pd.read_parquet(path))
    except Exception:  # it was another way of damaging that came first
        put(path, b"PAR1")
        return
    remove(path)
    table.to_parquet(path, index=False)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "truncated": lambda p: put(p, _before(p)[: len(_before(p)) // 2]),
    "one byte short": lambda p: put(p, _before(p)[:-2]),
    "emptied": lambda p: put(p, b""),
    "garbage": lambda p: put(p, random.Random(7).randbytes(3000)),
    "zeros": lambda p: put(p, bytes(max(64, len(_before(p))))),
    "missing": remove,
    "a folder": _folder,
    "a pipe": _pipe,
    "a link to itself": _loop,
    "another version": _version,
    "fields renamed": _renamed,
    "values of another kind": _other_values,
    "a list": lambda p: put(p, b'[1, 2, {"a": "b"}]'),
    "a text": lambda p: put(p, b'"three years of work"'),
    "a number": lambda p: put(p, b"42"),
    "null": lambda p: put(p, b"null"),
    "nulls inside": _empty_cells,
    "nothing inside": _no_rows,
    "4 kB flipped": _flip,
    "5,000 deep": lambda p: put(p, b"[" * 5000 + b"]" * 5000),
    "6,000 digits": lambda p: put(p, b'{"step": ' + b"9" * 6000 + b', "state": "done"}'),
    "half characters": lambda p: put(p, b'{"state": "\\ud800", "error": "\\udfff"}'),
    "not UTF-8": lambda p: put(p, b'{"state": "caf\xe9", "task": "\xff"}'),
}


def calls(folder: Path, other: Path, *, heavy: bool) -> Iterator[tuple[str, Callable[[], object]]]:
    """What a user may call on a run, by name; ``other`` is a whole run beside it."""
    from workbench import cli, inspection, plots
    from workbench.widgets.elements.history import History
    from workbench.widgets.panels.summary import static_summary
    from workbench.widgets.panels.train import TrainPanel

    def opened() -> wb.Run:
        return wb.open_run(folder)

    def told(run: wb.Run) -> None:
        repr(run), run.state, run.status()

    yield "runs", lambda: _listed(folder)
    yield "open", lambda: told(opened())
    yield "Run", lambda: told(wb.Run(folder))
    of_run = {
        "recipe": lambda run: run.recipe, "metrics": lambda run: run.metrics(),
        "results": lambda run: run.results(), "rows": lambda run: run.rows(),
        "history": lambda run: run.history(), "speed": lambda run: run.speed(),
        "events": lambda run: run.events(), "predictions": lambda run: run.predictions(),
        "validation predictions": lambda run: run.predictions("validation"),
        "data_info": lambda run: run.data_info(), "log": lambda run: run.log(),
        "damage": lambda run: run.damage(), "profile": lambda run: run.profile(timeout=0.2),
        "model_path": lambda run: run.model_path, "pause": lambda run: run.pause(),
        "stop": lambda run: run.stop(), "wait": lambda run: run.wait(0.05),
        "calibrate": lambda run: run.calibrate(),
    }  # fmt: skip
    for name, call in of_run.items():
        yield name, lambda call=call: call(wb.Run(folder))
    tables = (
        "confusion", "per_class_errors", "top_losses", "metric_intervals", "largest_confusions",
        "normalised_confusion", "scored", "ranking_quality", "reliability",
        "calibration_comparison", "queries_of_large", "PredictionQueries", "SliceColumns",
        "find_slices", "saved_slices", "slices_recipe", "answer_errors",
        "entity_errors", "entity_report", "label_sets", "label_set_report", "regression_intervals",
        "top_residuals", "hierarchy", "answer_report", "class_report", "comparable_runs",
        "decisive_metric", "next_steps", "outcome", "uncertainty", "has_hierarchy", "kind_of",
    )  # fmt: skip
    for name in tables:
        yield f"inspection.{name}", lambda name=name: getattr(inspection, name)(wb.Run(folder))
    asked = {
        "compare_runs": lambda: inspection.compare_runs(wb.Run(other), wb.Run(folder)),
        "compare_runs back": lambda: inspection.compare_runs(wb.Run(folder), wb.Run(other)),
        "comparable_runs beside": lambda: inspection.comparable_runs(wb.Run(other)),
        "threshold_curve": lambda: inspection.threshold_curve(wb.Run(folder), positive="class-1"),
        "ensemble": lambda: inspection.ensemble([wb.Run(other), wb.Run(folder)]),
        "recipe_difference": lambda: inspection.recipe_difference(wb.Run(other), wb.Run(folder)),
        "expected_cost": lambda: inspection.expected_cost(
            wb.Run(folder), costs={("class-0", "class-1"): 5.0}
        ),
        "slice_errors": lambda: inspection.slice_errors(wb.Run(folder), {"long": "words > 5"}),
        "slice_examples": lambda: inspection.slice_examples(wb.Run(folder), "words > 3"),
        "save_slice": lambda: inspection.save_slice(wb.Run(folder), "long", "words > 9"),
        "queries": lambda: inspection.PredictionQueries(wb.Run(folder)).find(text="film"),
        "report": lambda: wb.report(wb.Run(folder), slices=False).html,
    }
    for name, call in asked.items():
        yield f"inspection.{name}", call
    for name in ("confusion", "per_class", "learning_curves", "against_baselines", "reliability",
                 "roc", "predicted_against_label", "residuals"):  # fmt: skip
        yield f"plots.{name}", lambda name=name: getattr(plots, name)(wb.Run(folder))
    yield "plots.label_balance", lambda: plots.label_balance(wb.Run(folder).data_info())
    for words in (["runs"], ["show", str(folder)], ["pause", str(folder)], ["stop", str(folder)]):
        yield f"workbench {words[0]}", lambda words=words: _command(cli.main, words)
    yield "summary", lambda: static_summary(wb.Run(folder))
    yield "curves", lambda: History().add(wb.Run(folder).rows())
    yield "TrainPanel", lambda: TrainPanel(wb.Run(folder)).close()
    yield "InspectPanel", lambda: _inspected(folder)
    yield "compare view", lambda: _compared(folder, other)
    if heavy:
        texts = ["a good film", "an awful story"]
        yield "predict", lambda: opened().predict(texts)
        yield "predict calibrated", lambda: opened().predict(texts, calibrated=True)
        yield "pipeline", lambda: opened().pipeline()(texts)
        yield "attention", lambda: wb.inspection.attention(wb.Run(folder), texts[0])
        yield "embedding_map", lambda: inspection.embedding_map(wb.Run(folder))
        yield "nearest_examples", lambda: inspection.nearest_examples(wb.Run(folder), texts[0])
        yield "Workbench", lambda: _app(folder)
    # last: they change the folder
    yield "resume", lambda: wb.Run(folder).resume()
    yield "fine_tune", lambda: wb.fine_tune(wb.Run(other).recipe, folder, progress=False)


def _listed(folder: Path) -> None:
    """Every run of the folder's root is listed, this one with what is wrong."""
    table = wb.runs(folder.parent)
    expected = {path.parent.name for path in folder.parent.glob("*/run.json")}
    assert expected <= set(table["run"]), "a run is missing from the list"
    whole = table.set_index("run").loc["other"]
    assert whole["state"] == "done" and whole["problem"] == "", "the whole run suffers"


def _inspected(folder: Path) -> None:
    from workbench.widgets.panels.inspect import InspectPanel

    InspectPanel(wb.Run(folder)).close()


def _compared(folder: Path, other: Path) -> None:
    """The view of a whole run that is to be compared with this one, then the other way round."""
    from workbench.widgets.panels.inspect import InspectPanel

    for first, second in ((other, folder), (folder, other)):
        panel = InspectPanel(wb.Run(first))
        try:
            if panel.ready:
                view = panel.choose_view("compare")
                with contextlib.suppress(WorkbenchError):
                    view.compare(wb.Run(second))
            details = [panel.notice.details, *(one.notice.details for one in panel.views.values()
                                               if hasattr(one, "notice"))]  # fmt: skip
            assert not any(details), "".join(details).splitlines()[-1]
        finally:
            panel.close()


def _app(folder: Path) -> None:
    app = wb.Workbench(run=wb.Run(folder))
    app.train.refresh()
    app.close()


def _command(main: Callable, words: list[str]) -> None:
    """A command line: status 0, or 2 and one line that says why."""
    said, printed = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(printed):
        status = main(words)
    assert status in (0, 2), status
    assert status == 0 or said.getvalue().startswith("workbench: "), said.getvalue()


class Hangs(Exception):
    """A call did not come back."""


@contextlib.contextmanager
def _in_time(seconds: int):
    def ring(*_):
        raise Hangs(f"after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def tried(call: Callable[[], object]) -> str:
    """What is raw about a call's outcome; "" when it is right."""
    try:
        with _in_time(PATIENCE):
            call()
    except WorkbenchError as error:
        said = f"{error.message}\n{error.remedy}".split("\n")
        return "" if len(said) == 2 and error.message else f"not one sentence: {said}"
    except AssertionError as error:
        return f"wrong: {error}"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}: {str(error)[:200]}"
    return ""


def cells() -> list[tuple[str, str]]:
    """Every file with every way to damage it."""
    return [(file, damage) for file in FILES for damage in DAMAGES]


def try_cell(root: Path, whole: Path, file: str, damage: str, *, heavy: bool) -> tuple[int, list]:
    """Damage one file of a copy of a run and make all calls.

    Parameters
    ----------
    root : Path
        An empty folder of runs.
    whole : Path
        A finished run to copy.

    Returns
    -------
    n_calls : int
    raw : list of (file, damage, call, error)
    """
    folder, other = root / "damaged", root / "other"
    raw, n_calls = [], 0
    names: list[str] = []
    for again in range(2):  # calls that change the folder come last, and there is one copy of it
        remove(folder)
        shutil.copytree(whole, folder)
        if not other.exists():
            shutil.copytree(whole, other)
        step = next((folder / "checkpoints").iterdir()).name
        DAMAGES[damage](folder / file.replace("STEP", step))
        for name, call in calls(folder, other, heavy=heavy):
            changes = name in ("resume", "fine_tune", "stop", "pause", "calibrate")
            if changes != bool(again):
                continue
            names.append(name)
            n_calls += 1
            if problem := tried(call):
                raw.append((file, damage, name, problem))
    return n_calls, raw


@contextlib.contextmanager
def no_worker():
    """Within it resuming and training go as far as the work itself, which takes no time."""
    from workbench.execution import local
    from workbench.training import session

    before = local.launch_worker, session.run_session
    local.launch_worker, session.run_session = lambda folder: None, lambda *_, **__: "done"
    try:
        yield
    finally:
        local.launch_worker, session.run_session = before


def make_run(folder: Path, model: Path) -> Path:
    """A finished run with every file of the table, of a tiny model."""
    from tests.training import tiny

    recipe = wb.Recipe(
        model=str(model), dataset=tiny.frame(), test_size=12, validation_size=12, batch_size=8,
        max_length=32, learning_rate=3e-3, precision="fp32", epochs=1,
    )  # fmt: skip
    run = wb.fine_tune(recipe, folder, progress=False)
    run.calibrate()
    wb.inspection.save_slice(run, "short", "words < 6")
    (folder / "profile").mkdir()
    row = {"operation": "aten::mm", "calls": 2.0, "milliseconds": 0.5, "share": 1.0}
    (folder / "profile" / "table.json").write_text(json.dumps(
        {"last_step": 3, "steps": 3, "seconds": 1.0, "rows": [row], "started": time.time()}
    ))  # fmt: skip
    (folder / "log.txt").write_text("nothing to say\n")
    (folder / "control" / "0001-pause.json").write_text('{"command": "pause", "number": 1}')
    (folder / "error.json").write_text('{"error": "", "remedy": ""}')
    return folder
