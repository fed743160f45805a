"""The figures of a finished run as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import task_registry, task_words
from ..errors import UnknownName
from ..terminal import say

if TYPE_CHECKING:
    from ..training.run import Run


def print_results(run: Run) -> None:
    """Notes, seconds, and a table of the model beside what costs no neural network.

    What a folder of before does not say is left out.

    Raises
    ------
    RunError
        If the run has no metrics of the test split.
    """
    results, test = run.results(), run.metrics("test")
    for note in results.get("notes") or []:
        say(f"note: {note}")
    finishing = results.get("finishing_seconds")
    ended = f" and {finishing:.1f} s of predictions" if finishing else ""
    if results.get("training_seconds") is not None:
        say(f"training: {results['training_seconds']:.1f} s{ended}, "
            f"best step {results.get('best_step')}")  # fmt: skip
    rows = {"this model": test, **(results.get("baselines") or {})}
    columns = _columns_of(run.recipe.task, rows["this model"])
    examples = test.get("examples", "?")
    titles = {
        name: name if name == "this model" else task_words.baseline_title(name, run.recipe.task)
        for name in rows
    }
    first = max(34, *(len(title) + 2 for title in titles.values()))
    widths = {metric: max(10, len(title) + 2) for metric, title in columns.items()}
    head = "".join(f"{title:>{widths[metric]}s}" for metric, title in columns.items())
    say(f"{'test, ' + str(examples) + ' examples':{first}s}{head}")
    for name, metrics in rows.items():
        values = "".join(f"{_figure(metrics.get(one)):>{widths[one]}s}" for one in columns)
        say(f"  {titles[name]:{first - 2}s}{values}")
    from ..inspection import outcome

    try:
        found = outcome(run)
    except UnknownName as error:  # the task's package is not here
        say(error)
        return
    if found:
        say(found.sentence)


def _figure(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.3f}"


def _columns_of(task: str, metrics: dict) -> dict[str, str]:
    """Short titles of the metrics that are printed; all but the loss where the task is not here."""
    declared = task_registry.find(task)
    if declared is None:
        return {name: name[:9] for name in metrics if name not in ("loss", "examples")}
    known = {one.name: task_words.metric_short(one, declared) for one in declared.metrics}
    return {name: short for name, short in known.items() if short and name in metrics}
