"""Which pieces of a tokenizer belong to which word, and which of them stay in a row."""

from __future__ import annotations

import numpy as np


def first_pieces(word_ids: list[int | None]) -> np.ndarray:
    """The word that each token is the first piece of; -1 for special tokens and later pieces.

    Examples
    --------
    >>> first_pieces([None, 0, 0, 1, None]).tolist()
    [-1, 0, -1, 1, -1]
    """
    before = [None, *word_ids[:-1]]
    firsts = [-1 if w is None or w == b else w for w, b in zip(word_ids, before, strict=True)]
    return np.asarray(firsts, dtype=np.int32)


def blank_piece(tokenizer) -> int | None:
    """Id of the piece that is nothing but the blank before a word; None where there is none."""
    return tokenizer.get_vocab().get("▁")


def pieces_kept(
    ids: list[int], word_ids: list[int | None], blank: int | None, most: int
) -> np.ndarray:
    """Positions of the pieces of a row that stay, at most ``most``, int64.

    A blank goes where another piece of its word follows; of too many pieces the last ones go, but
    not the special tokens behind them.

    Examples
    --------
    >>> pieces_kept([0, 6, 7, 6, 8, 2], [None, 0, 0, 1, 1, None], 6, 9).tolist()
    [0, 2, 4, 5]
    >>> pieces_kept([0, 6, 7, 6, 8, 2], [None, 0, 0, 1, 1, None], 6, 3).tolist()
    [0, 2, 5]
    """
    after = [*word_ids[1:], None]
    kept = [
        i for i, (piece, word, then) in enumerate(zip(ids, word_ids, after, strict=True))
        if blank is None or piece != blank or word is None or word != then
    ]  # fmt: skip
    while len(kept) > most:
        last = next(n for n in range(len(kept) - 1, -1, -1) if word_ids[kept[n]] is not None)
        del kept[last]
    return np.asarray(kept, np.int64)


def take_words(tokenizer) -> None:
    """Let a byte-level tokenizer take lists of words: each has a blank before it then."""
    from tokenizers import pre_tokenizers

    backend = tokenizer.backend_tokenizer
    if isinstance(backend.pre_tokenizer, pre_tokenizers.ByteLevel):
        backend.pre_tokenizer.add_prefix_space = True
        tokenizer.add_prefix_space = True
