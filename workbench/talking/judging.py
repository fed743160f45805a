"""Pairs of answers judged by a metric or by a model, and how far that agrees with a hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import DataError, nearest, shown
from ..i18n import t
from ..intervals import exact_interval

if TYPE_CHECKING:
    import pandas as pd

A, B, TIE = "A", "B", "tie"
BOTH_BAD = "both_bad"  # of a hand
METRICS = ("chrf", "exact_match", "length")


@dataclass
class Pair:
    """Two answers to the same question.

    Attributes
    ----------
    turn : int
        Number of their turn.
    places : list of [seat, answer]
        Of side A and of side B.
    asked : str
        What was asked last.
    texts : tuple of str
        What A and B wrote.
    read : list of dict
        What each had read: the ``line`` of a conversation, or a ``text``.
    truth : str or None
        The true answer, of a held-out row.
    hand : {'A', 'B', 'both_bad', ''}
        How it was rated; "" where it was not.
    judge : {'A', 'B', 'tie', ''}
        What the judge says; "" where it says nothing, and ``why`` says why.
    inconsistent : bool
        Whether the judge said another one when the sides were swapped; that is a tie.
    """

    turn: int
    places: list[list[int]]
    asked: str
    texts: tuple[str, str]
    read: list[dict[str, Any]]
    truth: str | None
    hand: str
    judge: str = ""
    inconsistent: bool = False
    why: str = ""


class Judge(Protocol):
    """Whoever judges pairs; ``name`` is what people call it, ``notes`` what is to be said of it."""

    name: str

    @property
    def notes(self) -> list[str]:
        """Sentences."""

    def begin(self) -> None:
        """Called before the first pair of some."""

    def judge(self, pair: Pair) -> None:
        """Fill ``judge``, ``inconsistent`` and ``why`` of a pair of two different texts."""


class MetricJudge:
    """Prefers the answer with the higher value of a metric.

    Parameters
    ----------
    metric : {'chrf', 'exact_match', 'length'}
        chrF2 to the true answer, whether it is that answer, or characters: a length is no quality,
        and shows how much of a hand's ratings it explains.
    """

    def __init__(self, metric: str):
        if metric not in METRICS:
            raise DataError(t("judging.metric", metric=shown(metric)), nearest(metric, METRICS))
        self.name = metric

    @property
    def notes(self) -> list[str]:
        """None: a metric always says the same."""
        return []

    def begin(self) -> None:
        """Nothing is to be prepared."""

    def judge(self, pair: Pair) -> None:
        """See :class:`Judge`; without a true answer ``chrf`` and ``exact_match`` say nothing."""
        values: Sequence[float]
        if self.name == "length":
            values = [len(text) for text in pair.texts]
        elif pair.truth is None:
            pair.why = t("judging.no_truth")
            return
        else:
            from ..measures.sameness import exact_match
            from ..measures.translation import chrf

            measure = chrf if self.name == "chrf" else exact_match
            values = measure(pair.texts, [pair.truth, pair.truth]).rows.tolist()
        pair.judge = TIE if values[0] == values[1] else A if values[0] > values[1] else B


@dataclass
class Judged:
    """What a judge said of pairs.

    Attributes
    ----------
    judge : str
        Its name.
    pairs : list of Pair
    notes : list of str
        What is to be said of it: pairs without a verdict by their reasons, what it counts as a tie.
    """

    judge: str
    pairs: list[Pair]
    notes: list[str] = field(default_factory=list)

    def frame(self) -> pd.DataFrame:
        """One row a pair: ``turn``, ``asked``, ``a_text``, ``b_text``, ``hand``, ``judge``,
        ``inconsistent``, ``why``; see :class:`Pair`."""
        import pandas as pd

        return pd.DataFrame(
            [(p.turn, p.asked, *p.texts, p.hand, p.judge, p.inconsistent, p.why)
             for p in self.pairs],
            columns=["turn", "asked", "a_text", "b_text", "hand", "judge", "inconsistent", "why"],
        )  # fmt: skip

    def agreement(self) -> pd.DataFrame:
        r"""How far judge and hand agree, of the pairs of which a hand took one side.

        A tie of the judge is no agreement. Kappa (Cohen, 1960) takes off what chance would give,
        :math:`\kappa = (p_o - p_e) / (1 - p_e)`; its categories are the two sides by who wrote
        them, wherever they were shown, and the tie. It is NaN where chance alone agrees always.

        Returns
        -------
        pandas.DataFrame, one row
            ``judge``; ``rated`` by the hand, ``both_bad`` among them, which are not compared;
            ``compared``, ``agreed``, ``share``, ``low``, ``high`` (exact 95 % binomial interval),
            ``kappa``; ``ties``, ``inconsistent`` and ``unjudged`` of all pairs.
        """
        import pandas as pd

        both = [p for p in self.pairs if p.hand in (A, B) and p.judge]
        agreed = sum(p.hand == p.judge for p in both)
        low, high = exact_interval(agreed, len(both))
        row = {
            "judge": self.judge,
            "rated": sum(p.hand != "" for p in self.pairs),
            "both_bad": sum(p.hand == BOTH_BAD for p in self.pairs),
            "compared": len(both), "agreed": agreed,
            "share": agreed / len(both) if both else math.nan, "low": low, "high": high,
            "kappa": kappa([(_writer(p, p.hand), _writer(p, p.judge)) for p in both]),
            "ties": sum(p.judge == TIE for p in self.pairs),
            "inconsistent": sum(p.inconsistent for p in self.pairs),
            "unjudged": sum(p.judge == "" for p in self.pairs),
        }  # fmt: skip
        return pd.DataFrame([row])

    def table(self) -> pd.DataFrame:
        """How often each of the hand's verdicts (rows) met each of the judge's (columns); pairs
        that are not rated, or not judged, left out."""
        import pandas as pd

        sides, hands, said = [A, B], [A, B, BOTH_BAD], [A, B, TIE]
        found = pd.DataFrame(0, index=hands, columns=said)
        for pair in self.pairs:
            if pair.hand and pair.judge:
                # by who wrote them: A is the first seat, wherever it was shown
                hand, judge = (sides[place] if (place := _writer(pair, one)) < 2 else one
                               for one in (pair.hand, pair.judge))  # fmt: skip
                found.loc[hand, judge] += 1
        return found.rename_axis(index="hand", columns="judge")


def kappa(said: Sequence[tuple[Any, Any]]) -> float:
    """Cohen's kappa (1960) of what two said of the same; NaN where it is not defined.

    >>> kappa([(0, 0), (0, 0), (1, 1), (1, 0)])
    0.5
    """
    n = len(said)
    if not n:
        return math.nan
    first, second = zip(*said, strict=True)
    chance = sum(first.count(one) * second.count(one) for one in {*first, *second}) / n**2
    return (sum(a == b for a, b in said) / n - chance) / (1 - chance) if chance < 1 else math.nan


def judge_pairs(
    by: Judge | str, pairs: list[Pair], on_pair: Callable[[int, int], object] | None = None
) -> Judged:
    """Judge pairs; ``on_pair(done, all)`` is called before the first and after each. Where it
    returns something true the others have no verdict, and that is said.

    Raises
    ------
    DataError
        If there is no pair, or no such metric.
    """
    who = by if callable(getattr(by, "judge", None)) else MetricJudge(by)
    if not pairs:
        raise DataError(t("judging.nothing"), t("judging.nothing_back"))
    who.begin()
    tell = on_pair or (lambda done, every: None)
    stopped = tell(0, len(pairs))
    for done, pair in enumerate(pairs, start=1):
        if stopped:
            pair.why = t("judging.stopped")
            continue
        if pair.texts[0] == pair.texts[1]:
            pair.judge = TIE
        else:
            who.judge(pair)
        stopped = tell(done, len(pairs))
    whys: dict[str, int] = {}
    for pair in pairs:
        if not pair.judge:
            whys[pair.why] = whys.get(pair.why, 0) + 1
    notes = [t("judging.unjudged", n=n, why=why) for why, n in whys.items()]
    if turned := sum(pair.inconsistent for pair in pairs):
        notes.append(t("judging.inconsistent", n=turned))
    return Judged(who.name, pairs, [*who.notes, *notes])


def _writer(pair: Pair, verdict: str) -> int:
    """Which of the two wrote what won, in the order of seats; 2 for neither."""
    if verdict not in (A, B):
        return 2
    return sorted(pair.places).index(pair.places[verdict == B])
