"""TF-IDF vectors of texts, of words or of runs of characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..measures.words import words

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer


def text_vectors(by: str = "words") -> TfidfVectorizer:
    """A vectoriser with vectors of length 1.

    Parameters
    ----------
    by : {'words', 'characters'}
        Words as measures count them, or runs of 2 to 4 characters, blanks included.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    if by == "characters":
        return TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True)
    if by != "words":
        raise ValueError(f"by={by!r} is none of words, characters.")
    return TfidfVectorizer(analyzer=words, sublinear_tf=True)
