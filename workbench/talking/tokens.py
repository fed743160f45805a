"""Tokens of an answer with how probable each was, and what else could have stood there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError
from ..i18n import t
from .turns import Answer

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Tokens:
    """What a model thought of each token of an answer: what ``Talk.tokens`` returns.

    Attributes
    ----------
    tokens : list of str, n_tokens
        Put one behind the other they are the answer.
    ids : list of int, n_tokens
    probabilities : ndarray of float64, shape (n_tokens,)
        Of each token, given all before it, by the model alone: before temperature and the like.
    ranks : ndarray of int64, shape (n_tokens,)
        1 where it was the likeliest.
    choices : list of list of (int, str, float), n_tokens + 1
        The likeliest tokens at each place, and behind the last one: id, text, probability.
    notes : list of str
        Where the prompt is not the one that was read.
    """

    tokens: list[str]
    ids: list[int]
    probabilities: np.ndarray
    ranks: np.ndarray
    choices: list[list[tuple[int, str, float]]]
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, found: dict[str, Any], answer: Answer, notes: list[str]) -> Tokens:
        """Of what the process says of an answer."""
        return cls(
            found["tokens"], list(answer.ids), np.asarray(found["probabilities"], np.float64),
            np.asarray(found["ranks"], np.int64),
            [[(int(a), str(b), float(c)) for a, b, c in row] for row in found["rivals"]], notes,
        )  # fmt: skip

    def frame(self) -> pd.DataFrame:
        """``position``, ``token``, ``probability``, ``rank``, ``likeliest``, a row a token."""
        import pandas as pd

        return pd.DataFrame({
            "position": np.arange(len(self.tokens)), "token": self.tokens,
            "probability": self.probabilities, "rank": self.ranks,
            "likeliest": [row[0][1] for row in self.choices[:-1]],
        })  # fmt: skip

    def rivals(self, position: int) -> pd.DataFrame:
        """``id``, ``token``, ``probability`` of the likeliest at a place, the likeliest first.

        ``position`` runs from 0 to ``n_tokens``: the last place is behind the text.
        """
        import pandas as pd

        if not 0 <= position < len(self.choices):
            raise DataError(t("written.position", position=position),
                            t("written.positions", last=len(self.choices) - 1))  # fmt: skip
        return pd.DataFrame(self.choices[position], columns=["id", "token", "probability"])
