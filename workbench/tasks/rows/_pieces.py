"""Sequences of tokens cut into rows in which each token is predicted exactly once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..shared.encoding import IGNORED, Encoded


def cut(
    texts: Sequence[Sequence[int]], max_length: int, context: int = 1,
    known: Sequence[int] | None = None,
) -> Encoded:  # fmt: skip
    """Rows of at most ``max_length`` tokens; a row begins with the last tokens of the one before.

    Parameters
    ----------
    texts : sequence of sequences of int
        Token ids; the first of each is only read, or the first ``known``; the others are learnt.
    max_length : int
        2 or more.
    context : int
        How many tokens of a text are read before those that a further row of it learns; below
        ``max_length``.
    known : sequence of int, optional
        How many tokens at the beginning of each text are only read: 1 to ``context``.

    Returns
    -------
    Encoded
        With labels of tokens, and the text of each row in ``examples``; ``about["place"]`` says
        of each token where in its text it stands.
    """
    rows, examples, read, begins = [], [], [], []
    for number, ids in enumerate(texts):
        begin, seen = 0, 1 if known is None else known[number]  # of a row, only read
        while True:
            rows.append(ids[begin : begin + max_length])
            examples.append(number)
            read.append(seen)
            begins.append(begin)
            if begin + max_length >= len(ids):
                break
            begin, seen = begin + max_length - context, context
    lengths = [len(row) for row in rows]
    flat = np.fromiter((token for row in rows for token in row), np.int32, sum(lengths))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    labels = flat.astype(np.int64)
    for start, end, seen in zip(offsets[:-1], offsets[1:], read, strict=True):
        labels[start : min(start + seen, end)] = IGNORED
    places = np.arange(len(flat)) + np.repeat(np.asarray(begins, np.int64) - offsets[:-1], lengths)
    return Encoded(
        {"input_ids": flat}, offsets, labels, token_labels=True,
        examples=np.asarray(examples, np.int64), about={"place": places.astype(np.int32)},
    )  # fmt: skip
