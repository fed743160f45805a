"""Deployment: the nearest rank, Little's law, two machines behind one queue."""

from __future__ import annotations

import math

from ..exercise import Value, Written


def nearest_rank(seconds, p):
    """The smallest time that at least p of 100 do not exceed."""
    return sorted(seconds)[math.ceil(p * len(seconds) / 100) - 1]


def some_times(rng):
    """Times in any order, and a percentage."""
    times = rng.exponential(1, int(rng.integers(3, 40))).tolist()
    return times, float(rng.choice([5, 25, 50, 90, 95, 99, 100]))


def two_machines(arrivals, services):
    """Waits where whoever comes goes to the machine that is free first."""
    free, found = [0.0, 0.0], []
    for came, takes in zip(arrivals, services, strict=True):
        at = free.index(min(free))
        begins = max(came, free[at])
        found.append(begins - came)
        free[at] = begins + takes
    return found


def a_crowd(rng):
    """Moments in order, and how long each takes, so that some wait."""
    n = int(rng.integers(4, 20))
    return rng.exponential(1, n).cumsum().tolist(), rng.exponential(1.8, n).tolist()


def most_clients(load):
    """The largest number of clients whose p95 is at most four times a lone client's p50."""
    limit = 4 * load["p50"].iloc[0]
    return int(max(n for n, p95 in load["p95"].items() if p95 <= limit or n == load.index[0]))


def _between_two(seconds, p):
    import numpy as np

    return float(np.percentile(seconds, p))


def _one_too_far(seconds, p):
    at = min(len(seconds) - 1, int(p * len(seconds) / 100))
    return sorted(seconds)[at]


def _one_machine(arrivals, services):
    free, found = 0.0, []
    for came, takes in zip(arrivals, services, strict=True):
        begins = max(came, free)
        found.append(begins - came)
        free = begins + takes
    return found


def _in_turns(arrivals, services):
    free, found = [0.0, 0.0], []
    for number, (came, takes) in enumerate(zip(arrivals, services, strict=True)):
        begins = max(came, free[number % 2])
        found.append(begins - came)
        free[number % 2] = begins + takes
    return found


EXERCISES = {
    "1": Value(19),
    "2": Value(8, within=1e-6),
    "3": Written(nearest_rank, some_times, wrong=(_between_two, _one_too_far), within=1e-9),
    "4": Written(two_machines, a_crowd, wrong=(_one_machine, _in_turns), within=1e-9),
    "5": Value(most_clients, needs=("load",)),
}
