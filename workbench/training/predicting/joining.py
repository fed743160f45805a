"""What several models say of the same rows, brought down to what one model would have said.

The result takes the place of a model's outputs, so that the task makes its predictions of it as
ever: logits whose softmax is the mean of the members' probabilities, and so on. A row a kind:

=========  =====================================================================================
class      the mean of probabilities (soft vote)
tags       the same for each word
labels     the mean of each label's probability
number     the mean
span       the mean of the log-probabilities of first and last token (a product of experts, Hinton,
           2002): a span that one model rules out is ruled out
vectors    the vectors laid end to end, so that a cosine is the mean of the members' cosines
pairs      the mean of the scores
=========  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DataError
from ...i18n import t
from ...task_words import called
from ...tasks.shared.softmax import log_softmax

if TYPE_CHECKING:
    from ...task_spec import TaskSpec
    from ...tasks.shared.encoding import Encoded

JOINED = ("class", "labels", "number", "tags", "span")  # what is predicted
LEAST = 1e-300  # a probability of 0 counts as this


def check_joinable(spec: TaskSpec) -> None:
    """Refuse a task whose answers are written: two texts have no mean.

    Raises
    ------
    DataError
    """
    if spec.predicts not in JOINED and spec.output != "vectors":
        raise DataError(
            t("ensembles.no_mean", task=called(spec)), t("ensembles.no_mean_remedy")
        )


def joined(
    task: Any, encoded: Sequence[Encoded], outputs: Sequence[np.ndarray], weights: np.ndarray
) -> np.ndarray:
    """The outputs of several models as those of one.

    Parameters
    ----------
    task : Task
        That of the first model, as its recipe has it.
    encoded : sequence of Encoded
        The rows as each model reads them; only tags may be read by other tokenizers.
    outputs : sequence of ndarray of float32
        What :meth:`workbench.tasks.base.Task.outputs` gave of each.
    weights : ndarray of float, shape (n_models,)
        At least 0; they are scaled to sum to 1.

    Returns
    -------
    ndarray of float, of the first one's shape (of vectors wider)

    Raises
    ------
    DataError
        If the task's answers have no mean, or models of spans cut their texts otherwise.
    """
    check_joinable(task.spec)
    share = np.asarray(weights, float) / np.sum(weights)
    kind = task.spec.predicts
    if kind == "class":
        return mean_log_scores(outputs, share)
    if kind == "labels":
        scores = weighted([1 / (1 + np.exp(-np.asarray(one, float))) for one in outputs], share)
        return np.log(np.maximum(scores, LEAST)) - np.log(np.maximum(1 - scores, LEAST))
    if kind == "tags":
        return mean_log_scores(of_words(encoded, outputs), share)
    if kind == "span":
        check_same_rows(encoded)
        return _mean_log_places(encoded[0], outputs, share)
    if kind == "text" and not task.scores_pairs:
        return np.concatenate(
            [np.sqrt(part) * one for part, one in zip(share, outputs, strict=True)], axis=1
        )
    return weighted(outputs, share)


def weighted(values: Sequence[np.ndarray], share: np.ndarray) -> np.ndarray:
    """The weighted mean of arrays of one shape, float64."""
    return np.tensordot(share, np.stack([np.asarray(one, float) for one in values]), axes=1)


def mean_log_scores(outputs: Sequence[np.ndarray], share: np.ndarray) -> np.ndarray:
    r"""Logits of which the softmax is :math:`\sum_m w_m\,\mathrm{softmax}(z_m)`.

    >>> logits = np.log([[0.9, 0.1]]), np.log([[0.5, 0.5]])
    >>> np.exp(mean_log_scores(logits, np.array([0.5, 0.5]))).round(3).tolist()
    [[0.7, 0.3]]
    """
    scores = weighted([np.exp(log_softmax(np.asarray(one))) for one in outputs], share)
    return np.log(np.maximum(scores, LEAST))


def check_same_rows(encoded: Sequence[Encoded]) -> None:
    """Refuse models that cut texts otherwise: places in them would not be the same (DataError)."""
    first = encoded[0]
    for other in encoded[1:]:
        same = np.array_equal(first.offsets, other.offsets) and np.array_equal(
            first.arrays["input_ids"], other.arrays["input_ids"]
        )
        if not same:
            raise DataError(t("ensembles.other_tokens"), t("ensembles.other_tokens_remedy"))


def of_words(encoded: Sequence[Encoded], outputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Outputs of each model laid on the tokens of the first one's rows, word by word.

    A word is where its first piece is. One that another model cut off, since its texts are shorter,
    is told by the first one.
    """
    first = encoded[0]
    places, keys = _words(first)
    found = [np.asarray(outputs[0])]
    for rows, said in zip(encoded[1:], outputs[1:], strict=True):
        theirs, known = _words(rows)
        at = np.minimum(np.searchsorted(known, keys), max(0, len(known) - 1))
        there = known[at] == keys if len(known) else np.zeros(len(keys), bool)
        laid = np.array(outputs[0])
        laid[places[there]] = np.asarray(said)[theirs[at[there]]]
        found.append(laid)
    return found


def _words(rows: Encoded) -> tuple[np.ndarray, np.ndarray]:
    """Places of the first pieces of words, and a number for each, ascending: row, then word."""
    word = rows.about["word"]
    places = np.flatnonzero(word >= 0)
    row = np.repeat(np.arange(len(rows)), rows.lengths)[places]
    return places, (row.astype(np.int64) << 32) + word[places]


def _mean_log_places(
    rows: Encoded, outputs: Sequence[np.ndarray], share: np.ndarray
) -> np.ndarray:
    """The mean of log-probabilities over the places of each text, shape (n_tokens, 2)."""
    found = np.zeros(np.shape(outputs[0]))
    for start, end in zip(rows.offsets[:-1], rows.offsets[1:], strict=True):
        for part, one in zip(share, outputs, strict=True):
            found[start:end] += part * log_softmax(np.asarray(one[start:end]).T).T
    return found
