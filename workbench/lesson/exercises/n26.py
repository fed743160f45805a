"""The training loop by hand: accumulation, the schedule, dropout, padding, rates."""

from __future__ import annotations

import math

from ..exercise import Value, Written


def highest_and_first(rate, total_steps):
    """The step with the highest rate, and the rate at step 0."""
    rates = [float(rate(step)) for step in range(total_steps)]
    return rates.index(max(rates)), rates[0]


def first_apart(losses, others):
    """The first step, from 0, at which two curves are 1e-4 apart; -1 if none is."""
    apart = [i for i, (a, b) in enumerate(zip(losses, others, strict=False)) if abs(a - b) > 1e-4]
    return apart[0] if apart else -1


def lowest_in_training(records):
    """The rate whose last tenth of losses is lowest, and whether it is the best by validation."""

    def at_end(rate):
        losses = records[rate][0]
        last = losses[-max(1, len(losses) // 10) :]
        return sum(last) / len(last)

    fine = [rate for rate in records if math.isfinite(at_end(rate) + records[rate][1])]
    lowest = min(fine, key=at_end)
    return float(lowest), lowest == min(fine, key=lambda rate: records[rate][1])


def cosine_schedule(step, total, warmup, top):
    """Up to ``top`` over ``warmup`` steps, then along half a cosine to 0 at ``total``."""
    if step < warmup:
        return top * step / warmup
    return top * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))


def a_place(rng):
    """A step of a training of 20 to 200 steps whose first tenth to half warms up."""
    total = int(rng.integers(20, 200))
    warmup = int(total * rng.uniform(0.1, 0.5)) + 1
    return int(rng.integers(0, total)), total, warmup, float(rng.uniform(1e-5, 1e-3))


def _no_warmup(step, total, warmup, top):
    return top * 0.5 * (1 + math.cos(math.pi * step / total))


def _a_line(step, total, warmup, top):
    return top * step / warmup if step < warmup else top * (total - step) / (total - warmup)


EXERCISES = {
    "1": Value(0.5, within=1e-3),
    "2": Value(highest_and_first, within=1e-9, needs=("rate", "total_steps")),
    "3": Value(first_apart, needs=("losses", "others")),
    "4": Written(cosine_schedule, a_place, wrong=(_no_warmup, _a_line), within=1e-9),
    "5": Value((14, 4)),
    "6": Value(lowest_in_training, within=1e-9, needs=("records",)),
    "7": Value(1.2, within=1e-3),
}
