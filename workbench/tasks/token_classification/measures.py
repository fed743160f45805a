"""Metrics of tags with intervals: whole sentences are drawn, not their words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ...data.tags.tag_schemes import are_entities
from ...data.tags.tag_spans import tag_spans
from ...intervals import (
    by_bootstrap,
    drawn_rows,
    drawn_sums,
    interval_table,
    percentile_interval,
)
from ...measures.sums import Sums, ratio

if TYPE_CHECKING:
    import pandas as pd


def are_of_words(table: pd.DataFrame) -> bool:
    """Whether a table's tags are of words, such as parts of speech, and not of entities."""
    names = [name for name in ("label", "prediction") if name in table]
    return not all(are_entities(table[name]) for name in names)


def tag_intervals(table: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Precision, recall and F1 of all entities; of tags of words accuracy and macro-F1."""
    if are_of_words(table):
        return _word_intervals(table, resamples, seed)
    counts = _entity_counts(_pairs(table))
    drawn = np.concatenate(
        [counts[rows].sum(axis=1) for rows in drawn_rows(len(table), resamples, seed)]
    )
    rows = []
    for metric, over in (
        ("f1", lambda labelled, predicted: (labelled + predicted) / 2),
        ("precision", lambda _, predicted: predicted),
        ("recall", lambda labelled, _: labelled),
    ):
        value, values = (
            hits / np.maximum(over(*totals), 1) for hits, *totals in (counts.sum(axis=0), drawn.T)
        )
        interval = percentile_interval(values)
        rows.append((metric, float(value), *interval, by_bootstrap(resamples)))
    return interval_table(rows)


def tag_sums(table: pd.DataFrame) -> Sums:
    """The sums behind the metrics of tags, and the share of words that are right."""
    pairs = _pairs(table)
    same = [sum(a == b for a, b in zip(*pair, strict=True)) for pair in pairs]
    words = np.stack([same, [len(label) for label, _ in pairs]], axis=1).astype(float)
    if are_of_words(table):
        return Sums(*_word_parts(pairs, words))

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        hits, wanted, found, same, words = sums.T
        return {
            "f1": ratio(2 * hits, wanted + found),
            "precision": ratio(hits, found),
            "recall": ratio(hits, wanted),
            "accuracy": ratio(same, words),
        }

    return Sums(np.concatenate([_entity_counts(pairs), words], axis=1), figures)


def _pairs(table: pd.DataFrame) -> list[tuple[list[str], list[str]]]:
    return [
        (list(label), list(prediction))
        for label, prediction in zip(table["label"], table["prediction"], strict=True)
    ]


def _entity_counts(pairs: list) -> np.ndarray:
    """Right, labelled and predicted entities of each sentence, float, shape (n_sentences, 3)."""
    spans = [[set(tag_spans(tags, plain=False)) for tags in pair] for pair in pairs]
    return np.asarray([(len(a & b), len(a), len(b)) for a, b in spans], float)


def _word_intervals(table: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Accuracy of words and macro-F1 of tags, bootstrapped over sentences."""
    names = sorted({tag for name in ("label", "prediction") for tags in table[name]
                    for tag in tags if tag})  # fmt: skip
    ids = {name: number for number, name in enumerate(names)}
    cells = np.zeros((len(table), 3, len(names)))  # of each sentence: right, labelled, predicted
    for row, (label, prediction) in enumerate(
        zip(table["label"], table["prediction"], strict=True)
    ):
        for wanted, found in zip(label, prediction, strict=True):
            cells[row, 1, ids[wanted]] += 1
            if found:
                cells[row, 2, ids[found]] += 1
                cells[row, 0, ids[wanted]] += wanted == found

    def scores(counts: np.ndarray) -> tuple[float, float]:
        right, labelled, predicted = counts
        here = labelled + predicted > 0
        f1 = 2 * right[here] / (labelled + predicted)[here]
        return right.sum() / labelled.sum(), f1.mean()

    (sums,) = drawn_sums([cells.reshape(len(table), -1)], resamples, seed)
    drawn = [scores(one) for one in sums.reshape(resamples, 3, -1)]
    low, high = percentile_interval(drawn)
    whole = scores(cells.sum(axis=0))
    return interval_table(
        [
            (name, float(whole[i]), low[i], high[i], by_bootstrap(resamples))
            for i, name in enumerate(("accuracy", "macro_f1"))
        ]
    )


def _word_parts(pairs: list, words: np.ndarray) -> tuple[np.ndarray, Callable]:
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
        macro = ratio(2 * hits, both).sum(axis=1) / np.maximum((both > 0).sum(axis=1), 1)
        return {"accuracy": ratio(sums[:, -2], sums[:, -1]), "macro_f1": macro}

    return np.concatenate([cells.reshape(len(pairs), -1), words], axis=1), figures
