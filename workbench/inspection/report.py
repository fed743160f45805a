"""The report of a run: what it can do, where it errs, what it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DataError, RunError, WorkbenchError
from ..i18n import language, t
from .answers import answer_report
from .calibration import calibration_comparison, reliability
from .class_levels import has_hierarchy
from .confusions import largest_confusions
from .drawings import legend, lines, matrix
from .entities import entity_confusion, entity_report
from .errors import confusion, metric_intervals, per_class_errors, top_losses
from .kinds import kind_of
from .outcomes import baseline_name, metric_name, outcome
from .prediction_tables import class_names
from .readable import readable
from .report_labels import label_set_sections, level_sections
from .report_pages import Section, titled, to_html, to_markdown
from .residuals import residuals_by_label, top_residuals
from .slice_columns import SliceColumns
from .slices import find_slices, saved_slices, slice_errors

CLASSES = 20  # of a confusion matrix that is drawn
ROWS = 30  # of a table
EXAMPLES = 10


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
        from ..files import write_text

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
        "report.subtitle", task=recipe.task, model=recipe.model, dataset=recipe.dataset,
        n=len(table), split=t(f"split.{split}"),
    )  # fmt: skip
    parts: list[Callable[[], Iterator[Section]]] = [lambda: _metrics(run, table, split)]
    kind = kind_of(run)
    of_kind = {
        "number": lambda: _residuals(table), "tags": lambda: _entities(table),
        "labels": lambda: label_set_sections(run, split), "span": lambda: _answers(table),
    }  # fmt: skip
    if kind in of_kind:
        parts.append(of_kind[kind])
    elif class_names(table) and table["label"].isin(class_names(table)).all():
        parts.append(lambda: _classes(table))
        if has_hierarchy(table):
            parts.append(lambda: level_sections(table))
        parts.append(lambda: _calibration(run, split))
    if slices and kind != "span":
        parts.append(lambda: _slices(run, split))
    parts += [lambda: _training(run), lambda: _origin(run)]
    sections: list[Section] = []
    for part in parts:
        sections += _told(part)
    return Report(run.name, subtitle, sections)


def _told(part: Callable[[], Iterator[Section]]) -> list[Section]:
    """Sections of a part; what could not be computed is said in its place."""
    done: list[Section] = []
    try:
        for section in part():
            done.append(section)
    except (DataError, RunError) as error:  # nothing to show, or a damaged file of the run
        done.append(Section(t("report.left_out"), note=str(error)))
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
        {"baseline": baseline_name(k), **v} for k, v in results.get("baselines", {}).items()
    ]
    came = outcome(run, split)
    if len(rows) > 1:
        note = came.sentence if came else ""
        yield Section(t("report.baselines"), titled(pd.DataFrame(rows)), note)


def _classes(table) -> Iterator[Section]:
    counts = confusion(table)
    if len(counts) <= CLASSES:
        picture = matrix(counts, x_title=t("column.prediction"), y_title=t("column.label"))
        shown = counts.rename_axis(None, axis=1).reset_index()
        yield Section(t("report.confusion"), shown, picture=picture)
    names = ["class", "support", "precision", "recall", "f1", "f1_low", "f1_high"]
    classes = per_class_errors(table)
    note = t("report.first_of", n=ROWS, total=len(classes)) if len(classes) > ROWS else ""
    yield Section(t("report.classes"), titled(classes[names].head(ROWS)), note=note)
    pairs = largest_confusions(table, n=EXAMPLES)
    if len(pairs):
        names = ["label", "prediction", "examples", "share", "low", "high", "back"]
        yield Section(t("report.confusions"), titled(pairs[names]))
    names = ["text", "pair", "label", "prediction", "loss"]
    worst = top_losses(table, n=EXAMPLES)
    yield Section(t("report.losses"), titled(worst[[n for n in names if n in worst]]))


def _calibration(run, split) -> Iterator[Section]:
    found = reliability(run, split)
    bins = found.table
    series = [
        {"name": t("column.accuracy"), "x": bins["confidence"], "y": bins["accuracy"],
         "low": bins["accuracy_low"], "high": bins["accuracy_high"], "dots": True},
        {"name": t("calibration_view.perfect"), "x": [0, 1], "y": [0, 1], "guide": True},
    ]  # fmt: skip
    picture = lines(
        series, x_title=t("column.confidence"), y_title=t("column.accuracy"), limits=(0, 1, 0, 1)
    )
    title = t("calibration_view.title", ece=found.ece, floor=found.ece_floor, bins=found.bins)
    names = ["low", "high", "examples", "confidence", "accuracy", "gap"]
    yield Section(t("report.calibration"), titled(bins[names]), title, picture, legend(series))
    try:
        measures, temperature = calibration_comparison(run, split)
    except WorkbenchError:  # no validation predictions to fit a temperature on
        return
    measures = measures.assign(
        scores=[t("calibration_view.as_is"), t("calibration_view.calibrated")]
    )
    names = ["scores", "ece", "max_error", "brier", "loss"]
    heading = t("calibration_view.temperature", value=temperature)
    yield Section(heading, titled(measures[names]))


def _residuals(table) -> Iterator[Section]:
    parts = residuals_by_label(table)
    middle = (parts["low"] + parts["high"]) / 2
    y = parts["residual"]
    series = [{"name": t("column.residual"), "x": middle, "y": y, "dots": True},
              {"name": "0", "x": [parts["low"].min(), parts["high"].max()], "y": [0, 0],
               "guide": True}]  # fmt: skip
    limits = (parts["low"].min(), parts["high"].max(), min(y.min(), 0), max(y.max(), 0))
    picture = lines(series, x_title=t("column.label"), y_title=t("column.residual"), limits=limits)
    yield Section(t("report.residuals"), titled(parts), t("report.residual_note"), picture)
    names = ["text", "pair", "label", "prediction", "residual"]
    worst = top_residuals(table, n=EXAMPLES)
    yield Section(t("report.worst"), titled(worst[[n for n in names if n in worst]]))


def _entities(table) -> Iterator[Section]:
    from ..data.tagged import joined

    counts = entity_confusion(table)
    if len(counts) <= CLASSES:
        picture = matrix(counts, x_title=t("column.prediction"), y_title=t("column.label"))
        shown = counts.rename_axis(None, axis=1).reset_index()
        yield Section(t("report.confusion"), shown, picture=picture)
    names = ["class", "support", "precision", "recall", "f1", "f1_low", "f1_high"]
    yield Section(t("report.classes"), titled(entity_report(table)[names].head(ROWS)))
    worst = readable(table.sort_values("loss", ascending=False, kind="stable").head(EXAMPLES))
    worst = worst.assign(text=[joined(tokens) for tokens in worst["tokens"]])
    yield Section(t("report.losses"), titled(worst[["text", "label", "prediction", "loss"]]))


def _answers(table) -> Iterator[Section]:
    names = ["group", "questions", "exact_match", "low", "high", "f1"]
    for by in ("question_word", "kind"):
        groups = answer_report(table, by=by)[names].rename(columns={"group": t(f"answers.by_{by}")})
        yield Section(t(f"report.answers_{by}"), titled(groups.head(ROWS)))
    names = ["text", "label", "prediction", "loss"]
    worst = readable(table.sort_values("loss", ascending=False, kind="stable").head(EXAMPLES))
    yield Section(t("report.losses"), titled(worst[[n for n in names if n in worst]]))


def _slices(run, split) -> Iterator[Section]:
    columns = SliceColumns(run, split)
    names = ["query", "examples", "error_rate", "low", "high", "elsewhere", "p_corrected"]
    found = find_slices(columns)
    said = t("slices.found", n=len(found), tests=found.attrs["tests"])
    table = titled(found[names].head(ROWS)) if len(found) else None
    yield Section(t("report.slices"), table, f"{said} {t('slices.how')}" if len(found) else said)
    own = saved_slices(run)
    if own:
        yield Section(t("slices.own"), titled(slice_errors(columns, own)[["slice", *names]]))


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
    yield Section(t("report.recipe"), code=run.recipe.to_yaml())
