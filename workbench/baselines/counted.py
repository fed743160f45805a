"""How probable counting finds a text: an interpolated n-gram model of characters or of tokens."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Self

import numpy as np

from ..errors import DataError
from ..i18n import t
from ..measures.asked import texts_of
from ..measures.likelihood import bits_per_character, perplexity
from ..measures.measure import Measure
from ..nets.ngram import KneserNey

UNSEEN = 150_000  # characters that one of which training has none may be
ORDER_OF_CHARACTERS = 6
ORDER_OF_TOKENS = 3


class CountedModel:
    """Interpolated Kneser-Ney over characters, or over the tokens of a model's tokenizer.

    With the model's own tokens its perplexity is comparable to the model's; bits a character are
    comparable whatever the units are.

    Parameters
    ----------
    encode : callable, optional
        From a text to its token ids, without special tokens. By default a text is its characters,
        and all characters that training has not share the probability of one unknown, evenly over
        :data:`UNSEEN`.
    vocab_size : int, optional
        With ``encode``: how many ids there are.
    order : int, optional
        Longest run that is counted; 6 characters or 3 tokens.
    first : bool
        Whether the first unit of a text is predicted too, from where a text begins (with ``encode``
        that is one id more). A causal language model without a token for the beginning does not
        predict it: then say False.
    """

    name = "ngrams"

    def __init__(
        self,
        encode: Callable[[str], Sequence[int]] | None = None,
        vocab_size: int | None = None,
        *,
        order: int | None = None,
        first: bool = True,
    ):
        if (encode is None) != (vocab_size is None):
            raise ValueError("encode and vocab_size go together: give both or neither.")
        self._encode, self._vocab_size, self.first = encode, vocab_size, first
        self.order = order or (ORDER_OF_CHARACTERS if encode is None else ORDER_OF_TOKENS)
        if self.order < 2:
            raise ValueError(f"order={order} must be at least 2: runs are what is counted.")
        self._model: KneserNey | None = None
        self._characters: dict[str, int] = {}

    def fit(self, texts: Iterable[str]) -> Self:
        """Count the n-grams of the training texts.

        Raises
        ------
        DataError
            If they hold no unit at all.
        """
        (texts,) = texts_of(texts=texts)
        if self._encode is None:
            known = sorted({char for text in texts for char in text})
            self._characters = {char: number for number, char in enumerate(known, start=1)}
            self._vocab_size = len(known) + 1  # 0 is what training has not, and stands before all
        units = [self._units(text) for text in texts]
        if not any(len(one) > self.first for one in units):
            raise DataError(t("baselines.nothing", n=len(texts)), t("baselines.nothing_back"))
        size = (self._vocab_size or 0) + (self.first and self._encode is not None)
        self._model = KneserNey(self.order, size).fit(units)
        return self

    def losses(self, texts: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """Sum of the negative log-probabilities of each text's units, and how many were summed.

        Returns
        -------
        nats, units : ndarray of float64, shape (n_texts,)
            0 and 0 of a text without a unit that is predicted.

        Raises
        ------
        DataError
            If it was not fitted.
        """
        (texts,) = texts_of(texts=texts)
        if self._model is None:
            raise DataError(
                t("baselines.not_fitted", name=self.name), t("baselines.not_fitted_back")
            )
        nats, units = np.zeros(len(texts)), np.zeros(len(texts))
        for row, text in enumerate(texts):
            ids = self._units(text)
            if len(ids) < 2:
                continue
            units[row] = len(ids) - 1
            nats[row] = -self._model.log_probs(ids).sum()
            if self._encode is None:
                unknown = sum(number == 0 for number in ids[1:])
                nats[row] += unknown * math.log(UNSEEN)
        return nats, units

    def measures(self, texts: Iterable[str]) -> dict[str, Measure]:
        """Perplexity a unit and bits a character of texts.

        The characters of a text are all of it, also where its first unit is not predicted: then
        give it rather long texts, or compare perplexities.
        """
        (texts,) = texts_of(texts=texts)
        nats, units = self.losses(texts)
        characters = np.where(units > 0, [float(len(text)) for text in texts], 0.0)
        return {"perplexity": perplexity(nats, units),
                "bits_per_character": bits_per_character(nats, characters)}  # fmt: skip

    def _units(self, text: str) -> list[int]:
        if self._encode is None:
            ids, begin = [self._characters.get(char, 0) for char in text], 0
        else:
            ids, begin = list(map(int, self._encode(text))), self._vocab_size or 0
        return [begin, *ids] if self.first else ids
