"""Metrics of sets of labels with intervals: whole examples are drawn, not their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...intervals import (
    by_bootstrap,
    drawn_sums,
    interval_table,
    percentile_interval,
    wilson_interval,
)
from ...measures.sums import Sums, ratio

if TYPE_CHECKING:
    import pandas as pd


def label_set_intervals(
    truth: np.ndarray, guess: np.ndarray, resamples: int, seed: int
) -> pd.DataFrame:
    """Macro-F1, micro-F1, subset accuracy (Wilson's interval) and Hamming loss.

    Parameters
    ----------
    truth, guess : ndarray of bool, shape (n_examples, n_labels)
    """
    n = len(truth)
    parts = [truth & guess, truth, guess]
    counts = np.concatenate([part.astype(np.float32) for part in parts], axis=1)
    (sums,) = drawn_sums([counts], resamples, seed)  # whole numbers
    drawn = _figures(sums, n)
    plain = _figures(counts.sum(axis=0, dtype=np.float64)[None], n)

    def row(metric: str) -> tuple:
        interval = percentile_interval(drawn[metric])
        return metric, float(plain[metric][0]), *interval, by_bootstrap(resamples)

    right = int((truth == guess).all(axis=1).sum())
    subset = ("subset_accuracy", right / n, *wilson_interval(right, n), "Wilson")
    return interval_table([row("macro_f1"), row("micro_f1"), subset, row("hamming_loss")])


def label_set_sums(truth: np.ndarray, guess: np.ndarray) -> Sums:
    """The sums behind these metrics."""
    exact = (truth == guess).all(axis=1)
    parts = np.concatenate([truth & guess, truth, guess, exact[:, None]], axis=1).astype(float)

    def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
        found = _figures(sums[:, :-1], n)
        return {"macro_f1": found["macro_f1"], "micro_f1": found["micro_f1"],
                "subset_accuracy": sums[:, -1] / n,
                "hamming_loss": found["hamming_loss"]}  # fmt: skip

    return Sums(parts, figures)


def _figures(counts: np.ndarray, n: int) -> dict[str, np.ndarray]:
    """Metrics from hits, labels and predictions of each label, (draws, 3 * n_labels)."""
    hits, support, predicted = np.split(counts.astype(np.float64), 3, axis=1)
    both = support + predicted
    return {
        "micro_f1": ratio(2 * hits.sum(axis=1), both.sum(axis=1)),
        "macro_f1": ratio(2 * hits, both).mean(axis=1),
        "hamming_loss": (both - 2 * hits).sum(axis=1) / (n * hits.shape[1]),
    }
