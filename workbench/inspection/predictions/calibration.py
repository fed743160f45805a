"""Whether scores mean what they say: reliability by bin, calibration error, temperature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from ...intervals import wilson_interval
from ...training.predicting.temperature import fit_temperature, with_temperature
from .scores import scored

if TYPE_CHECKING:
    import pandas as pd

BINS = ("equal_width", "equal_count")


@dataclass(frozen=True)
class Calibration:
    """Calibration of the top prediction.

    Attributes
    ----------
    table : pandas.DataFrame, a row a bin that is not empty
        ``low``, ``high`` (edges of the confidence), ``examples``, ``confidence`` (mean),
        ``accuracy`` with its 95 % Wilson interval ``accuracy_low``, ``accuracy_high``, ``gap``
        (confidence minus accuracy).
    ece : float
        Expected calibration error: mean absolute gap, weighted by the examples of the bins.
    ece_floor : float
        The mean ECE that a perfectly calibrated model with these confidences would show on so many
        examples and these bins: the upward bias of the estimate (simulated, 1,000 draws).
    max_error : float
        The largest absolute gap of a bin.
    brier : float
        Mean squared distance of the scores to the label (0 best, 2 worst).
    loss : float
        Mean cross-entropy (nats).
    bins, method : int, str
        As asked for.
    """

    table: pd.DataFrame
    ece: float
    ece_floor: float
    max_error: float
    brier: float
    loss: float
    bins: int
    method: str

    def __repr__(self) -> str:
        return (
            f"<Calibration: ECE {self.ece:.3f} of {self.bins} {self.method} bins "
            f"({self.ece_floor:.3f} by chance), Brier {self.brier:.3f}>"
        )


def reliability(
    run, split: str = "test", *, bins: int = 10, method: str = "equal_width", seed: int = 0
) -> Calibration:
    """Confidence against accuracy, bin by bin.

    Parameters
    ----------
    bins : int
        2 to 100 bins of the confidence (the highest score).
    method : {'equal_width', 'equal_count'}
        Bins of one width, or of nearly as many examples; ties are never cut.
    seed : int
        Of the simulation behind ``ece_floor``.

    Notes
    -----
    M. Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", 2015.
    """
    import pandas as pd

    if not 2 <= bins <= 100:
        raise DataError(f"bins is {bins}.", "Take 2 to 100.")
    if method not in BINS:
        raise DataError(f"method is {method!r}.", f"Allowed: {', '.join(map(repr, BINS))}.")
    data = scored(run, split)
    confidence, right = data.scores.max(axis=1), data.right
    edges = _edges(confidence, bins, method)
    which = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, len(edges) - 2)
    counts = np.bincount(which, minlength=len(edges) - 1)
    used = np.flatnonzero(counts)
    mean = np.bincount(which, confidence, len(counts))[used] / counts[used]
    hits = np.bincount(which, right, len(counts))[used]
    intervals = [wilson_interval(int(h), int(n)) for h, n in zip(hits, counts[used], strict=True)]
    table = pd.DataFrame(
        {
            "low": edges[used],
            "high": edges[used + 1],
            "examples": counts[used],
            "confidence": mean,
            "accuracy": hits / counts[used],
            "accuracy_low": [low for low, _ in intervals],
            "accuracy_high": [high for _, high in intervals],
            "gap": mean - hits / counts[used],
        }
    )
    truth = np.eye(len(data.names))[data.labels]
    picked = data.scores[np.arange(len(data.labels)), data.labels]
    weights = counts[used] / counts.sum()
    return Calibration(
        table=table,
        ece=float((weights * table["gap"].abs()).sum()),
        ece_floor=_floor(confidence, which, used, counts, seed),
        max_error=float(table["gap"].abs().max()),
        brier=float(((data.scores - truth) ** 2).sum(axis=1).mean()),
        loss=float(-np.log(np.maximum(picked, 1e-300)).mean()),
        bins=bins,
        method=method,
    )


def calibration_comparison(run, split: str = "test", **options) -> tuple[pd.DataFrame, float]:
    """Calibration as the model says it and at the temperature fitted on its validation split.

    Returns
    -------
    table : pandas.DataFrame, two rows
        ``scores`` ("as they are", "calibrated"), ``ece``, ``ece_floor``, ``max_error``,
        ``brier``, ``loss``.
    temperature : float
    """
    import pandas as pd

    fitted = scored(run, "validation")
    temperature = fit_temperature(fitted.scores, fitted.labels)
    held_out = scored(run, split).table
    rows = []
    for name, table in (
        ("as they are", held_out),
        ("calibrated", with_temperature(held_out, temperature)),
    ):
        found = reliability(table, **options)
        rows.append((name, found.ece, found.ece_floor, found.max_error, found.brier, found.loss))
    columns = ["scores", "ece", "ece_floor", "max_error", "brier", "loss"]
    return pd.DataFrame(rows, columns=columns), temperature


def _edges(confidence: np.ndarray, bins: int, method: str) -> np.ndarray:
    if method == "equal_width":
        return np.linspace(0.0, 1.0, bins + 1)
    inner = np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1], method="lower")
    return np.unique(np.r_[0.0, inner, 1.0])


def _floor(confidence, which, used, counts, seed: int, draws: int = 1000) -> float:
    """Mean ECE when each example is right with just the probability that was claimed."""
    rng = np.random.default_rng(seed)
    share = counts[used] / counts.sum()
    mean = np.bincount(which, confidence, len(counts))[used] / counts[used]
    # a bin's hits are a sum of Bernoulli draws: normal with their exact mean and variance when
    # there are many of them, drawn one by one when there are few
    variance = np.bincount(which, confidence * (1 - confidence), len(counts))[used]
    total = np.zeros(draws)
    for number, bin_ in enumerate(used):
        n = counts[bin_]
        if n <= 200:
            claimed = confidence[which == bin_]
            hits = (rng.random((draws, n)) < claimed).sum(axis=1)
        else:
            hits = rng.normal(n * mean[number], np.sqrt(variance[number]), draws)
        total += share[number] * np.abs(hits / n - mean[number])
    return float(total.mean())
