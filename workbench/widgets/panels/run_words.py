"""How a run goes, in words and figures: where it is, how quick, what is best so far."""

from __future__ import annotations

from typing import Any

from workbench import inspection, task_registry, task_words, tasks
from workbench.durations import duration
from workbench.errors import WorkbenchError
from workbench.i18n import t
from workbench.run_folder import engine_words, step_pace
from workbench.task_spec import LOSS
from workbench.training.choosing import kept_said

from ..elements.history import History, main_metric

CLOSE = 0.02  # of the epochs: what a rounded share may be off
RECENT = 50  # steps that speed and padding are taken over
OWN_PHASES = (
    "waiting", "starting", "loading", "tokenising", "loading the model", "training", "evaluating",
    "saving", "pausing", "stopping", "paused", "stopped", "failed", "done",
    "silent",
)  # fmt: skip


def status_text(status: dict) -> str:
    """Where a run is, in a few words: "step 402 / 502 · 19 s left".

    >>> status_text({"state": "running", "step": 402, "total_steps": 502, "seconds_left": 19.2,
    ...              "phase": "training"})
    'step 402 / 502 · 19 s left'
    >>> status_text({"state": "queued", "queue_position": 2})
    'queued, 2 before it'
    """
    state, phase = status.get("state", ""), status.get("phase") or ""
    if state == "queued" and status.get("engine"):
        return engine_words.queued(status)
    if state == "queued":
        before = status.get("queue_position") or 0
        return t("train.queued_behind", n=before) if before else t("state.queued")
    parts = []
    if status.get("total_steps"):
        parts.append(t("train.step", step=status.get("step") or 0, total=status["total_steps"]))
    if state == "running":
        if phase != "training":
            known = phase.replace(" ", "_")
            parts.append(t(f"phase.{known}") if phase in OWN_PHASES else phase)
            if phase == "evaluating" and status.get("texts"):
                parts.append(t("train.texts", written=status["texts"]))
                if status.get("seconds_left") is not None:
                    parts.append(t("train.left", time=duration(status["seconds_left"])))
        elif status.get("seconds_left") is not None:
            parts.append(t("train.left", time=duration(status["seconds_left"])))
    elif state:
        parts.append(t(f"state.{state}"))
    if state in ("running", "paused") and status.get("engine"):
        parts.append(engine_words.at_work(status))
    return " · ".join(part for part in parts if part)


def figures(
    status: dict, history: History, metric: str = "", task: str | None = None
) -> list[tuple[str, str]]:
    """Speed and what limits it, learning rate, memory, best metric: text with their names.

    ``metric`` is what the checkpoint is chosen by, the loss included; by default the usual one. Of
    ``task`` it says whether lower is better.
    """
    found: list[tuple[str, str]] = []
    recent = history.recent(RECENT)
    if pace := step_pace.summarise(recent):
        found.append((f"{pace['tokens_per_second']:,.0f}", t("train.tokens")))
        found.append((f"{1000 * pace['step_seconds']:,.0f} ms", t("train.step_time")))
        found.append((f"{100 * pace['padding']:.0f} %", t("train.padding")))
        if pace["spared"] > 0.005:
            found.append((f"{100 * pace['spared']:.0f} %", t("train.spared")))
        found.append((f"{100 * pace['data_wait']:.0f} %", t("train.data_wait")))
        found.append((t(f"limit.{pace['limited_by']}"), t("train.limited_by")))
    if recent:
        last = recent[-1]
        if last.get("learning_rate") is not None:
            found.append((f"{last['learning_rate']:.2g}", t("train.learning_rate")))
        if last.get("memory_mb"):
            found.append((_megabytes(last["memory_mb"]), t("train.memory")))
    name = metric or main_metric(history.metrics())
    scored = [row for row in history.evaluations.values() if name in row]
    if scored:
        pick = min if task_registry.is_minimised(name, task) else max
        best = pick(scored, key=lambda row: row[name])
        title = task_words.metric_title(name, task)
        if name == LOSS.name:  # the other loss of the panel is that of each step
            title = t("curves.validation")
        said = t("train.best", name=title, step=best["step"])
        found.append((f"{best[name]:.3f}", said))
    return found


def _megabytes(value: float) -> str:
    return t("size.gb", n=value / 1000) if value >= 1000 else t("size.mb", n=value)


def epochs_of(status: dict) -> float | None:
    """Epochs of the whole run: as many as are said, or fewer where ``max_steps`` ends it before."""
    said = status.get("epochs")
    step, epoch, total = (status.get(k) or 0 for k in ("step", "epoch", "total_steps"))
    if not (step and total and epoch):
        return said
    found = epoch / step * total
    return said if said and abs(found - said) <= CLOSE * said else found


def chosen_by(run: Any) -> str:
    """What the run's checkpoint is chosen by; "" where its recipe cannot be read."""
    try:
        return tasks.best_metric(run.recipe)
    except (WorkbenchError, OSError, AttributeError):  # whoever reads the recipe itself says it
        return ""


def curves_said(run: Any) -> list[str]:
    """What the curves of a run that ended tell, each with what to do about it."""
    try:
        found = inspection.diagnose(run)
    except WorkbenchError:  # said by whatever reads the damaged file
        return []
    return [" ".join(row) for row in found[["finding", "evidence", "remedy"]].values.tolist()]


def kept_of(run: Any) -> str:
    """Why the checkpoint that was kept is not that of the best evaluation; "" where it is."""
    try:
        return kept_said(run)
    except WorkbenchError:  # said by whatever reads the damaged file
        return ""


def outcome_of(run: Any) -> str:
    """What came out, beside what a model without pretraining reaches on the same examples."""
    try:
        found = inspection.outcome(run)
    except WorkbenchError:  # said by whatever reads the damaged file
        return ""
    return found.sentence if found is not None else ""
