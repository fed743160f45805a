"""A model that writes labels, judged as a classifier: what it takes for what, what is no label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...i18n import t
from ...measures.sameness import plain
from ...tasks.shared.written_labels import as_label, labels_of
from ...tasks.text_classification.measures import cells_of
from .errors import class_rows

if TYPE_CHECKING:
    import pandas as pd


def written_labels(run: Any, split: str = "test") -> pd.DataFrame | None:
    """The predictions with labels for texts, where what was to be written is one of a few labels.

    Parameters
    ----------
    run : Run, or pandas.DataFrame with ``label`` and ``prediction``

    Returns
    -------
    pandas.DataFrame or None
        ``text``, ``label``, ``written`` (as the model wrote it) and ``prediction``: the label that
        it is, case and signs aside, or None. ``attrs["labels"]`` lists the labels. None where
        texts are no labels (:func:`workbench.tasks.shared.written_labels.labels_of`).
    """
    import pandas as pd

    table = run.predictions(split) if hasattr(run, "predictions") else run
    labels = labels_of(table)
    if labels is None or "prediction" not in table.columns:
        return None
    written = table["prediction"].fillna("").astype(str)
    found = pd.DataFrame({
        "text": table["text"] if "text" in table else "", "label": table["label"].map(plain),
        "written": written, "prediction": [as_label(one, labels) for one in written],
    }, index=table.index)  # fmt: skip
    found.attrs["labels"] = labels
    return found


def written_confusion(run: Any, split: str = "test") -> pd.DataFrame | None:
    """Labels by row, what was written by column; the last column is of what is no label.

    None where texts are no labels.
    """
    found = written_labels(run, split)
    if found is None:
        return None
    import pandas as pd

    none = no_label(found.attrs["labels"])
    counts = pd.crosstab(found["label"], found["prediction"].fillna(none))
    labels = found.attrs["labels"]
    columns = [*labels, *([none] if none in counts.columns else [])]
    counts = counts.reindex(index=labels, columns=columns, fill_value=0)
    return counts.rename_axis("label").rename_axis("prediction", axis=1)


def written_class_report(run: Any, split: str = "test") -> pd.DataFrame | None:
    """Precision, recall and F1 of each label, as :func:`~.errors.per_class_errors`.

    What is no label is an error of its row's label and a prediction of no other. None where texts
    are no labels.
    """
    found = written_labels(run, split)
    if found is None:
        return None
    labels = found.attrs["labels"]
    names = [*labels, no_label(labels)]
    said = found.assign(prediction=found["prediction"].fillna(names[-1]))
    rows = class_rows(*cells_of(names, said))
    return rows[rows["class"] != names[-1]].reset_index(drop=True)


def not_labels(run: Any, split: str = "test") -> pd.DataFrame:
    """What was written and is no label: ``written``, ``label``, ``examples``, most frequent first.
    """
    import pandas as pd

    found = written_labels(run, split)
    if found is None:
        return pd.DataFrame({"written": [], "label": [], "examples": []})
    odd = found[found["prediction"].isna()]
    counts = odd.groupby(["written", "label"], sort=False).size().rename("examples").reset_index()
    return counts.sort_values("examples", ascending=False, kind="stable", ignore_index=True)


def no_label(labels: list[str]) -> str:
    """What stands for texts that are no label, called as none of the labels is."""
    name = t("written.no_label")
    while name in labels:
        name += " –"
    return name
