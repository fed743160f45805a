"""What is chosen by the validation rows: weights of members, and members of a soup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import task_registry, tasks
from ..training.predicting.voter import Joining
from .members import ALONE
from .soup import cooked

if TYPE_CHECKING:
    import pandas as pd

    from .members import Members

ROUNDS = 20  # members that are taken, one after another and with repeats


def chosen_weights(members: Members, rounds: int = ROUNDS) -> tuple[float, ...]:
    """Weights by greedy selection with repeats on the validation rows (Caruana et al., 2004).

    Round by round the member is taken that makes the mean of all that were taken lowest in loss;
    a weight is how often its member stands among the first rounds that were best.

    Notes
    -----
    R. Caruana et al., "Ensemble selection from libraries of models", 2004.
    """

    def loss(taken: list[int]) -> float:
        counts = Counter(taken)
        weights = tuple(counts[number] / len(taken) for number in range(len(members)))
        return float(members.joined("validation", Joining(weights))["loss"].mean())

    taken, losses = list[int](), list[float]()
    for _ in range(rounds):
        found = [loss([*taken, number]) for number in range(len(members))]
        taken.append(int(np.argmin(found)))
        losses.append(min(found))
    best = taken[: int(np.argmin(losses)) + 1]
    return tuple(best.count(number) / len(best) for number in range(len(members)))


def decisive(members: Members) -> tuple[str, bool]:
    """The metric that decides, and whether it is better when lower."""
    name = tasks.best_metric(members.recipe)
    return name, task_registry.is_minimised(name, members.recipe.task)


def ranked(members: Members) -> tuple[list[int], list[float]]:
    """The members by their decisive metric on the validation rows, the best first; and all values.
    """
    name, minimised = decisive(members)
    values = [score(members, members.alone(number, "validation"), name)
              for number in range(len(members))]  # fmt: skip
    order = np.argsort(values if minimised else -np.array(values), kind="stable")
    return [int(one) for one in order], values


def score(members: Members, table: pd.DataFrame, metric: str) -> float:
    """A metric of predictions of the members' task."""
    return float(members.task.metrics(table, members.label_names)[metric])


def greedy_soup(members: Members, place: Callable[[], Path]) -> tuple[Members, list[int]]:
    """The soup to which a member is added only where validation does not get worse by it.

    Members are tried from the best one on (Wortsman et al., 2022, recipe 1).

    Parameters
    ----------
    members : Members
    place : callable
        Gives a new path each time.

    Returns
    -------
    soup : Members, of one model
    chosen : list of int
        Numbers of the members that are in it.
    """
    name, minimised = decisive(members)
    order, values = ranked(members)
    chosen, best = [order[0]], values[order[0]]
    soup = cooked(members, place(), chosen)
    for number in order[1:]:
        tried = cooked(members, place(), [*chosen, number])
        table = tried.joined("validation", ALONE)
        table = tried.joined("validation", ALONE, tried.settle(table))
        value = score(tried, table, name)
        if value <= best if minimised else value >= best:
            chosen, best, soup = [*chosen, number], value, tried
    return soup, chosen
