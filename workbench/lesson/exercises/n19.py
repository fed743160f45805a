"""Several devices: bytes of a ring, memory of ZeRO, uneven batches, neurons of one process."""

from __future__ import annotations

from ..exercise import Value, Written


def of_the_whole(means, counts):
    """Each process's mean weighs as much as the letters that it had."""
    whole = sum(counts)
    sums = [sum(n * mean[at] for mean, n in zip(means, counts, strict=True))
            for at in range(len(means[0]))]  # fmt: skip
    return [one / whole for one in sums]


def some_means(rng):
    """Gradients of two to four processes; now and then one had no letters."""
    size, length = int(rng.integers(2, 5)), int(rng.integers(1, 5))
    counts = rng.integers(1, 40, size)
    means = rng.normal(0, 1, (size, length))
    if rng.integers(2):
        counts[0], means[0] = 0, 0
    return means.tolist(), counts.tolist()


def part_of(x, w1, w2, rank, size):
    """What the neurons of one process add."""
    found = [0.0] * len(w2[0])
    for neuron in range(rank, len(w2), size):
        heard = max(0.0, sum(a * row[neuron] for a, row in zip(x, w1, strict=True)))
        found = [one + heard * weight for one, weight in zip(found, w2[neuron], strict=True)]
    return found


def a_part(rng):
    """A small feed-forward part, and one of two or three processes."""
    width, neurons, size = int(rng.integers(2, 4)), int(rng.integers(4, 9)), int(rng.integers(2, 4))
    x, w1, w2 = (rng.normal(0, 1, shape).tolist() for shape in
                 ((width,), (width, neurons), (neurons, width)))  # fmt: skip
    return x, w1, w2, int(rng.integers(size)), size


def _mean_of_means(means, counts):
    return [sum(column) / len(means) for column in zip(*means, strict=True)]


def _sum_of_means(means, counts):
    return [sum(column) for column in zip(*means, strict=True)]


def _neighbours(x, w1, w2, rank, size):
    each = -(-len(w2) // size)
    mine = slice(rank * each, (rank + 1) * each)
    return part_of(x, [row[mine] for row in w1], w2[mine] or [[0.0] * len(w2[0])], 0, 1)


def _without_the_curve(x, w1, w2, rank, size):
    found = [0.0] * len(w2[0])
    for neuron in range(rank, len(w2), size):
        heard = sum(a * row[neuron] for a, row in zip(x, w1, strict=True))
        found = [one + heard * weight for one, weight in zip(found, w2[neuron], strict=True)]
    return found


EXERCISES = {
    "1": Value(160, within=1e-6),
    "2": Value(11, within=1e-6),
    "3": Written(of_the_whole, some_means, wrong=(_mean_of_means, _sum_of_means), within=1e-9),
    "4": Written(part_of, a_part, wrong=(_neighbours, _without_the_curve), within=1e-9),
    "5": Value(27),
}
