"""What a model that writes gives for some rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Prompt:
    """What a model is asked to go on from while it trains.

    Parameters
    ----------
    row : int
        Position among the validation rows.
    ids : list of int
        Token ids.
    text : str
        The same as a person reads it.
    reference : str
        What stands behind it in the data.
    """

    row: int
    ids: list[int]
    text: str
    reference: str


@dataclass
class Written:
    """Losses of the texts that were wanted, and the texts that were written.

    Parameters
    ----------
    losses : ndarray of float32, shape (n_rows,)
        Sum of the negative log-probabilities of a row's target, in nats; NaN where it is not known.
    tokens : ndarray of float32, shape (n_rows,)
        Tokens of the target that were summed, its end included.
    texts : list of str or None, n_rows
        None where none was asked for.
    ended : ndarray of bool, shape (n_rows,)
        Whether the model ended the text itself, and was not cut at ``max_new_tokens``.
    notes : list of str
        What is to be said of them: how many were cut, and why.
    ratios : ndarray of float32, shape (n_rows, 2), or None
        Of pairs of replies, how much likelier tuning made each: log-ratios in nats.
    """

    losses: np.ndarray
    tokens: np.ndarray
    texts: list[str | None]
    ended: np.ndarray
    notes: list[str] = field(default_factory=list)
    ratios: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.texts)
