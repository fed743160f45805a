"""Made predictions with known properties, for the views of errors."""

from __future__ import annotations

import numpy as np
import pandas as pd


def table(scores, labels, names=None, texts=None) -> pd.DataFrame:
    """A predictions table of these scores (n, k) and class ids."""
    scores = np.asarray(scores, float)
    names = names or [chr(97 + i) for i in range(scores.shape[1])]
    picked = scores[np.arange(len(labels)), labels]
    frame = pd.DataFrame({
        "text": texts if texts is not None else [f"text {i}" for i in range(len(labels))],
        "label": [names[i] for i in labels],
        "prediction": [names[i] for i in scores.argmax(1)],
        "loss": -np.log(np.maximum(picked, 1e-300)),
    })
    for number, name in enumerate(names):
        frame[f"score_{name}"] = scores[:, number]
    return frame


def drawn(n: int = 300, k: int = 3, seed: int = 0, sharpness: float = 2.0) -> pd.DataFrame:
    """Scores of a middling classifier; the same labels for each seed."""
    labels = np.random.default_rng(7).integers(0, k, n)
    logits = np.random.default_rng(seed).normal(size=(n, k)) + sharpness * np.eye(k)[labels]
    scores = np.exp(logits)
    return table(scores / scores.sum(1, keepdims=True), labels)
