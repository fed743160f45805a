"""Tokens to ids and back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import torch


def words(text: str) -> list[str]:
    """Split into lower-case words and single punctuation marks.

    >>> words("To be, or not to be?")
    ['to', 'be', ',', 'or', 'not', 'to', 'be', '?']
    """
    return re.findall(r"\w+(?:['’]\w+)*|[^\w\s]", text.lower())


def check_ids(ids: torch.Tensor, vocab_size: int) -> None:
    """Raise ValueError unless ``ids`` is (batch, positions) of known ids."""
    if ids.dim() != 2 or ids.numel() == 0:
        raise ValueError(
            f"The ids have shape {tuple(ids.shape)}; (batch, positions) with at least one each is "
            "needed."
        )
    low, high = int(ids.min()), int(ids.max())
    if low < 0 or high >= vocab_size:
        raise ValueError(
            f"There is no token {low if low < 0 else high}: the vocabulary has {vocab_size} "
            f"(0 to {vocab_size - 1})."
        )


class Vocabulary:
    """The tokens a model knows; ``specials`` come first, the rest by frequency, then by name.

    Parameters
    ----------
    tokens : iterable of str, the text the vocabulary is made from
    specials : sequence of str, kept whatever their frequency
    min_count, max_size : int
        Rarer tokens, and tokens beyond the size, are left out.
    unknown : str, optional
        The special that stands for a left-out token; without one such a token is an error.
    """

    def __init__(self, tokens, *, specials=(), min_count=1, max_size=None, unknown=None):
        counts = Counter(tokens)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept = [t for t, count in ranked if count >= min_count and t not in set(specials)]
        self.tokens = (list(specials) + kept)[:max_size]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        if not self.tokens:
            raise ValueError("The text is empty: 0 tokens, at least 1 is needed.")
        if unknown is not None and unknown not in self.ids:
            raise ValueError(f"unknown={unknown!r} is not among the specials {list(specials)}.")
        self.unknown = None if unknown is None else self.ids[unknown]

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """The ids; a token that is not in the vocabulary becomes ``unknown`` or a ValueError."""
        tokens = list(tokens)
        ids = [self.ids.get(token, self.unknown) for token in tokens]
        if None in ids:
            raise ValueError(
                f"The token {tokens[ids.index(None)]!r} is not among the {len(self)} of the "
                "vocabulary, and there is no token for unknown ones."
            )
        return ids

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The tokens."""
        return [self.tokens[int(i)] for i in ids]
