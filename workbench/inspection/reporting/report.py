"""The report of a run: what it can do, where it errs, what it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import RunError, WorkbenchError
from ...i18n import language, t
from ...task_spec import SECTIONS, load_object
from ...task_words import called, part_error
from ..predictions.errors import metric_intervals
from ..predictions.kinds import spec_for
from .drawings import legend, lines
from .outcomes import baseline_name, metric_name, outcome
from .report_pages import Section, titled, to_html, to_markdown


@dataclass(frozen=True)
class Report:
    """A run's report, as a page and as Markdown.

    Attributes
    ----------
    title, subtitle : str
    sections : list of Section
        With their tables as DataFrames.
    """

    title: str
    subtitle: str
    sections: list[Section]

    @property
    def html(self) -> str:
        """One page that needs no network and runs no script."""
        return to_html(self.title, self.subtitle, self.sections, language())

    @property
    def markdown(self) -> str:
        """For a model card."""
        return to_markdown(self.title, self.subtitle, self.sections)

    def save(self, folder: str | Path) -> tuple[Path, Path]:
        """Write ``report.html`` and ``report.md`` there.

        Raises
        ------
        RunError
            If the folder cannot be written.
        """
        from ...atomic_files import write_text

        paths = Path(folder) / "report.html", Path(folder) / "report.md"
        try:
            paths[0].parent.mkdir(parents=True, exist_ok=True)
            for path, text in zip(paths, (self.html, self.markdown), strict=True):
                write_text(path, text)
        except OSError as error:
            raise RunError(
                f"The report cannot be written to {folder} ({error.strerror}).",
                "Name a folder that you may write.",
            ) from error
        return paths

    def __repr__(self) -> str:
        return f"<Report: {self.title}, {len(self.sections)} sections>"


def report(run: Any, split: str = "test", *, slices: bool = True) -> Report:
    """The report of a finished run.

    Parameters
    ----------
    run : Run
    split : str
        Whose predictions are looked at.
    slices : bool
        Whether to look for slices with more errors (seconds for thousands of examples).

    Returns
    -------
    Report
        ``report(run).save("folder")`` writes it.

    Raises
    ------
    RunError
        If the run has no predictions of this split.
    """
    table = run.predictions(split)
    recipe = run.recipe
    subtitle = t(
        "report.subtitle", task=called(recipe.task), model=recipe.model, dataset=recipe.dataset,
        n=len(table), split=t(f"split.{split}"),
    )  # fmt: skip
    parts: list[tuple[str, Callable[[], Iterator[Section]]]] = [
        (t("report.metrics"), lambda: _metrics(run, table, split))
    ]
    for name in spec_for(run).sections:
        if slices or name != "slices":
            said = t("report.part", name=repr(name))
            parts.append((said, lambda name=name: _part(name)(run, split)))
    parts.append((t("report.curves"), lambda: _training(run)))
    parts.append((t("report.data"), lambda: _origin(run)))
    sections: list[Section] = []
    for said, part in parts:
        sections += _told(part, said, recipe.task)
    return Report(run.name, subtitle, sections)


def _part(name: str) -> Callable[[Any, str], Iterator[Section]]:
    """The part of a report that a task lists by this name, or as ``module:function``."""
    return load_object(SECTIONS.get(name, name), "A section of a report")


def _told(part: Callable[[], Iterator[Section]], name: str, task: str) -> list[Section]:
    """Sections of a part; what could not be computed is said in its place."""
    done: list[Section] = []
    try:
        for section in part():
            done.append(section)
    except Exception as error:  # nothing to show, a damaged file, a task's own part that breaks
        done.append(Section(t("report.left_out"), note=str(part_error(error, task, name))))
    return done


def _metrics(run, table, split) -> Iterator[Section]:
    import pandas as pd

    try:
        results, damaged = run.results(), ""
    except RunError as error:  # the table of predictions says most of it all the same
        results, damaged = {}, str(error)
    measured = results.get("metrics", {}).get(split, {})
    try:
        intervals = metric_intervals(table).assign(
            metric=lambda f: f["metric"].map(metric_name)
        )
    except (WorkbenchError, KeyError, TypeError, ValueError):  # labels of another kind of task
        intervals = pd.DataFrame(measured.items(), columns=["metric", "value"])
    yield Section(t("report.metrics"), titled(intervals), note=t("report.intervals"))
    if damaged:
        yield Section(t("report.left_out"), note=damaged)
    rows = [{"baseline": t("report.this_run"), **measured}]
    rows += [
        {"baseline": baseline_name(k, run.recipe.task), **v}
        for k, v in results.get("baselines", {}).items()
    ]
    came = outcome(run, split)
    if len(rows) > 1:
        note = came.sentence if came else ""
        yield Section(t("report.baselines"), titled(pd.DataFrame(rows)), note)


def _training(run) -> Iterator[Section]:
    history = run.history()
    steps, evaluations = (history[history["kind"] == kind] for kind in ("step", "eval"))
    series = [
        {"name": t("report.training_loss"), "x": steps["step"], "y": steps["loss"]},
        {"name": t("report.validation_loss"), "x": evaluations["step"], "y": evaluations["loss"],
         "dots": True},
    ]  # fmt: skip
    picture = lines(series, x_title=t("report.step"), y_title=t("column.loss"))
    if picture:
        yield Section(t("report.curves"), picture=picture, keys=legend(series))


def _origin(run) -> Iterator[Section]:
    import pandas as pd

    data = run.data_info()
    examples = data.get("examples", {})
    if examples:
        rows = [(t(f"split.{name}"), n) for name, n in examples.items()]
        table = pd.DataFrame(rows, columns=[t("report.split"), t("column.examples")])
        said = [t("report.fingerprint", value=data.get("fingerprint", "–")), *data.get("notes", [])]
        yield Section(t("report.data"), table, " ".join(said))
    if said := run.warnings():
        yield Section(t("report.warnings"), note=" ".join(said))
    yield Section(t("report.recipe"), code=run.recipe.to_yaml())
