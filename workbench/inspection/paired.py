"""What is compared of two runs of any task: the same examples in one order, and their sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..data.tag_spans import tag_spans
from ..errors import DataError
from ..intervals import drawn_sums, percentile_interval
from .kinds import kind_of

if TYPE_CHECKING:
    import pandas as pd

# columns that make an example the same one in two runs, by what a prediction is
KEYS = {"span": ("question", "context", "answers"), "tags": ("text", "label")}
USUAL_KEYS = ("text", "pair", "label")


@dataclass(frozen=True)
class Sums:
    """Metrics of a run as functions of sums over examples.

    Attributes
    ----------
    parts : ndarray of float64, shape (n_examples, n_parts)
    figures : callable
        From sums of ``parts``, shape (draws, n_parts), and the number of examples to a dict of
        metrics, each of shape (draws,).
    right : ndarray of bool, shape (n_examples,), or None
        Which predictions are right; None where a prediction is only near.
    """

    parts: np.ndarray
    figures: Callable[[np.ndarray, int], dict[str, np.ndarray]]
    right: np.ndarray | None


def example_keys(table: pd.DataFrame) -> pd.DataFrame:
    """What makes an example of a predictions table the same one in another run, as texts.

    ``copy`` numbers the examples that are equal in everything else.
    """
    import pandas as pd

    names = KEYS.get(kind_of(table), USUAL_KEYS)
    keys = pd.DataFrame({name: as_texts(table[name]) for name in names if name in table.columns})
    return keys.assign(copy=keys.groupby(list(keys.columns), dropna=False).cumcount())


def as_texts(column: pd.Series) -> list[str]:
    """Each value as one text, lists of words too."""
    return [
        "\x1f".join(map(str, value)) if isinstance(value, list | tuple | np.ndarray) else str(value)
        for value in column
    ]


def aligned(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The tables with their rows in the order of the first one.

    Raises
    ------
    DataError
        If they are not of one kind, or not of the same examples, with the reason.
    """
    tables = [table.reset_index(drop=True) for table in tables]
    kinds = [kind_of(table) for table in tables]
    if len(set(kinds)) > 1:
        raise DataError(
            "The runs are of different tasks: their predictions cannot be laid side by side.",
            "Compare runs of one task on one dataset.",
        )
    wanted = example_keys(tables[0])
    return [tables[0], *(_reordered(table, wanted) for table in tables[1:])]


def _reordered(table: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    mine = example_keys(table)
    if mine.equals(wanted):
        return table
    missing = [name for name in wanted.columns if name not in mine.columns]
    if not missing and len(mine) == len(wanted):
        place = mine.assign(place=np.arange(len(mine)))
        merged = wanted.merge(place, on=list(wanted.columns), how="left")
        if merged["place"].notna().all():
            return table.iloc[merged["place"].to_numpy(int)].reset_index(drop=True)
    if missing:
        reason = f"one has no {missing[0]!r}"
    else:
        first = wanted.columns[0]
        known = set(mine[first])
        shared = sum(text in known for text in wanted[first])
        reason = (
            f"{len(wanted):,} and {len(mine):,} examples, {shared:,} texts of the first "
            "occur in both"
            if shared < len(wanted) or len(mine) != len(wanted)
            else "the texts are the same and the labels differ"
        )
    raise DataError(
        f"The runs were tested on different examples: {reason}.",
        "A difference would mean nothing; train both with one split and one test set.",
    )


def sums_of(table: pd.DataFrame) -> Sums:
    """The sums behind the metrics of a predictions table with labels; not of one class."""
    return {"labels": _labels, "number": _number, "tags": _tags, "span": _span}[kind_of(table)](
        table
    )


def differences(first: Sums, second: Sums, resamples: int, seed: int) -> pd.DataFrame:
    """Metrics of both and their difference with its 95 % paired bootstrap interval.

    The same examples are drawn for both in each resample (Efron, 1979).

    Returns
    -------
    pandas.DataFrame, a row a metric
        ``metric``, ``first``, ``second``, ``difference`` (second minus first), ``low``, ``high``.
    """
    import pandas as pd

    n = len(first.parts)
    plain = [one.figures(one.parts.sum(axis=0)[None], n) for one in (first, second)]
    drawn = drawn_sums([first.parts, second.parts], resamples, seed)
    sampled = [one.figures(sums, n) for one, sums in zip((first, second), drawn, strict=True)]
    rows = []
    for metric in plain[0]:
        one, two = (float(values[metric][0]) for values in plain)
        low, high = percentile_interval(sampled[1][metric] - sampled[0][metric])
        rows.append((metric, one, two, two - one, low, high))
    return pd.DataFrame(rows, columns=["metric", "first", "second", "difference", "low", "high"])


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.zeros(np.shape(top)), where=bottom > 0)


def _span(table: pd.DataFrame) -> Sums:
    parts = table[["f1", "exact_match"]].to_numpy(float)

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        return {"f1": sums[:, 0] / n, "exact_match": sums[:, 1] / n}

    return Sums(parts, figures, parts[:, 1] > 0)


def _number(table: pd.DataFrame) -> Sums:
    from ..tasks.regression.task import ranks

    x, y = (table[name].to_numpy(float) for name in ("label", "prediction"))
    error = y - x
    x, y = x - x.mean(), y - y.mean()  # small numbers: their squares lose no digits
    r, s = ranks(x) / len(x), ranks(y) / len(y)  # of the whole set, for every resample
    pairs = [column for a, b in ((x, y), (r, s)) for column in (a, b, a * a, b * b, a * b)]
    parts = np.stack([*pairs, np.abs(error), error**2], axis=1)

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        mean = sums / n
        return {
            "pearson": _correlation(mean[:, :5]),
            "spearman": _correlation(mean[:, 5:10]),
            "mae": mean[:, 10],
            "rmse": np.sqrt(mean[:, 11]),
        }

    return Sums(parts, figures, None)


def _correlation(means: np.ndarray) -> np.ndarray:
    """From means of a, b, a², b², ab, shape (draws, 5); 0 where one of them is constant."""
    a, b, aa, bb, ab = means.T
    both = np.maximum(aa - a * a, 0) * np.maximum(bb - b * b, 0)
    size = np.sqrt(both)
    return np.divide(ab - a * b, size, out=np.zeros(len(a)), where=size > 1e-12)


def _labels(table: pd.DataFrame) -> Sums:
    from .multi_label import label_sets

    data = label_sets(table)
    exact = (data.truth == data.guess).all(axis=1)
    parts = np.concatenate(
        [data.truth & data.guess, data.truth, data.guess, exact[:, None]], axis=1
    ).astype(float)

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        hits, support, predicted = np.split(sums[:, :-1], 3, axis=1)
        both = support + predicted
        return {
            "macro_f1": _ratio(2 * hits, both).mean(axis=1),
            "micro_f1": _ratio(2 * hits.sum(axis=1), both.sum(axis=1)),
            "subset_accuracy": sums[:, -1] / n,
            "hamming_loss": (both - 2 * hits).sum(axis=1) / (n * hits.shape[1]),
        }

    return Sums(parts, figures, exact)


def _tags(table: pd.DataFrame) -> Sums:
    from .entities import are_of_words

    pairs = [
        (list(label), list(prediction))
        for label, prediction in zip(table["label"], table["prediction"], strict=True)
    ]
    right = np.asarray([label == prediction for label, prediction in pairs], bool)
    same = [sum(a == b for a, b in zip(*pair, strict=True)) for pair in pairs]
    words = np.stack([same, [len(label) for label, _ in pairs]], axis=1).astype(float)
    if are_of_words(table):
        return Sums(*_word_parts(pairs, words), right)
    spans = [[set(tag_spans(tags, plain=False)) for tags in pair] for pair in pairs]
    counts = [(len(wanted & found), len(wanted), len(found)) for wanted, found in spans]

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        hits, wanted, found, same, words = sums.T
        return {
            "f1": _ratio(2 * hits, wanted + found),
            "precision": _ratio(hits, found),
            "recall": _ratio(hits, wanted),
            "accuracy": _ratio(same, words),
        }

    return Sums(np.concatenate([np.asarray(counts, float), words], axis=1), figures, right)


def _word_parts(pairs: list, words: np.ndarray):
    """Sums and figures of tags of words, such as parts of speech."""
    names = sorted({tag for pair in pairs for tags in pair for tag in tags if tag})
    ids = {name: number for number, name in enumerate(names)}
    cells = np.zeros((len(pairs), 2, len(names)))  # right; labelled and predicted together
    for row, pair in enumerate(pairs):
        for wanted, found in zip(*pair, strict=True):
            for tag in (wanted, found):
                if tag:
                    cells[row, 1, ids[tag]] += 1
            if wanted and wanted == found:
                cells[row, 0, ids[wanted]] += 1

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        hits, both = np.split(sums[:, :-2], 2, axis=1)
        macro = _ratio(2 * hits, both).sum(axis=1) / np.maximum((both > 0).sum(axis=1), 1)
        return {"accuracy": _ratio(sums[:, -2], sums[:, -1]), "macro_f1": macro}

    return np.concatenate([cells.reshape(len(pairs), -1), words], axis=1), figures
