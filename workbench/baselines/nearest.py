"""Baselines that look up: the target of the training source that is nearest.

**The trap**: where train and test were split by chance, test sources often have near-duplicates in
training, and looking up beats every model. :attr:`Nearest.note` says how many there were; split by
what belongs together, and drop pairs that are nearly the same, before believing a comparison.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..i18n import t
from .base import Baseline
from .vectors import text_vectors

NEAR = 0.7  # cosine from which a source is nearly one of training
AT_ONCE = 4_000_000  # cosines that are held at once


class Nearest(Baseline):
    """The target of the nearest training source by the cosine of TF-IDF vectors of words.

    Of equally near ones the first of training. A source that shares no word with training gets the
    first target of training; :attr:`note` says how many there were.

    Attributes
    ----------
    cosines : ndarray of float, shape (n_sources,)
        To the nearest training source, of the last :meth:`write`.
    """

    name = "nearest"
    by = "words"

    def _fit(self, sources: list[str], targets: list[str]) -> None:
        self._vectorizer = text_vectors(self.by)
        try:
            self._vectors: Any = self._vectorizer.fit_transform(sources)
        except ValueError:  # no word in any source
            self._vectors = None
        self._targets = targets
        self.cosines = np.zeros(0)

    def _write(self, sources: list[str]) -> list[str]:
        places, self.cosines = self.nearest(sources)
        return [
            self._otherwise(source) if cosine == 0 else self._targets[place]
            for source, place, cosine in zip(sources, places, self.cosines, strict=True)
        ]

    def nearest(self, sources: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Place of the nearest training source of each source, and its cosine.

        Returns
        -------
        places : ndarray of int64, shape (n_sources,)
        cosines : ndarray of float64, shape (n_sources,)
            0 where no word is shared.
        """
        places, cosines = np.zeros(len(sources), np.int64), np.zeros(len(sources))
        if self._vectors is None:
            return places, cosines
        vectors = self._vectorizer.transform(sources)
        rows = max(1, AT_ONCE // self._vectors.shape[0])
        for start in range(0, len(sources), rows):
            alike = (vectors[start : start + rows] @ self._vectors.T).toarray()
            # equal texts differ in the last digits of their cosines: the first is the nearest
            alike = np.round(alike, 9)
            places[start : start + len(alike)] = alike.argmax(axis=1)
            cosines[start : start + len(alike)] = alike.max(axis=1)
        return places, cosines

    @property
    def note(self) -> str:
        """What of the last sources was nearly in training, or shared nothing; "" of none."""
        near, alone = int((self.cosines >= NEAR).sum()), int((self.cosines == 0).sum())
        said = [t("baselines.near", n=near, least=NEAR)] if near else []
        return " ".join([*said, *([t("baselines.alone", n=alone)] if alone else [])])

    def _otherwise(self, source: str) -> str:
        return self._targets[0]


class TranslationMemory(Nearest):
    """The translation of the nearest source, as translators' programs look it up.

    Near is told by runs of 2 to 4 characters, so that other forms of a word are near and scripts
    without blanks need no list of words. What shares nothing with training is copied.
    """

    name = "translation_memory"
    by = "characters"

    def _otherwise(self, source: str) -> str:
        return source
