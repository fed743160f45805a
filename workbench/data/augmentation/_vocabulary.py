"""Words that a model has one token for, and words spelt as those whose place they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def whole_words(tokenizer: Any) -> dict[str, int]:
    """Words of letters alone that are one token where they stand in a text, and their ids."""
    special = set(tokenizer.all_special_ids)
    ids = sorted(set(tokenizer.get_vocab().values()) - special)
    decoded = tokenizer.batch_decode([[one] for one in ids])
    words = list(dict.fromkeys(word for one in decoded if (word := one.strip()).isalpha()))
    if not words:
        return {}
    inside = tokenizer([f" {word}" for word in words], add_special_tokens=False,
                       return_attention_mask=False, verbose=False)["input_ids"]  # fmt: skip
    unknown = tokenizer.unk_token_id
    return {word: row[0] for word, row in zip(words, inside, strict=True)
            if len(row) == 1 and row[0] != unknown}  # fmt: skip


def found_as(word: str, known: Any) -> str | None:
    """How a word is written among those that are known; None where it is not there."""
    return next((one for one in (word, word.lower()) if one in known), None)


def spelt_as(word: str, other: str) -> str:
    """A word with the capitals of the one whose place it takes.

    >>> spelt_as("film", "Movie"), spelt_as("film", "BAD"), spelt_as("film", "I")
    ('Film', 'FILM', 'Film')
    """
    if len(other) > 1 and other.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if other[:1].isupper() else word


def nearest(vectors: np.ndarray, wanted: np.ndarray, count: int, least: float) -> list[list[int]]:
    """Rows of a table that are nearest by cosine, at most so many, the nearest first.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dimensions)
    wanted : ndarray of int, shape (n_wanted,)
        Rows whose neighbours are looked for; a row is no neighbour of its own.
    count : int
    least : float
        Cosine of a neighbour.
    """
    import numpy as np

    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(norms > 0, norms, 1)
    found: list[list[int]] = []
    for start in range(0, len(wanted), 256):
        some = wanted[start : start + 256]
        scores = unit[some] @ unit.T
        scores[np.arange(len(some)), some] = -np.inf
        order = np.argsort(-scores, axis=1, kind="stable")[:, :count]
        found += [[int(n) for n in row if line[n] >= least]
                  for row, line in zip(order, scores, strict=True)]  # fmt: skip
    return found
