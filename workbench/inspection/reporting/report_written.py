"""Parts of a report about texts that a model wrote: what they are like, the worst, their labels."""

from __future__ import annotations

from collections.abc import Iterator

from ...i18n import t
from ..predictions.kinds import task_for
from ..predictions.written_classes import not_labels, written_class_report, written_confusion
from ..predictions.written_texts import (
    row_measure,
    worst_first,
    written_report,
    written_rows,
)
from .outcomes import decisive_metric, metric_name
from .report_pages import Section, titled
from .report_sections import EXAMPLES, ROWS, confusion_drawn


def written_sections(run, split: str) -> Iterator[Section]:
    """What the texts are like beyond the metrics, and the worst by the metric that decided."""
    task = task_for(run)
    table = run.predictions(split)
    found = written_report(table)
    found = found[~found["metric"].isin(task.text_metrics)]
    found = found.assign(metric=found["metric"].map(metric_name))
    yield Section(t("report.written"), titled(found), t("report.written_note"))
    rows = written_rows(table)
    metric = row_measure(decisive_metric(run))
    worst = worst_first(rows, metric).head(EXAMPLES)
    names = [*dict.fromkeys(["text", "label", "prediction", metric, "loss"])]
    shown = worst[[name for name in names if name in worst]]
    heading = t("report.written_worst", metric=metric_name(metric))
    yield Section(heading, titled(shown.rename(columns={metric: metric_name(metric)})))


def written_class_sections(run, split: str) -> Iterator[Section]:
    """The texts as labels, where what is to be written is one of a few; nothing where it is not."""
    table = run.predictions(split)
    counts = written_confusion(table)
    if counts is None:
        return
    for section in confusion_drawn(counts):
        yield Section(t("report.written_classes"), section.table, picture=section.picture)
    names = ["class", "support", "precision", "recall", "f1", "f1_low", "f1_high"]
    classes = written_class_report(table)
    if classes is not None:
        yield Section(t("report.classes"), titled(classes[names].head(ROWS)))
    odd = not_labels(table)
    if len(odd):
        yield Section(t("report.not_labels"), titled(odd.head(ROWS)))
