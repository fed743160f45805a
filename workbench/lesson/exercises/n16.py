"""Distillation: the divergence at a temperature, the whole loss, layers that stay."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Value, Written


def whole_loss(student, teacher, label, T, w):  # noqa: N803, as the lesson writes a temperature
    """(1 - w) times the cross-entropy and w times T² times the divergence at T, of one text."""
    hard = -_logs(student, 1)[label]
    p, q = _logs(teacher, T), _logs(student, T)
    soft = T**2 * sum(math.exp(a) * (a - b) for a, b in zip(p, q, strict=True))
    return (1 - w) * hard + w * soft


def a_text(rng):
    """Logits of both, the right class, a temperature and a share."""
    classes = int(rng.integers(2, 6))
    student, teacher = (rng.normal(0, 2, classes).tolist() for _ in range(2))
    label = int(rng.integers(classes))
    return student, teacher, label, float(rng.uniform(1.5, 6)), float(rng.uniform(0.2, 0.8))


def nearer_share(from_teacher):
    """Share of texts of which the soft students are nearer to the teacher."""
    return float(np.mean(from_teacher["soft"] < from_teacher["hard"]))


def _logs(logits, T):  # noqa: N803
    most = max(logits) / T
    norm = most + math.log(sum(math.exp(z / T - most) for z in logits))
    return [z / T - norm for z in logits]


def _unscaled(student, teacher, label, T, w):  # noqa: N803
    hard = whole_loss(student, teacher, label, T, 0)
    return (1 - w) * hard + w * whole_loss(student, teacher, label, T, 1) / T**2


def _turned_round(student, teacher, label, T, w):  # noqa: N803
    hard = whole_loss(student, teacher, label, T, 0)
    return (1 - w) * hard + w * whole_loss(teacher, student, label, T, 1)


def _shares_swapped(student, teacher, label, T, w):  # noqa: N803
    return whole_loss(student, teacher, label, T, 1 - w)


EXERCISES = {
    "1": Value(4 * (0.75 * math.log(1.5) + 0.25 * math.log(0.5)), within=2e-3),
    "2": Value(2 / math.log(2), within=1e-2),
    "3": Written(whole_loss, a_text, wrong=(_unscaled, _turned_round, _shares_swapped),
                 within=1e-6),
    "4": Value((0, 4, 7, 11)),
    "5": Value(nearer_share, within=2e-3, needs=("from_teacher",)),
}  # fmt: skip
