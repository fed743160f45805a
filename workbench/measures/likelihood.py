"""How probable a model finds texts: perplexity of its tokens, and bits a character.

Perplexities compare only where texts are cut into the same tokens. Bits a character compare
whatever the pieces are, so that a count of characters or words stands beside a neural model.
"""

from __future__ import annotations

import numpy as np

from .measure import Measure, part_of

MOST = 700.0  # nats from which exp would overflow


def perplexity(nats: np.ndarray, tokens: np.ndarray) -> Measure:
    r""":math:`\exp(\sum \text{nats} / \sum \text{tokens})`: among how many tokens it hesitates.

    Parameters
    ----------
    nats : ndarray of float, shape (n_rows,)
        Sum of the negative log-probabilities of a row's tokens; NaN where it is not known.
    tokens : ndarray of float, shape (n_rows,)
        How many were summed. A row with none does not count.

    Returns
    -------
    Measure
        At least 1 for a proper model.
    """
    top, bottom = _known(nats, tokens)

    def figure(sums: np.ndarray) -> np.ndarray:
        return np.exp(np.minimum(part_of(sums[:, 0], sums[:, 1]), MOST))

    parts = np.stack([top, bottom], axis=1)
    return Measure("perplexity", figure(parts), parts, figure, "unit:token|mean:of-all-tokens")


def bits_per_character(nats: np.ndarray, characters: np.ndarray) -> Measure:
    """Sum of a row's nats in bits, over its characters.

    Parameters
    ----------
    nats : ndarray of float, shape (n_rows,)
        As in :func:`perplexity`.
    characters : ndarray of float, shape (n_rows,)
        Of the texts whose tokens were summed, as Python counts them (code points). Where the first
        token is not predicted, its characters are not in it.
    """
    top, bottom = _known(nats, characters)
    parts = np.stack([top / np.log(2), bottom], axis=1)

    def figure(sums: np.ndarray) -> np.ndarray:
        return part_of(sums[:, 0], sums[:, 1])

    signature = "unit:code-point|mean:of-all-characters"
    return Measure("bits_per_character", figure(parts), parts, figure, signature)


def _known(nats: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both with 0 where a row does not count."""
    nats, counts = np.asarray(nats, float), np.asarray(counts, float)
    if nats.shape != counts.shape or nats.ndim != 1:
        raise ValueError(f"Shapes {nats.shape} and {counts.shape} are not both (n_rows,).")
    known = ~np.isnan(nats) & (counts > 0)
    return np.where(known, nats, 0.0), np.where(known, counts, 0.0)
