"""Temperature scaling: one number that makes a classifier's scores mean what they say."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...atomic_files import read_json, write_json
from ...errors import DataError, RunError
from ...score_columns import score_columns, scored_names
from ...task_of_predictions import spec_of

if TYPE_CHECKING:
    import pandas as pd

FILE = "calibration.json"  # in the folder of the model
SMALLEST = np.log(1e-30)  # a score of 0 counts as this


def fit_temperature(scores: np.ndarray, labels: np.ndarray) -> float:
    """The temperature that minimises the mean cross-entropy of held-out examples.

    Parameters
    ----------
    scores : ndarray of float, shape (n_examples, n_classes)
        Softmax scores of examples that the model was not trained on.
    labels : ndarray of int, shape (n_examples,)
        Class ids.

    Returns
    -------
    float
        Between 0.05 and 20. Above 1 the model was too sure. When every example is right the loss
        falls without end towards 0, and so the bound is returned.

    Raises
    ------
    DataError
        If there are no examples.

    Notes
    -----
    C. Guo et al., "On calibration of modern neural networks", 2017. Scores to the power 1/T,
    scaled to sum to one, are the softmax of logits divided by T.
    """
    from scipy.optimize import minimize_scalar

    if len(labels) == 0:
        raise DataError("There are no examples to fit a temperature on.", "Give at least one.")
    logs = _logs(scores)
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        scaled = logs / np.exp(log_temperature)
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((total - scaled[rows, labels]).mean())

    bounds = (np.log(0.05), np.log(20.0))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def scaled_scores(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Softmax of the logits divided by ``temperature``; shapes (n_examples, n_classes)."""
    scaled = _logs(scores) / temperature
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def with_temperature(table: pd.DataFrame, temperature: float) -> pd.DataFrame:
    """A predictions table with scores (and loss, where there is one) at another temperature.

    The predictions stay: a temperature never changes which score is the highest.
    """
    columns = score_columns(table.columns)
    if not columns or not len(table):
        return table
    scores = scaled_scores(table[columns].to_numpy(float), temperature)
    changed = table.copy()
    changed[columns] = scores
    if "loss" in table.columns and "label" in table.columns:
        ids = {name: n for n, name in enumerate(scored_names(columns))}
        picked = scores[np.arange(len(table)), table["label"].map(ids).to_numpy(int)]
        changed["loss"] = -np.maximum(np.log(np.maximum(picked, 1e-300)), SMALLEST)
    return changed


def calibrate(table: pd.DataFrame, folder: Path, name: str) -> float:
    """Fit the temperature of a run on its validation predictions and store it with its model.

    Parameters
    ----------
    table : pandas.DataFrame
        The validation predictions: ``label`` and ``score_<class>``.
    folder : Path
        Of the run's model.
    name : str
        Of the run, for what is said.

    Returns
    -------
    float

    Raises
    ------
    RunError
        If the predictions have no scores that sum to 1, or the folder cannot be written.
    """
    columns = score_columns(table.columns)
    if not columns or spec_of(table).predicts != "class":
        raise RunError(
            f"The run {name} predicts no scores that sum to 1.",
            "Only classifiers of one class a text are calibrated.",
        )
    ids = {name: n for n, name in enumerate(scored_names(columns))}
    labels = table["label"].map(ids).to_numpy(int)
    temperature = fit_temperature(table[columns].to_numpy(float), labels)
    try:
        keep(folder, temperature, len(table))
    except OSError as error:
        raise RunError(
            f"The temperature cannot be stored in {folder} ({error.strerror or error}).",
            "Copy the run to a place that you may write.",
        ) from error
    return temperature


def keep(folder: Path, temperature: float, examples: int) -> None:
    """Write a temperature, fitted on so many validation examples, beside a model (OSError)."""
    note = {"temperature": temperature, "split": "validation", "examples": examples,
            "fitted": time.time()}  # fmt: skip
    write_json(folder / FILE, note)


def stored_temperature(folder: Path) -> float | None:
    """The temperature stored in the folder of a run's model; None before :func:`calibrate`."""
    found = read_json(folder / FILE)
    value = found.get("temperature") if isinstance(found, dict) else None
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e3
    return float(value) if usable else None


def _logs(scores: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(np.asarray(scores, float)), SMALLEST)
