"""The Transformer: counting weights, lengths never seen, phonemes, beams."""

from __future__ import annotations

from collections import Counter

from ..exercise import Holds, Value


def most_missed(pairs, words, guesses):
    """The phoneme that the guesses lack most often."""
    rows = zip(words, guesses, strict=True)
    missing = sum((Counter(pairs[word]) - Counter(guess) for word, guess in rows), Counter())
    return missing.most_common(1)[0][0]


def near(answer, share):
    """Whether a guessed share is within 0.3 of what the net does."""
    return abs(answer - share) < 0.3


EXERCISES = {
    "1": Value(4 * (48 * 48 + 48) + (48 * 96 + 96) + (96 * 48 + 48) + 2 * 2 * 48),
    "2": Holds(near, right=(0.2,), wrong=(0.99,), needs=("share",)),
    "3": Value(most_missed, needs=("pairs", "words", "guesses")),
    "4": Value(2 * 42),
}
