"""How an answer is judged: exact match and F1, after the published definition of SQuAD.

P. Rajpurkar et al., "SQuAD: 100,000+ questions for machine comprehension of text", 2016; for
questions without answer P. Rajpurkar et al., "Know what you don't know", 2018.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_SIGNS = str.maketrans("", "", string.punctuation)


def normalised(answer: str) -> str:
    """Lower case, without signs, English articles and more than one blank in a row.

    Examples
    --------
    >>> normalised("The  U.S. Army!")
    'us army'
    """
    return " ".join(_ARTICLES.sub(" ", answer.lower().translate(_NO_SIGNS)).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """1 where the prediction is one of the answers, both normalised; else 0.

    No answers (or only empty ones) means that "" is right.
    """
    wanted = {normalised(answer) for answer in golds(answers)}
    return float(normalised(prediction) in wanted)


def f1(prediction: str, answers: Sequence[str]) -> float:
    r"""The best overlap of words with one of the answers.

    .. math:: F_1 = \frac{2 |P \cap G|}{|P| + |G|}

    over the bags of normalised words; where one of them is empty, 1 if both are, else 0.

    Examples
    --------
    >>> f1("in Rome", ["Rome", "Rome, Italy"]), f1("", []), f1("Rome", [])
    (0.6666666666666666, 1.0, 0.0)
    """
    return max(_overlap(prediction, answer) for answer in golds(answers))


def golds(answers: Sequence[str]) -> list[str]:
    """Answers that say something; [""] where there are none."""
    return [answer for answer in answers if normalised(answer)] or [""]


def _overlap(prediction: str, answer: str) -> float:
    found, wanted = normalised(prediction).split(), normalised(answer).split()
    if not found or not wanted:
        return float(found == wanted)
    same = sum((Counter(found) & Counter(wanted)).values())
    return 2 * same / (len(found) + len(wanted))


def best_threshold(no_answer: np.ndarray, scores: np.ndarray, answerable: np.ndarray) -> float:
    """The no-answer score above which to say that there is no answer, with the best mean F1.

    Parameters
    ----------
    no_answer : ndarray of float, shape (n_questions,)
        The higher, the likelier there is none.
    scores : ndarray of float, shape (n_questions,)
        F1 of the best span, were it given as the answer.
    answerable : ndarray of bool, shape (n_questions,)

    Returns
    -------
    float
        Of the thresholds with the best F1 the lowest.

    Examples
    --------
    >>> best_threshold(np.array([-2.0, 1.0, 3.0]), np.array([1.0, 0.5, 0.0]),
    ...                np.array([True, True, False]))
    1.0
    """
    order = np.argsort(no_answer, kind="stable")
    gains = np.where(answerable, scores, -1.0)[order]  # of answering instead of saying nothing
    sums = np.concatenate([[0.0], np.cumsum(gains)])
    cuts = no_answer[order]
    # equal scores are answered together
    ends = np.append(True, np.append(cuts[1:] > cuts[:-1], True)) if len(cuts) else np.array([True])
    best = int(np.argmax(np.where(ends, sums, -np.inf)))
    return float(cuts[best - 1]) if best else float(cuts[0] - 1) if len(cuts) else 0.0
