"""Texts that belong together as rows of tokens: each by itself, or pairs that are scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...i18n import t
from ..shared.encoding import Encoded, encode_texts
from .pair_rows import PairRows
from .ranking import Texts

if TYPE_CHECKING:
    import pandas as pd

    from .index import Index

OTHERS = 50  # wrong texts of other rows that a row's few are drawn from


def text_rows(tokenizer: Any, frame: pd.DataFrame, max_length: int) -> PairRows:
    """Each text once; rows are an anchor, what belongs to it, and wrong texts."""
    texts = Texts.of(frame)
    units = encode_texts(tokenizer, texts.texts, max_length=max_length)
    units.arrays = {"input_ids": units.arrays["input_ids"]}  # a text alone needs no types
    width = max([len(row) for row in texts.negatives], default=0)
    members = np.full((len(frame), 2 + width), -1, np.int64)
    members[:, 0], members[:, 1] = texts.anchors, texts.positives
    for row, wrong in enumerate(texts.negatives):
        members[row, 2 : 2 + len(wrong)] = wrong
    return PairRows.of(_said(units, max_length), members, texts.same)


def scored_rows(
    tokenizer: Any, frame: pd.DataFrame, max_length: int, count: int, index: Index | None
) -> PairRows:
    """Each text with each of its candidates: those of :meth:`.ranking.Texts.candidates`, or of an
    index those that share the most words, and the text that it is compared with, if one is.
    ``about["candidates"]`` has their places."""
    texts = Texts.of(frame)
    if index is None:
        candidates, among = texts.candidates(count), texts.texts
    else:
        candidates = index.nearest_words(texts.texts, count)[texts.anchors]
        among = index.texts
    texts_of = [[among[place] for place in row] for row in candidates]
    if index is not None and "other" in frame.columns:  # read last
        texts_of = [[*row, other] for row, other in zip(texts_of, frame["other"], strict=True)]
    first = [text for text, row in zip(frame["text"], texts_of, strict=True) for _ in row]
    second = [text for row in texts_of for text in row]
    units = _said(encode_texts(tokenizer, first, second, max_length=max_length), max_length)
    members = np.arange(len(units)).reshape(len(frame), -1)
    rows = PairRows.of(units, members, np.arange(len(units)))
    rows.about["candidates"] = candidates
    return rows


def learnt_rows(
    tokenizer: Any, frame: pd.DataFrame, max_length: int, negatives: int, seed: int,
    first_rows: int | None = None,
) -> PairRows:  # fmt: skip
    """Each right pair and so many wrong ones: the row's own first, then others that are drawn.

    Of ``first_rows`` alone, if it is said, the pairs are encoded; they are drawn from the texts of
    all rows, as without it.
    """
    texts, rng = Texts.of(frame), np.random.default_rng(seed)
    wide = texts.candidates(max(negatives + 1, OTHERS))[:first_rows]
    first, second = [], []
    members = np.full((len(wide), 1 + negatives), -1, np.int64)
    for row, candidates in enumerate(wide):
        own = len(set(texts.same[texts.negatives[row]].tolist()))
        wrong = candidates[1 : 1 + own][:negatives]
        others = rng.permutation(candidates[1 + own :])
        chosen = [candidates[0], *wrong, *others[: negatives - len(wrong)]]
        members[row, : len(chosen)] = np.arange(len(chosen)) + len(first)
        first += [texts.texts[texts.anchors[row]]] * len(chosen)
        second += [texts.texts[place] for place in chosen]
    units = _said(encode_texts(tokenizer, first, second, max_length=max_length), max_length)
    return PairRows.of(units, members, np.arange(len(units)))


def _said(units: Encoded, max_length: int) -> Encoded:
    """With a note of what was cut."""
    full = int((units.lengths >= max_length).sum())
    if full:
        units.notes.append(t("matching.cut", n=full, max_length=max_length))
    return units
