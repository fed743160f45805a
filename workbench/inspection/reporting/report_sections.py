"""Parts of a run's report about its predictions; a task lists those that suit it.

A part takes a run and a split and yields sections. :data:`workbench.task_spec.SECTIONS` has their
names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...data.tags.words_in_text import joined
from ...errors import WorkbenchError
from ...i18n import t
from ..predictions.answers import answer_report
from ..predictions.calibration import calibration_comparison, reliability
from ..predictions.confusions import largest_confusions
from ..predictions.entities import entity_confusion, entity_report
from ..predictions.errors import confusion, per_class_errors, top_losses
from ..predictions.kinds import task_for
from ..predictions.readable import readable
from ..predictions.residuals import residuals_by_label, top_residuals
from ..predictions.slice_columns import SliceColumns
from ..predictions.slices import find_slices, saved_slices, slice_errors
from .drawings import legend, lines, matrix
from .report_pages import Section, titled

if TYPE_CHECKING:
    import pandas as pd

CLASSES = 20  # of a confusion matrix that is drawn
ROWS = 30  # of a table
EXAMPLES = 10


def example_sections(run, split: str) -> Iterator[Section]:
    """The examples whose prediction is furthest from what is right, of any task."""
    table, task = run.predictions(split), task_for(run)
    sizes = task.distance(table)
    if sizes is not None:
        order = sizes.sort_values(ascending=False, kind="stable").index
        table = table.loc[order]
    worst = task.readable(table.head(EXAMPLES))
    names = ["text", "pair", "label", "prediction", "loss"]
    yield Section(t("report.losses"), titled(worst[[n for n in names if n in worst]]))


def confusion_drawn(counts: pd.DataFrame) -> Iterator[Section]:
    """Counts of labels (rows) over predictions (columns), where they are few enough to be drawn."""
    if len(counts) <= CLASSES:
        picture = matrix(counts, x_title=t("column.prediction"), y_title=t("column.label"))
        shown = counts.rename_axis(None, axis=1).reset_index()
        yield Section(t("report.confusion"), shown, picture=picture)


def class_sections(run, split: str) -> Iterator[Section]:
    """Confusion, classes, the largest confusions, the highest losses."""
    table = run.predictions(split)
    yield from confusion_drawn(confusion(table))
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


def calibration_sections(run, split: str) -> Iterator[Section]:
    """Confidence against accuracy, and both at the fitted temperature."""
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


def residual_sections(run, split: str) -> Iterator[Section]:
    """Residuals over labels, and the worst predictions."""
    table = run.predictions(split)
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


def entity_sections(run, split: str) -> Iterator[Section]:
    """Confusion of entities, their types, the sentences with the highest loss."""
    table = run.predictions(split)
    yield from confusion_drawn(entity_confusion(table))
    names = ["class", "support", "precision", "recall", "f1", "f1_low", "f1_high"]
    yield Section(t("report.classes"), titled(entity_report(table)[names].head(ROWS)))
    worst = readable(table.sort_values("loss", ascending=False, kind="stable").head(EXAMPLES))
    worst = worst.assign(text=[joined(tokens) for tokens in worst["tokens"]])
    yield Section(t("report.losses"), titled(worst[["text", "label", "prediction", "loss"]]))


def answer_sections(run, split: str) -> Iterator[Section]:
    """Groups of questions, and the answers with the highest loss."""
    table = run.predictions(split)
    names = ["group", "questions", "exact_match", "low", "high", "f1"]
    for by in ("question_word", "kind"):
        groups = answer_report(table, by=by)[names].rename(columns={"group": t(f"answers.by_{by}")})
        yield Section(t(f"report.answers_{by}"), titled(groups.head(ROWS)))
    names = ["text", "label", "prediction", "loss"]
    worst = readable(table.sort_values("loss", ascending=False, kind="stable").head(EXAMPLES))
    yield Section(t("report.losses"), titled(worst[[n for n in names if n in worst]]))


def slice_sections(run, split: str) -> Iterator[Section]:
    """Slices with more errors than the rest, and those made by hand."""
    columns = SliceColumns(run, split)
    names = ["query", "examples", "error_rate", "low", "high", "elsewhere", "p_corrected"]
    found = find_slices(columns)
    far = columns.errors()[1] == "distance"
    said = t("slices.found_far" if far else "slices.found", n=len(found),
             tests=found.attrs["tests"])  # fmt: skip
    how = t("slices.how")
    if far:
        how = t("slices.how_far", measure=t(f"column.{columns.measure}"))
    called = {"error_rate": columns.measure}
    table = titled(found[names].head(ROWS).rename(columns=called)) if len(found) else None
    yield Section(t("report.slices"), table, f"{said} {how}" if len(found) else said)
    own = saved_slices(run)
    if own:
        measured = slice_errors(columns, own)[["slice", *names]]
        yield Section(t("slices.own"), titled(measured.rename(columns=called)))
