"""What is said of pairs of replies: rewards of each, and how often the chosen one has more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...measures.sums import Sums, means
from . import replies

if TYPE_CHECKING:
    import pandas as pd

REWARDS = ("chosen_reward", "rejected_reward", "reward_margin")


def there(predictions: pd.DataFrame) -> bool:
    """Whether a table is of pairs."""
    return "reward_margin" in predictions.columns


def with_rewards(
    table: pd.DataFrame, frame: pd.DataFrame, ratios: np.ndarray, compared: np.ndarray, loss: Any
) -> pd.DataFrame:
    """Predictions with ``rejected``, the :data:`REWARDS` and ``loss``; NaN where a side was cut.

    Parameters
    ----------
    ratios : ndarray of float32, shape (n_rows, 2)
        Log-ratios of chosen and rejected replies.
    compared : ndarray of bool, shape (n_rows,)
        Whether something of both is left.
    loss : workbench.training.losses.dpo.PreferenceLoss
    """
    import torch

    ratios = np.asarray(ratios, np.float32).reshape(-1, 2)
    rewards = loss.rewards(ratios.astype(np.float64))
    losses = loss.each(torch.from_numpy(ratios)).numpy().astype(np.float64)
    numbers = dict(zip((*REWARDS, "loss"), (
        rewards[:, 0], rewards[:, 1], rewards[:, 0] - rewards[:, 1], losses,
    ), strict=True))  # fmt: skip
    cells = {name: np.where(compared, values, np.nan) for name, values in numbers.items()}
    return table.assign(rejected=frame["rejected"].to_numpy(), **cells)


def right(predictions: pd.DataFrame) -> np.ndarray:
    """1 where the chosen reply has the higher reward, 0.5 where both have the same, else 0."""
    margin = predictions["reward_margin"].to_numpy(float)
    return (margin > 0) + 0.5 * (margin == 0)


def metrics(predictions: pd.DataFrame) -> dict[str, float]:
    """``reward_accuracy``, ``reward_margin``, ``chosen_reward``, ``rejected_reward``, ``loss``;
    of replies that were written what :func:`.replies.measured` gives; ``examples``."""
    known = predictions[predictions["reward_margin"].notna()]
    found = {"reward_accuracy": right(known)}
    found |= {name: known[name].to_numpy(float) for name in (*REWARDS, "loss")}
    numbers = {name: float(values.mean()) if len(known) else float("nan")
               for name, values in found.items()}  # fmt: skip
    written = predictions[predictions["prediction"].notna()]
    numbers |= replies.measured(written["prediction"].tolist(), written["label"].tolist())
    return {**numbers, "examples": len(predictions)}


def sums(predictions: pd.DataFrame) -> Sums:
    """Accuracy, margin and loss, as means over pairs."""
    known = predictions[predictions["reward_margin"].notna()]
    return means({
        "reward_accuracy": right(known).astype(float),
        "reward_margin": known["reward_margin"].to_numpy(float),
        "loss": known["loss"].to_numpy(float),
    })  # fmt: skip


def baselines(test: pd.DataFrame) -> dict[str, dict[str, float]]:
    """How often the longer reply was the chosen one, by characters; a tie is half right."""
    lengths = [test[name].map(len).to_numpy() for name in ("reply", "rejected")]
    if not len(test):
        return {}
    longer = (lengths[0] > lengths[1]) + 0.5 * (lengths[0] == lengths[1])
    return {"longer": {"reward_accuracy": float(longer.mean())}}
