"""Summaries made of the source's own sentences: the ones nearest to all of it."""

from __future__ import annotations

import numpy as np

from ..measures.sentences import sentences
from .base import Baseline
from .plain import _checked, joined, usual_sentences
from .vectors import text_vectors

SAME = 0.9  # cosine from which a sentence says no more than one that was chosen


class Extractive(Baseline):
    """Chosen sentences of the source in their order.

    The weights of words are learnt from the training sources; a sentence that nearly repeats a
    chosen one (:data:`SAME`) is passed over. A text of as few sentences is given back whole.

    Parameters
    ----------
    count : int or None
        How many sentences; None takes the median of the training targets.
    """

    def __init__(self, count: int | None = None):
        self.count = _checked(count)

    def _fit(self, sources: list[str], targets: list[str]) -> None:
        self.count = self.count or usual_sentences(targets)
        self._vectorizer = text_vectors()
        try:
            self._vectorizer.fit(sources)
        except ValueError:  # no word in any source
            self._vectorizer = None

    def _write(self, sources: list[str]) -> list[str]:
        return [self._summary(source) for source in sources]

    def _summary(self, source: str) -> str:
        found = sentences(source)
        if len(found) <= self.count or self._vectorizer is None:
            return joined(found[: self.count])
        vectors = self._vectorizer.transform(found)
        # (n_sentences, words of this text): those of all texts would not fit into memory
        vectors = vectors[:, np.unique(vectors.indices)].toarray()
        scores = np.round(self._scores(vectors), 12)  # ties go to the earlier sentence
        chosen: list[int] = []
        for place in np.argsort(-scores, kind="stable"):
            if len(chosen) == self.count:
                break
            if not chosen or (vectors[chosen] @ vectors[place]).max() < SAME:
                chosen.append(int(place))
        return joined([found[place] for place in sorted(chosen)])

    def _scores(self, vectors: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class Centroid(Extractive):
    """The sentences nearest to the mean of all (Radev et al., 2004).

    >>> text = "Snow fell. Cats sleep and dogs eat. Cats eat. Dogs eat and cats drink."
    >>> Centroid(1).fit([text], ["-"]).write([text])
    ['Cats sleep and dogs eat.']
    """

    name = "centroid"

    def _scores(self, vectors: np.ndarray) -> np.ndarray:
        middle = vectors.sum(axis=0)
        size = np.linalg.norm(middle)
        return vectors @ middle / size if size else np.zeros(len(vectors))


class LexRank(Extractive):
    """The sentences that a walk from sentence to like sentence comes to most (Erkan, Radev, 2004).

    The walk goes along cosines (the continuous form), and jumps anywhere with probability
    ``1 - damping``.

    Parameters
    ----------
    count : int or None
        As for :class:`Extractive`.
    damping : float
    """

    name = "lexrank"

    def __init__(self, count: int | None = None, damping: float = 0.85):
        super().__init__(count)
        self.damping = damping

    def _scores(self, vectors: np.ndarray) -> np.ndarray:
        return walk(vectors @ vectors.T, self.damping)


def walk(alike: np.ndarray, damping: float) -> np.ndarray:
    """How often a random walk is at each node in the long run, shape (n,), summing to 1.

    Parameters
    ----------
    alike : ndarray of float >= 0, shape (n, n)
        Where a node has none at all, the walk jumps anywhere.

    >>> walk(np.ones((2, 2)), 0.85).round(6).tolist()
    [0.5, 0.5]
    """
    n = len(alike)
    totals = alike.sum(axis=1, keepdims=True)
    steps = np.divide(alike, totals, out=np.full((n, n), 1 / n), where=totals > 0)
    system = np.eye(n) - damping * steps.T
    return np.linalg.solve(system, np.full(n, (1 - damping) / n))
