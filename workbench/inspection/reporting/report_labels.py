"""Parts of a run's report about labels: sets of them, and classes of two levels."""

from __future__ import annotations

from collections.abc import Iterator

from ...i18n import t
from ..predictions.class_levels import has_hierarchy, hierarchy
from ..predictions.multi_label import label_set_confusions, label_set_report, labels_text
from .drawings import matrix
from .outcomes import metric_name
from .report_pages import Section, titled

ROWS = 30  # of a table
EXAMPLES = 10


def label_set_sections(run, split) -> Iterator[Section]:
    """Labels with their thresholds, pairs that are confused, the highest losses."""
    table = run.predictions(split)
    names = ["class", "support", "precision", "recall", "f1", "f1_low", "f1_high", "threshold",
             "missed", "invented"]  # fmt: skip
    labels = label_set_report(run, split)
    note = t("report.first_of", n=ROWS, total=len(labels)) if len(labels) > ROWS else ""
    yield Section(t("report.classes"), titled(labels[names].head(ROWS)), note=note)
    pairs = label_set_confusions(run, split, n=EXAMPLES)
    if len(pairs):
        titles = {"label": t("column.missed"), "prediction": t("column.invented")}
        yield Section(t("label_sets.pairs"), titled(pairs.rename(columns=titles)))
    worst = table.sort_values("loss", ascending=False, kind="stable").head(EXAMPLES)
    worst = worst.assign(**{n: worst[n].map(labels_text) for n in ("label", "prediction")})
    names = ["text", "pair", "label", "prediction", "loss"]
    yield Section(t("report.losses"), titled(worst[[n for n in names if n in worst]]))


def level_sections(run, split: str) -> Iterator[Section]:
    """Metrics of classes and parents, the parents' confusion, each parent's errors.

    Nothing where the classes have no parents.
    """
    table = run.predictions(split)
    if not has_hierarchy(table):
        return
    found = hierarchy(table)
    counts = found.confusion()
    picture = matrix(counts, x_title=t("column.prediction"), y_title=t("column.label"))
    summary = found.summary()
    plain = ("accuracy", "macro_f1")
    names = [metric_name(m) if m in plain else t(f"hierarchy.{m}") for m in summary["metric"]]
    yield Section(t("views.hierarchy"), titled(summary.assign(metric=names)), picture=picture)
    titles = {
        "children": t("hierarchy.children"), "class_errors": t("hierarchy.class_errors"),
        "inside": t("hierarchy.inside_n"),
    }  # fmt: skip
    names = ["class", "support", "precision", "recall", "f1", "f1_low", "f1_high", *titles]
    report = titled(found.report()[names].head(ROWS).rename(columns=titles))
    yield Section(t("hierarchy.report"), report, note=t("hierarchy.note"))
