"""Text classification: macro-F1, weights of classes, intervals, scores, frozen models."""

from __future__ import annotations

import math

from workbench.score_columns import score_columns

from ..exercise import Holds, Value


def ratio(weights):
    """How many texts of ``earn`` one of ``grain`` weighs as much as."""
    return float(weights["grain"] / weights["earn"])


def narrow(texts):
    """Whether the interval of an accuracy of 0.8 is 0.02 wide, and not narrower than needed."""
    from workbench.inspection import wilson_interval

    if not 1 <= texts <= 1e9:
        return False
    n = round(texts)
    low, high = wilson_interval(round(0.8 * n), n)
    return 0.0195 < high - low <= 0.02


def errors_of_the_sure(predictions):
    """Errors among the examples whose highest score is above the median."""
    sureness = predictions[score_columns(predictions.columns)].max(axis=1)
    missed = predictions["label"] != predictions["prediction"]
    return int(missed[sureness > sureness.median()].sum())


def share_of_the_gain(right):
    """Of the rise in accuracy from untuned to tuned, how much the frozen model has."""
    hits = right.mean()
    gain = hits["tuned"] - hits["untuned"]
    return float((hits["frozen"] - hits["untuned"]) / gain) if gain else math.inf


EXERCISES = {
    "1": Value((2 * 90 / (90 + 100) + 0) / 2, within=2e-3),
    "2": Value(ratio, within=0.1, needs=("weights",)),
    "3": Holds(narrow, right=(6150,), wrong=(0, 100, 1540, 100_000, math.nan, math.inf)),
    "4": Value(errors_of_the_sure, needs=("predictions",)),
    "5": Value(share_of_the_gain, within=0.01, needs=("right",)),
    "6": Value(1 / 6, within=2e-3),
}
