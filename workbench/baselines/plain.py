"""Baselines that look at no word: copy, the most frequent reply, the first sentences."""

from __future__ import annotations

from collections import Counter

from ..measures.sentences import sentences
from .base import Baseline


class Copy(Baseline):
    """The source as it is.

    >>> Copy().fit(["a"], ["b"]).write(["c"])
    ['c']
    """

    name = "copy"

    def _write(self, sources: list[str]) -> list[str]:
        return list(sources)


class MostFrequent(Baseline):
    """The target that occurs most often in training; of equally frequent ones the first.

    >>> MostFrequent().fit(["a", "b", "c"], ["no", "yes", "yes"]).write(["d"])
    ['yes']
    """

    name = "most_frequent"
    target = ""

    def _fit(self, sources: list[str], targets: list[str]) -> None:
        self.target = Counter(targets).most_common(1)[0][0]

    def _write(self, sources: list[str]) -> list[str]:
        return [self.target] * len(sources)


class Lead(Baseline):
    """The first sentences of the source: of news a summary that is hard to beat.

    Parameters
    ----------
    count : int or None
        How many; None takes the median of the training targets.

    >>> Lead(1).fit(["a"], ["b"]).write(["It rains. It pours."])
    ['It rains.']
    """

    name = "lead"

    def __init__(self, count: int | None = None):
        self.count = _checked(count)

    def _fit(self, sources: list[str], targets: list[str]) -> None:
        self.count = self.count or usual_sentences(targets)

    def _write(self, sources: list[str]) -> list[str]:
        return [joined(sentences(source)[: self.count]) for source in sources]


def usual_sentences(targets: list[str]) -> int:
    """Median number of sentences of texts, at least 1."""
    counts = sorted(len(sentences(text)) for text in targets)
    return max(1, counts[(len(counts) - 1) // 2])


def joined(chosen: list[str]) -> str:
    """Sentences as one text: with blanks, save behind a sentence in a script without them.

    >>> joined(["It rains.", "It pours."]), joined(["下雨了。", "很大。"])
    ('It rains. It pours.', '下雨了。很大。')
    """
    text = ""
    for sentence in chosen:
        wide = text and text.rstrip("”’」』》）")[-1:] in "。！？｡"
        text += sentence if not text or wide else f" {sentence}"
    return text


def _checked(count: int | None) -> int | None:
    if count is not None and count < 1:
        raise ValueError(f"count={count} must be at least 1.")
    return count
