"""What a text looks like, whatever it says: how long, how varied, how much is repeated or copied.

None of these says that a text is good: a copy of the reference has the reference's values, which
stand beside them in :func:`workbench.measures.written.written_measures`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from .asked import texts_of
from .measure import Measure, part_of, share_of
from .words import CUT, ngrams, words


def length_ratio(outputs: Iterable[str], references: Iterable[str]) -> Measure:
    """Words of the outputs over words of the references; 1 is as long."""
    outputs, references = texts_of(outputs=outputs, references=references)
    lengths = [np.array([len(words(text)) for text in side]) for side in (outputs, references)]
    return share_of("length_ratio", *lengths, CUT)


def repetition(outputs: Iterable[str], *, n: int = 4) -> Measure:
    """Share of the runs of ``n`` words that stood before in the same text; 0 to 1.

    A text of fewer than ``n`` words has none and no value.
    """
    (outputs,) = texts_of(outputs=outputs)
    found = [ngrams(words(text), n) for text in outputs]
    totals = np.array([one.total() for one in found], float)
    again = totals - np.array([len(one) for one in found], float)
    return share_of(f"repetition_{n}", again, totals, f"n:{n}|{CUT}")


def copied(outputs: Iterable[str], sources: Iterable[str], *, n: int = 3) -> Measure:
    """Share of the output's runs of ``n`` words that stand in the source; 0 to 1.

    A text of fewer than ``n`` words has none and no value.
    """
    outputs, sources = texts_of(outputs=outputs, sources=sources)
    top, bottom = np.zeros(len(outputs)), np.zeros(len(outputs))
    for row, (output, source) in enumerate(zip(outputs, sources, strict=True)):
        mine, theirs = ngrams(words(output), n), ngrams(words(source), n)
        bottom[row] = mine.total()
        top[row] = sum(count for run, count in mine.items() if run in theirs)
    return share_of(f"copied_{n}", top, bottom, f"n:{n}|{CUT}")


def distinct(outputs: Iterable[str], *, n: int = 2) -> Measure:
    """Different runs of ``n`` words in all texts over all runs (Li et al., 2016); 0 to 1.

    It falls with the number of texts, so that only equally many compare. A resample holds texts
    twice and so has fewer different runs than any real set: the interval is by the jackknife. Of
    each row it is the share within the text.
    """
    (outputs,) = texts_of(outputs=outputs)
    found = [ngrams(words(text), n) for text in outputs]
    totals = np.array([one.total() for one in found], float)
    texts = Counter(run for one in found for run in one)  # in how many texts each run stands
    alone = np.array([sum(texts[run] == 1 for run in one) for one in found], float)
    rows = part_of(np.array([len(one) for one in found], float), totals)
    left_out = part_of(len(texts) - alone, totals.sum() - totals)

    def figure(sums: np.ndarray) -> np.ndarray:
        return part_of(np.full(len(sums), float(len(texts))), sums[:, 0])

    name = f"distinct_{n}"
    return Measure(name, rows, totals[:, None], figure, f"n:{n}|{CUT}", left_out)
