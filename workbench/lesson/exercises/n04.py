"""Named entities: reading BIO, entity F1, boundaries."""

from __future__ import annotations

from ..exercise import Value, Written

KINDS = ("per", "loc")


def forgiven(errors):
    """What F1 gains when each boundary error counts as right."""
    labelled = int((errors["label"] != "(none)").sum())
    predicted = int((errors["prediction"] != "(none)").sum())
    return 2 * int((errors["kind"] == "boundary").sum()) / (labelled + predicted)


def entity_f1(truth, found):
    """2 · right / (labelled + found); 0 where there is none of either."""
    right = len(set(truth) & set(found))
    return 2 * right / (len(truth) + len(found)) if truth or found else 0.0


def two_sets(rng):
    """Spans ``(start, end, kind)`` of a text, labelled and found; now and then none."""
    every = [(start, start + 1 + int(rng.integers(2)), KINDS[int(rng.integers(2))])
             for start in range(0, 8, 2)]  # fmt: skip
    truth = [span for span in every if rng.random() < 0.7]
    found = [(start, end + int(rng.random() < 0.3), KINDS[int(rng.integers(2))] if flips else kind)
             for start, end, kind in every if rng.random() < 0.7
             for flips in [rng.random() < 0.3]]  # fmt: skip
    return truth, found


def _precision(truth, found):
    return len(set(truth) & set(found)) / len(found) if found else 0.0


def _by_place(truth, found):
    places = {span[:2] for span in truth} & {span[:2] for span in found}
    return 2 * len(places) / (len(truth) + len(found)) if truth or found else 1.0


EXERCISES = {
    "1": Value(3),
    "2": Value(2 * 6 / (10 + 8), within=2e-3),
    "3": Value(forgiven, within=1e-3, needs=("errors",)),
    "4": Written(entity_f1, two_sets, wrong=(_precision, _by_place)),
}
