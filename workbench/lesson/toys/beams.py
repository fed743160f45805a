"""Beam search that keeps what it saw: every beginning of a step, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

#: From ids to (log-probability, id) of the tokens that may follow, the likeliest first.
Next = Callable[[tuple[int, ...]], list[tuple[float, int]]]


class Node(NamedTuple):
    """A token of the tree; ``parent`` is the place of the one before it, in the step before."""

    ids: tuple[int, ...]
    parent: int
    log_p: float
    total: float  # log-probability of all its ids
    fate: str  # kept, dropped, ended


class Text(NamedTuple):
    """What was found: ``score`` is ``total`` divided by a power of the number of ids."""

    score: float
    total: float
    ids: tuple[int, ...]


def likeliest(logits: Any, most: int) -> list[tuple[float, int]]:
    """Log-probability and id of at most so many tokens; those that cannot come are left out."""
    log_p = logits.log_softmax(-1).numpy()
    order = np.argsort(-log_p, kind="stable")[:most]
    return [(float(log_p[i]), int(i)) for i in order if np.isfinite(log_p[i])]


def search(
    following: Next, beams: int, steps: int, length_penalty: float, end_id: int | None
) -> tuple[list[list[Node]], list[Text]]:
    """The nodes by step, in the order of their log-probability, and the texts, the best first.

    ``following`` gives at least ``2 * beams`` tokens, where there are so many.
    """
    going: list[tuple[Node, int]] = [(Node((), 0, 0.0, 0.0, "kept"), 0)]
    done: list[Text] = []
    levels: list[list[Node]] = []

    def text(one: Node) -> Text:
        return Text(one.total / len(one.ids) ** length_penalty, one.total, one.ids)

    def best(texts: list[Text]) -> list[Text]:
        return sorted(texts, key=lambda one: -one.score)[:beams]

    for _ in range(steps):
        found = [
            Node((*one.ids, token), place, log_p, one.total + log_p, "dropped")
            for one, place in going for log_p, token in following(one.ids)
        ]  # fmt: skip
        found = sorted(found, key=lambda one: -one.total)[: 2 * beams]
        going = []
        for place, one in enumerate(found):
            if one.ids[-1] == end_id and place < beams:
                found[place] = one._replace(fate="ended")
                done.append(text(one))
            elif one.ids[-1] != end_id and len(going) < beams:
                found[place] = one._replace(fate="kept")
                going.append((one, place))
        levels.append(found)
        done = best(done)
        full = len(done) == beams
        if not going or (full and done[-1].score >= text(going[0][0]).score):
            return levels, done
    return levels, best(done + [text(one) for one, _ in going])


def greedily(following: Next, steps: int, end_id: int | None) -> tuple[float, tuple[int, ...]]:
    """Log-probability and ids of the text whose every token is the likeliest."""
    total, ids = 0.0, ()
    while len(ids) < steps and (not ids or ids[-1] != end_id):
        log_p, token = following(ids)[0]
        total, ids = total + log_p, (*ids, token)
    return total, ids
