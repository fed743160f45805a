"""Attention between words in place of the tokenizer's pieces."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import numpy as np

from workbench.errors import DataError

from .attended import Attention

_JOINER = "\u200d"


def merge_words(seen: Attention) -> Attention:
    """Pieces of a word put together, as Clark et al. (2019) do it.

    Attention to a word is the sum over its pieces, attention from a word the mean over its pieces,
    so that rows still sum to one. A glyph of several code points (emoji with a skin tone, a letter
    with combining marks) stays whole. The words read as they are written in the text.

    Raises
    ------
    DataError
        The tokenizer does not say where its pieces lie (a slow tokenizer).
    """
    if seen.spans is None or seen.words is None:
        raise DataError(
            "This model's tokenizer does not say which pieces belong to one word.",
            "Look at its pieces, or choose a model with a fast tokenizer.",
        )
    groups = word_groups(seen)
    first = np.array([group[0] for group in groups])
    size = np.array([len(group) for group in groups])
    weights = np.add.reduceat(seen.weights, first, axis=-1)
    weights = np.add.reduceat(weights, first, axis=-2) / size[:, None]
    texts = (seen.text, seen.pair or "")
    tokens, spans = [], []
    for group in groups:
        segment = seen.segments[group[0]]
        start, end = seen.spans[group[0]][0], max(seen.spans[i][1] for i in group)
        word = seen.tokens[group[0]] if segment is None else texts[segment][start:end].strip()
        tokens.append(word or "".join(seen.tokens[i] for i in group))
        spans.append((start, end))
    return replace(
        seen,
        weights=weights.astype(np.float32),
        tokens=tokens,
        special=seen.special[first],
        segments=[seen.segments[i] for i in first],
        spans=spans,
        words=list(range(len(groups))),
    )


def word_groups(seen: Attention) -> list[list[int]]:
    """Positions of each word, in the order of the text."""
    texts = (seen.text, seen.pair or "")
    groups: list[list[int]] = [[0]]
    for here in range(1, len(seen)):
        before = groups[-1][-1]
        segment = seen.segments[here]
        together = segment is not None and segment == seen.segments[before]
        if together and (
            seen.words[here] == seen.words[before]
            or inside_glyph(texts[segment], seen.spans[here][0])
        ):
            groups[-1].append(here)
        else:
            groups.append([here])
    return groups


def inside_glyph(text: str, index: int) -> bool:
    """Whether a cut before ``text[index]`` would split what is seen as one glyph.

    >>> inside_glyph("e\\u0301a", 1), inside_glyph("e\\u0301a", 2)
    (True, False)
    """
    if not 0 < index < len(text):
        return False
    here, before = text[index], text[index - 1]
    return (
        unicodedata.category(here).startswith("M")  # combining marks, variation selectors
        or _JOINER in (here, before)
        or "\U0001f3fb" <= here <= "\U0001f3ff"  # skin tones
    )
