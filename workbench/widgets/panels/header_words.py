"""What the header of the app says: where each step is, and the code that repeats what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import inspection, task_registry, task_words
from workbench.errors import WorkbenchError
from workbench.i18n import t
from workbench.run_folder.files import read_fields

if TYPE_CHECKING:
    from .check import CheckPanel
    from .inspect import InspectPanel
    from .pick import PickPanel

PICK, CHECK, TRAIN, INSPECT, SHIP = range(5)


def steps(
    pick: PickPanel, check: CheckPanel, inspect: InspectPanel, status: dict
) -> list[list[str]]:
    """The title of each step, and in a few words where it is; ``status`` is that of the run."""
    about = [_chosen(pick), "", "", "", ""]
    if pick.problem:  # of a setting, of what is still to come, or of the data
        waits = pick.problem == pick.gate.sentence
        other = "app.problem_download" if waits else "app.problem_data"
        about[PICK] = t("app.problem" if pick.form.problem else other)
    mended = len(check.recipe.fixes) if check.check is not None else 0
    if mended:
        about[CHECK] = t("app.mended", n=mended)
    if status.get("epochs") and status.get("epoch") is not None:
        about[TRAIN] = t("app.epoch", epoch=status["epoch"], epochs=status["epochs"])
    about[INSPECT] = _reached(inspect)
    names = [t("app.pick"), t("app.check"), t("app.train"), t("app.inspect"), t("app.ship")]
    return [list(pair) for pair in zip(names, about, strict=True)]


def _chosen(pick: PickPanel) -> str:
    values = pick.form.values
    return " · ".join(_short_name(str(values.get(n, ""))) for n in ("model", "dataset"))


def _reached(inspect: InspectPanel) -> str:
    """The metric that decides, with its value; the first that is shown where it is not."""
    figures = [(name.split(",")[0], value) for value, name in inspect.metrics.figures]
    if not figures:
        return ""
    decisive = short = ""
    try:
        metric = inspection.decisive_metric(inspect.run)
        decisive, short = inspection.metric_name(metric), _short_title(metric, inspect.run)
    except WorkbenchError:  # its folder was moved or damaged
        pass
    name, value = next((f for f in figures if f[0] == decisive), figures[0])
    return f"{short if short and name == decisive else name} {value.split(' ')[0]}"


def _short_title(metric: str, run: Any) -> str:
    """A metric's title where there is little room; "" where it has no short one."""
    task = task_registry.find(run.recipe.task)
    one = task.metric(metric) if task is not None else None
    return task_words.metric_short(one, task) if one is not None else ""


def code(run: Any, pick: PickPanel, inspect: InspectPanel) -> str:
    """Python that repeats what the panels did."""
    if run is not None:
        try:
            recipe = run.recipe
        except WorkbenchError as error:  # its folder was moved or damaged
            return "# " + str(error).replace("\n", " ")
        lines = [recipe.to_python().rsplit("run = ", 1)[0]]
        lines[0] += f"run = wb.open_run({str(run.path)!r})  # {t('app.code_start')}"
    elif pick.form.errors:
        return "# " + pick.problem.replace("\n", " ")
    else:
        lines = [pick.recipe.to_python().rsplit("run = ", 1)[0]]
        lines[0] += f"run = wb.start(recipe)  # {t('app.code_here')}"
    lines.append("wb.Workbench(run=run)")
    if inspect.grid.chosen is not None:
        label, prediction = inspect.grid.chosen
        lines.append(f"wb.inspection.top_losses(run, label={label!r}, prediction={prediction!r})")
    if inspect.query.text:
        pair = f", {inspect.query.pair!r}" if inspect.query.pair else ""
        lines.append(f"wb.inspection.attention(run, {inspect.query.text!r}{pair})")
    return "\n".join(lines) + "\n"


def _short_name(reference: str) -> str:
    """A model or dataset in a few letters: the end of a path or of a reference.

    >>> _short_name("sample:minilm-l6"), _short_name("/home/me/films.csv"), _short_name("me/bert")
    ('minilm-l6', 'films.csv', 'bert')
    >>> _short_name("data:sha256-4c3ae852f4f6e52cfb36aa")
    'sha256-4c3ae852'
    """
    last = reference.rstrip("/\\").replace("\\", "/").split("/")[-1].split(":")[-1]
    return last[:15] if last.startswith("sha256-") else last


def place(path: Any) -> str:
    """Where a run lies: its folder and that above it."""
    return "/".join(path.parts[-2:])


def device(run: Any) -> str:
    """What the run computes with, from its own record; "" before there is one."""
    found, _ = read_fields(run.path, "environment.json")
    if not found.get("device"):
        return ""
    return t("app.device", device=found["device"].upper(), n=found.get("threads") or 1)
