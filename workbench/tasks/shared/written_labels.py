"""Texts that are labels: a model that writes one of a few words is judged as a classifier too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...measures.sameness import loose, plain

if TYPE_CHECKING:
    import pandas as pd

MOST = 50  # different texts that are still labels
OFTEN = 3  # rows of a label on average at least: otherwise each text is one of its own
LONGEST = 60  # characters of a label


def labels_of(predictions: pd.DataFrame) -> list[str] | None:
    """The different texts that were to be written where they are labels, the most frequent first.

    They are where there are two to :data:`MOST` short ones, each :data:`OFTEN` times on average.
    None where what is written are texts.

    >>> import pandas as pd
    >>> labels_of(pd.DataFrame({"label": ["yes", "no", "yes", "yes", "no", "no"]}))
    ['yes', 'no']
    >>> labels_of(pd.DataFrame({"label": ["a dog", "a cat", "a cow"]}))
    """
    if "label" not in predictions.columns or not len(predictions):
        return None
    counts = predictions["label"].astype(str).map(plain).value_counts(sort=False)
    counts = counts.sort_values(ascending=False, kind="stable")
    names = [str(name) for name in counts.index]
    fits = 2 <= len(names) <= MOST and len(predictions) >= OFTEN * len(names)
    return names if fits and max(map(len, names)) <= LONGEST else None


def as_label(text: str, labels: list[str]) -> str | None:
    """The label that a written text is: itself, else without case and signs; None for no label.

    >>> as_label("Yes.", ["yes", "no"]), as_label("I do not know", ["yes", "no"])
    ('yes', None)
    """
    said = plain(text)
    if said in labels:
        return said
    near = [label for label in labels if loose(label) == loose(said)]
    return near[0] if len(near) == 1 else None
