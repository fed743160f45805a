"""Among which texts the right one is looked for, and where it was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...data.matched_pairs import plain
from ...measures.retrieval import retrieval

if TYPE_CHECKING:
    import pandas as pd

AT = (1, 5, 10)
AHEAD = 5  # texts that are named where they stand before the right one
MEASURES = (*(f"recall_{k}" for k in AT), "mrr", "ndcg")


@dataclass
class Texts:
    """The texts of some pairs, each once.

    Attributes
    ----------
    texts : list of str
    same : ndarray of int64, shape (n_texts,)
        Equal for texts that differ in capitals and blanks alone.
    anchors, positives : ndarray of int64, shape (n_rows,)
        Places in ``texts``.
    negatives : list of list of int, n_rows
    """

    texts: list[str]
    same: np.ndarray
    anchors: np.ndarray
    positives: np.ndarray
    negatives: list[list[int]]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Texts:
        """Those of a frame with ``text`` and, where they are known, ``positive``, ``negatives``;
        or, of what is asked about, ``other``."""
        places: dict[str, int] = {}

        def place(text: str) -> int:
            return places.setdefault(text, len(places))

        anchors = [place(text) for text in frame["text"]]
        known = next((name for name in ("positive", "other") if name in frame.columns), None)
        positives = [place(text) for text in frame[known]] if known else [-1] * len(frame)
        wrong = [[place(x) for x in row] for row in frame["negatives"]] if (
            "negatives" in frame.columns) else [[] for _ in range(len(frame))]  # fmt: skip
        texts, numbers = list(places), {}
        same = np.array([numbers.setdefault(plain(text), len(numbers)) for text in texts], np.int64)
        return cls(texts, same, np.array(anchors, np.int64), np.array(positives, np.int64), wrong)

    def candidates(self, count: int) -> np.ndarray:
        """Texts among which each row's own is looked for: its own, wrong ones of its own, others.

        The others are drawn from the texts that belong to other rows, always the same ones of the
        same rows; what belongs to the same anchor is not among them, nor is the anchor itself.

        Returns
        -------
        ndarray of int64, shape (n_rows, at most ``count``)
            Its own first. As many for each row: where there are few texts, what the row has that
            has the fewest.
        """
        pool = {int(self.same[p]): int(p) for p in self.positives[::-1]}
        mine: dict[int, set[int]] = {}
        for row, anchor in enumerate(self.anchors):
            own = int(self.same[self.positives[row]])
            mine.setdefault(int(self.same[anchor]), set()).add(own)
        rows = []
        everything = list(pool.items())
        for row, (anchor, own) in enumerate(zip(self.anchors, self.positives, strict=True)):
            not_wrong = mine[int(self.same[anchor])] | {int(self.same[anchor])}
            found, seen = [int(own)], set(not_wrong)
            for wrong in self.negatives[row]:
                if int(self.same[wrong]) not in seen:
                    seen.add(int(self.same[wrong]))
                    found.append(wrong)
            rng = np.random.default_rng([row, len(everything)])
            more = min(len(everything), count + len(seen) + 1)
            for place in rng.choice(len(everything), more, replace=False):
                number, text = everything[place]
                if number not in seen:
                    found.append(text)
            rows.append(found[:count])
        width = min(map(len, rows), default=1)
        return np.array([row[:width] for row in rows], np.int64).reshape(len(rows), width)


def ranked(
    frame: pd.DataFrame, texts: Texts, candidates: np.ndarray, scores: np.ndarray,
    temperature: float,
) -> pd.DataFrame:  # fmt: skip
    """Where each row's own text stands among the candidates.

    Parameters
    ----------
    scores : ndarray of float, shape (n_rows, n_candidates)
        The row's own text first; higher is nearer.

    Returns
    -------
    pandas.DataFrame, a row a pair
        ``text``, ``label`` (what belongs to it), ``prediction`` (what was found first), ``rank``
        (of its own; texts that are equally near share theirs), ``score`` (of its own),
        ``found_score``, ``ahead`` and ``ahead_scores`` (what stands before its own, the first at
        most five), the measures of :func:`workbench.measures.retrieval.retrieval`, and ``loss``
        (nats: its own among the candidates).
    """
    import pandas as pd

    scores = scores.astype(np.float64)
    own = scores[:, :1]
    rank = 1 + (scores > own).sum(1) + ((scores == own).sum(1) - 1) / 2
    order = np.argsort(-scores, axis=1, kind="stable")
    ahead = [[int(c) for c in row if scores[n, c] > own[n, 0]][:AHEAD]
             for n, row in enumerate(order)]  # fmt: skip
    logs = scores / temperature
    logs = logs - logs.max(axis=1, keepdims=True)
    loss = np.log(np.exp(logs).sum(axis=1)) - logs[:, 0]
    read = np.asarray(texts.texts, dtype=object)
    first = order[:, 0]
    rows = np.arange(len(scores))
    right = np.zeros(len(scores), np.int64)
    measured = retrieval(scores, right, at=AT)
    table = {
        "text": frame["text"].to_numpy(), "label": frame["positive"].to_numpy(),
        "prediction": read[candidates[rows, first]], "rank": rank, "score": own[:, 0],
        "found_score": scores[rows, first],
        "ahead": [read[candidates[n, places]].tolist() for n, places in enumerate(ahead)],
        "ahead_scores": [scores[n, places].round(6).tolist() for n, places in enumerate(ahead)],
        **{name: measured[name].rows for name in MEASURES}, "loss": loss,
    }  # fmt: skip
    if "row" in frame.columns:
        table["row"] = frame["row"].to_numpy()
    return pd.DataFrame(table)
