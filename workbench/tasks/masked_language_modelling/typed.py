"""Texts that somebody typed: their gaps filled, or every word masked in turn."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ...i18n import t
from ..shared.encoding import IGNORED, Encoded
from .gaps import Text, Tokens

if TYPE_CHECKING:
    import pandas as pd

FEW = 5  # likeliest tokens of a gap
_GAP = re.compile(r"\[MASK\]|<mask>", re.IGNORECASE)


def asked_rows(tokens: Tokens, texts: Iterable[str], max_length: int) -> Encoded:
    """Rows of texts as somebody asks about them.

    A text with gaps (``[MASK]``, ``<mask>`` or the tokenizer's own) is one row; of another there is
    a row for each of its words, in which that word is masked. What is too long is cut.

    Returns
    -------
    Encoded
        ``labels``: the token that is masked; the mask itself where nobody knows what belongs there.
    """
    written = tokens.tokenizer.mask_token
    whole = tokens.texts([_GAP.sub(lambda _: written, text) for text in texts])
    room = max(1, max_length - len(tokens.before) - len(tokens.after))
    cut = sum(len(text.ids) > room for text in whole)
    rows, labels, examples = [], [], []
    for number, text in enumerate(whole):
        ids, words = text.ids[:room], text.words[:room]
        gaps = [np.flatnonzero(ids == tokens.mask)]
        if not len(gaps[0]):
            gaps = [np.flatnonzero(words == word) for word in dict.fromkeys(words.tolist())
                    if word >= 0] or gaps  # fmt: skip
        for places in gaps:
            wanted, row = np.full(len(ids), IGNORED), ids.copy()
            wanted[places], row[places] = ids[places], tokens.mask
            rows.append(Text(row, words))
            labels += [[IGNORED] * len(tokens.before), wanted, [IGNORED] * len(tokens.after)]
            examples.append(number)
    found = tokens.rows(rows, max_length)
    found.labels = np.concatenate([*labels, []]).astype(np.int64)
    found.token_labels, found.examples = True, np.asarray(examples, np.int64)
    if cut:
        found.notes.append(t("masking.cut", n=cut, max_length=max_length))
    return found


def said_of_gaps(
    tokens: Tokens, frame: pd.DataFrame, encoded: Encoded, outputs: np.ndarray
) -> pd.DataFrame:
    """What a model says of the gaps of texts.

    Returns
    -------
    pandas.DataFrame, a row a text
        ``text``; ``prediction``, the text with the likeliest token in each gap; ``masked``,
        ``likeliest`` and ``probabilities``, a list for each: what stands in the gap ("" where that
        is not known), the likeliest tokens, their probabilities; ``loss`` (nats a token, NaN where
        it is not known) and ``pseudo_perplexity``, its exponential (Salazar et al., 2020).
    """
    import pandas as pd

    n = len(frame)
    read = tokens.tokenizer.decode
    filled: list[list[int]] = [[] for _ in range(n)]
    masked, likeliest, probabilities = ([[] for _ in range(n)] for _ in range(3))
    nats, counts = np.zeros(n), np.zeros(n)
    of, known_labels = encoded.examples, encoded.labels
    assert of is not None and known_labels is not None  # `asked_rows` made them
    for row, text in enumerate(of.tolist()):
        part = slice(*encoded.offsets[row : row + 2])
        labels, ids = known_labels[part], encoded.arrays["input_ids"][part]
        inside = slice(len(tokens.before), len(ids) - len(tokens.after))
        if not filled[text]:
            filled[text] = np.where(labels == IGNORED, ids, labels)[inside].tolist()
        for place in np.flatnonzero(labels != IGNORED):
            said = outputs[part][place]
            known = labels[place] != tokens.mask
            best = said[2 : 2 + FEW].astype(np.int64)
            filled[text][place - len(tokens.before)] = int(best[0])
            masked[text].append(read([int(labels[place])]).strip() if known else "")
            likeliest[text].append([read([token]).strip() for token in best.tolist()])
            probabilities[text].append([round(float(p), 6) for p in np.exp(said[2 + FEW :])])
            nats[text] += -float(said[0]) if known else np.nan
            counts[text] += 1
    loss = np.divide(nats, counts, out=np.full(n, np.nan), where=counts > 0)
    return pd.DataFrame(
        {
            "text": frame["text"].to_numpy(), "prediction": [read(ids) for ids in filled],
            "masked": masked, "likeliest": likeliest, "probabilities": probabilities,
            "loss": loss, "pseudo_perplexity": np.exp(np.minimum(loss, 700)),
            "tokens": counts.astype(np.int64),
        }
    )  # fmt: skip
