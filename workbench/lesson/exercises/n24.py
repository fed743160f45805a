"""GPT and decoding: temperature, nucleus, beams, the cache."""

from __future__ import annotations

import math

from ..exercise import Value, Written


def room(per_token):
    """Tokens whose keys and values fit into 1e9 bytes."""
    return 1e9 / per_token


def tempered(logits, temperature):
    """softmax(logits / T) of a list, as a list."""
    top = max(logits)
    powers = [math.exp((one - top) / temperature) for one in logits]
    return [one / sum(powers) for one in powers]


def logits_and_temperature(rng):
    """Four logits, and a temperature between 0.3 and 2."""
    return [float(one) for one in rng.normal(0, 2, 4)], float(rng.uniform(0.3, 2))


def _times(logits, temperature):
    return tempered(logits, 1 / temperature)


def _never(logits, temperature):
    return tempered(logits, 1.0)


EXERCISES = {
    "1": Value(math.exp(4) / (math.exp(4) + math.exp(2) + 1), within=0.01),
    "2": Value((2, 3)),
    "3": Value((True, False)),
    "4": Value(room, within=500, needs=("per_token",)),
    "5": Written(tempered, logits_and_temperature, wrong=(_times, _never)),
}
