"""Precision, recall and F1 of whole entities: set arithmetic over their type, first and last word.

An entity counts as found when its type and both its ends are right (Tjong Kim Sang and De Meulder,
2003). The numbers are those of seqeval 1.2.2 in its default mode; the tests keep a table of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...data.tags.tag_spans import entity_spans
from ...errors import DataError

AVERAGES = ("micro", "macro", "weighted")


class Counts(NamedTuple):
    """Entities of one type, or of several together."""

    right: int
    labelled: int
    predicted: int

    def scores(self) -> tuple[float, float, float]:
        """Precision, recall, F1: fractions, 0 where there is nothing to divide by."""
        return (
            self.right / max(self.predicted, 1),
            self.right / max(self.labelled, 1),
            2 * self.right / max(self.labelled + self.predicted, 1),
        )


def count_entities(
    label: Iterable[Sequence[str]], prediction: Iterable[Sequence[str]]
) -> dict[str, Counts]:
    """Entities of each type that labels or predictions have, by type in alphabetical order.

    Parameters
    ----------
    label, prediction : one sequence of tags a sentence, of equal lengths
        In any scheme that :func:`~workbench.data.tags.tag_spans.entity_spans` reads.

    Raises
    ------
    DataError
        If the two have different numbers of sentences, or of tags in one.

    Examples
    --------
    >>> count_entities([["B-per", "I-per", "O", "B-loc"]], [["B-per", "O", "O", "B-loc"]])["loc"]
    Counts(right=1, labelled=1, predicted=1)
    """
    wanted, found = [list(tags) for tags in label], [list(tags) for tags in prediction]
    lengths = [len(tags) for tags in wanted], [len(tags) for tags in found]
    if lengths[0] != lengths[1]:
        at = next((n for n, (a, b) in enumerate(zip(*lengths, strict=False)) if a != b), None)
        raise DataError(
            f"Labels have {len(wanted)} sentences, predictions {len(found)}."
            if at is None
            else f"Sentence {at} has {lengths[0][at]} labels and {lengths[1][at]} predictions.",
            "Give each word one of both.",
        )
    right: Counter[str] = Counter()
    labelled: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    for one, other in zip(wanted, found, strict=True):
        spans, guesses = entity_spans(one), entity_spans(other)
        labelled.update(kind for kind, _, _ in spans)
        predicted.update(kind for kind, _, _ in guesses)
        right.update(kind for kind, _, _ in set(spans) & set(guesses))
    kinds = sorted(labelled.keys() | predicted.keys())
    return {kind: Counts(right[kind], labelled[kind], predicted[kind]) for kind in kinds}


def sum_counts(counts: Iterable[Counts]) -> Counts:
    """All entities together."""
    columns = list(zip(*counts, strict=True)) or [(), (), ()]
    return Counts(*(sum(column) for column in columns))


def average_scores(counts: dict[str, Counts], average: str = "micro") -> tuple[float, float, float]:
    """Precision, recall and F1 over the types: fractions, 0 where there is no entity.

    Parameters
    ----------
    average : "micro", "macro" or "weighted"
        Over all entities together, the mean of the types, or the mean weighted by the entities
        that the labels have of a type.

    Raises
    ------
    ValueError
        If there is no such average.
    """
    if average not in AVERAGES:
        raise ValueError(f"average is {average!r}; allowed are {', '.join(AVERAGES)}.")
    if average == "micro":
        return sum_counts(counts.values()).scores()
    weights = [count.labelled if average == "weighted" else 1 for count in counts.values()]
    rows = [count.scores() for count in counts.values()]
    total = max(sum(weights), 1)
    precision, recall, f1 = (
        sum(weight * row[place] for weight, row in zip(weights, rows, strict=True)) / total
        for place in range(3)
    )
    return precision, recall, f1


def word_scores(
    label: Iterable[Sequence[str]], prediction: Iterable[Sequence[str]]
) -> dict[str, float]:
    """Scores of tags of words, such as parts of speech.

    Parameters
    ----------
    label, prediction : one sequence of tags a sentence, of equal lengths
        A word without a prediction has an empty tag, which is never right.

    Returns
    -------
    dict of str to float
        ``accuracy`` (share of words), ``macro_f1``, and ``precision``, ``recall`` and ``f1``, which
        are means over the tags that labels or predictions have; 0 where nothing is there.

    Examples
    --------
    >>> word_scores([["N", "V", "N"]], [["N", "N", "N"]])["accuracy"]
    0.6666666666666666
    """
    right: Counter[str] = Counter()
    labelled: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    for one, other in zip(label, prediction, strict=True):
        labelled.update(one)
        predicted.update(tag for tag in other if tag)
        right.update(a for a, b in zip(one, other, strict=True) if a == b)
    names = sorted(labelled.keys() | predicted.keys())
    scores = [Counts(right[n], labelled[n], predicted[n]).scores() for n in names]
    precision, recall, f1 = (
        float(sum(values) / len(names)) for values in zip(*scores, strict=True)
    ) if names else (0.0, 0.0, 0.0)  # fmt: skip
    accuracy = sum(right.values()) / max(sum(labelled.values()), 1)
    return {
        "f1": f1, "precision": precision, "recall": recall, "accuracy": accuracy, "macro_f1": f1,
    }  # fmt: skip
