"""What a text is like: length, language, negation, capitals, emoji, pieces, kin in training."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

WORD = re.compile(r"\w+(?:['’]\w+)*")
NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|nowhere|neither|nor|cannot|without|hardly|barely"
    r"|\w+n['’]t|nicht|kein\w*|nie|niemals|ohne|ne|pas|jamais|rien|sans|nunca|nada|ningun\w*|sin)\b"
    r"|[不没沒無无未别別非]",
    re.IGNORECASE,
)
EMOJI = re.compile("[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf]")


def word_counts(texts: Sequence[str]) -> np.ndarray:
    """Words of each text, int64 (n,)."""
    return np.asarray([len(WORD.findall(text)) for text in texts], np.int64)


def character_counts(texts: Sequence[str]) -> np.ndarray:
    """Characters of each text, int64 (n,)."""
    return np.asarray([len(text) for text in texts], np.int64)


def has_negation(texts: Sequence[str]) -> np.ndarray:
    """Whether a word of negation occurs, bool (n,).

    A list of words of English, German, French and Spanish, and the characters of Chinese.

    >>> has_negation(["It isn't good", "a knotty plot"]).tolist()
    [True, False]
    """
    return np.asarray([NEGATION.search(text) is not None for text in texts], bool)


def capital_shares(texts: Sequence[str]) -> np.ndarray:
    """Share of the letters with case that are capitals, float64 (n,); 0 where there is none.

    >>> capital_shares(["BAD film", "字"]).tolist()
    [0.42857142857142855, 0.0]
    """
    shares = []
    for text in texts:
        upper = sum(map(str.isupper, text))
        shares.append(upper / max(upper + sum(map(str.islower, text)), 1))
    return np.asarray(shares, float)


def emoji_counts(texts: Sequence[str]) -> np.ndarray:
    """Emoji and pictographs of each text, int64 (n,)."""
    return np.asarray([len(EMOJI.findall(text)) for text in texts], np.int64)


def text_languages(texts: Sequence[str]) -> np.ndarray:
    """ISO 639-1 code of each text's language, object (n,); "unclear" where it cannot be told."""
    from ...data.doctor.languages import languages

    return np.asarray([code or "unclear" for code in languages(list(texts))], dtype=object)


def pieces_per_word(texts: Sequence[str], tokenizer: Any) -> np.ndarray:
    """Tokens (special ones apart) a word, float64 (n,); 0 for a text without words."""
    ids = tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
    pieces = np.asarray([len(row) for row in ids["input_ids"]], float)
    words = word_counts(texts)
    return np.where(words > 0, pieces / np.maximum(words, 1), 0.0)


def near_training(texts: Sequence[str], training: Sequence[str]) -> np.ndarray:
    """Whether a text is a near-duplicate of a training text, bool (n,).

    Of 5-character pieces, four of five or more are shared; see :func:`workbench.data.near`.
    """
    from ...data.near import near_pairs

    pairs, _ = near_pairs([*training, *texts])
    n = len(training)
    found = np.zeros(len(texts), bool)
    found[pairs[(pairs[:, 0] < n) & (pairs[:, 1] >= n), 1] - n] = True
    known = set(training)  # short texts have too few pieces to compare: the same or not
    return found | np.asarray([text in known for text in texts], bool)
