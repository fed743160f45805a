"""Sequences of tokens cut into rows in which each token is predicted exactly once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..shared.encoding import IGNORED, Encoded


def cut(texts: Sequence[Sequence[int]], max_length: int) -> Encoded:
    """Rows of at most ``max_length`` tokens; a row begins with the last token of the one before it.

    Parameters
    ----------
    texts : sequence of sequences of int
        Token ids; the first of each is only read, the others are learnt.
    max_length : int
        2 or more.

    Returns
    -------
    Encoded
        With labels of tokens, and the text of each row in ``examples``.
    """
    step = max_length - 1
    rows, examples = [], []
    for number, ids in enumerate(texts):
        for start in range(0, max(1, len(ids) - 1), step):
            rows.append(ids[start : start + max_length])
            examples.append(number)
    lengths = [len(row) for row in rows]
    flat = np.fromiter((token for row in rows for token in row), np.int32, sum(lengths))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    labels = flat.astype(np.int64)
    labels[offsets[:-1][np.diff(offsets) > 0]] = IGNORED
    return Encoded(
        {"input_ids": flat}, offsets, labels, token_labels=True,
        examples=np.asarray(examples, np.int64),
    )  # fmt: skip
