"""Instruction tuning: labels of a row, the masked loss, a step in parts, preferences."""

from __future__ import annotations

import math

from ..exercise import Holds, Value, Written


def labels(head, reply, end):
    """-100, but for the reply's tokens up to the first ``end``, with it."""
    last = reply.index(end) + 1
    return [-100] * len(head) + reply[:last] + [-100] * (len(reply) - last)


def a_row(rng):
    """Ids of a head, of a reply, and one that is in the reply, maybe more than once."""
    head = [int(one) for one in rng.integers(0, 9, int(rng.integers(1, 6)))]
    reply = [int(one) for one in rng.integers(0, 9, int(rng.integers(1, 9)))]
    return head, reply, int(rng.choice(reply))


def _without_end(head, reply, end):
    last = reply.index(end)
    return [-100] * len(head) + reply[:last] + [-100] * (len(reply) - last)


def _whole_reply(head, reply, end):
    return [-100] * len(head) + reply


def masked_loss(log_probs, mask):
    """The mean of minus the log-probabilities where the mask is 1."""
    return -sum(p * m for p, m in zip(log_probs, mask, strict=True)) / sum(mask)


def log_probs_and_mask(rng):
    """Between 2 and 12 of each; at least one position is supervised, and one is not."""
    n = int(rng.integers(2, 13))
    mask = [int(one) for one in rng.integers(0, 2, n)]
    mask[0], mask[-1] = 0, 1
    return [-float(one) for one in rng.exponential(2, n)], mask


def _over_all(log_probs, mask):
    return -sum(p * m for p, m in zip(log_probs, mask, strict=True)) / len(mask)


def _unmasked(log_probs, mask):
    return -sum(log_probs) / len(mask)


def of_the_step(means, counts):
    """The mean over all supervised tokens."""
    return sum(m * n for m, n in zip(means, counts, strict=True)) / sum(counts)


def micro_batches(rng):
    """Between 2 and 6 batches of unequal size."""
    n = int(rng.integers(2, 7))
    counts = [int(one) for one in rng.permutation(40)[:n] + 1]
    return [float(one) for one in rng.exponential(2, n)], counts


def _mean_of_means(means, counts):
    return sum(means) / len(means)


def dpo_loss(tuned, before, beta):
    """-ln sigmoid of the difference of both rewards."""
    chosen, rejected = (beta * (a - b) for a, b in zip(tuned, before, strict=True))
    return math.log1p(math.exp(rejected - chosen))


def a_pair(rng):
    """Log-probabilities of two replies by two models, and a beta from 0.05 to 0.5."""
    tuned, before = ([-float(one) for one in rng.uniform(5, 60, 2)] for _ in range(2))
    return tuned, before, float(rng.uniform(0.05, 0.5))


def _without_reference(tuned, before, beta):
    return dpo_loss(tuned, (0.0, 0.0), beta)


def _turned_round(tuned, before, beta):
    return dpo_loss(tuned[::-1], before[::-1], beta)


def reaches_over(answer, at_once, apart):
    """Whether the whole text's tokens are others than those of its two parts."""
    return list(at_once(answer)) != list(apart(answer))


EXERCISES = {
    "1": Value(11),
    "2": Written(labels, a_row, wrong=(_without_end, _whole_reply)),
    "3": Written(masked_loss, log_probs_and_mask, wrong=(_over_all, _unmasked)),
    "4": Written(of_the_step, micro_batches, wrong=(_mean_of_means,)),
    "5": Value(math.log1p(math.exp(-0.5)), within=0.005),
    "6": Written(dpo_loss, a_pair, wrong=(_without_reference, _turned_round)),
    "7": Holds(
        reaches_over, ("\n\nYes.", "  Yes."), wrong=("Yes.", "\nNo."), needs=("at_once", "apart")
    ),
}
