"""TF-IDF of words and word pairs: what baselines know of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.feature_extraction.text import TfidfVectorizer

# scripts without blanks between words (Thai, Lao, Burmese, Khmer, kana, Chinese characters)
_BLANKLESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
WORD = rf"(?u)[{_BLANKLESS}]|[^\W{_BLANKLESS}]+"


def word_counter() -> TfidfVectorizer:
    """A vectoriser of words and pairs of neighbours, with sublinear counts.

    Where a script has no blanks between words, each character is a word: otherwise a whole clause
    would be one, and hardly ever be seen twice.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD)


def joined_texts(frame: pd.DataFrame) -> pd.Series:
    """Text and pair as one text, for baselines that count words."""
    return frame["text"] + " " + frame["pair"] if "pair" in frame.columns else frame["text"]
