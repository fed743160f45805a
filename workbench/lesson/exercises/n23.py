"""BERT with real weights: counting, order, positions, padding."""

from __future__ import annotations

from ..exercise import Holds, Value

D, F = 384, 1536  # width, and that of the feed-forward net
SENTENCES = [
    "The cat chased the mouse.",
    "The mouse chased the cat.",
    "A kitten hunted a rodent.",
]


def nearer(embed):
    """Which of two sentences is more like the first: 0 or 1."""
    first, same_words, same_sense = embed(SENTENCES)
    return int(first @ same_sense > first @ same_words)


def same_without_positions(means):
    """Whether the two rows of (2, D) are one vector."""
    return bool((means[0] - means[1]).abs().max() < 1e-4)


def bounds(answer, gap):
    """Whether a bound holds and is worth something."""
    return gap < answer < 1e-3


EXERCISES = {
    "1": Value(4 * (D * D + D) + (D * F + F) + (F * D + D) + 2 * 2 * D),
    "2": Value(nearer, needs=("embed",)),
    "3": Value(same_without_positions, needs=("means",)),
    "4": Holds(bounds, right=(5e-4,), wrong=(0.0, 0.5), needs=("gap",)),
}
