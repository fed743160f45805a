"""Smaller models: steps of a scale, bits of groups, rounding in groups, pruning by magnitude."""

from __future__ import annotations

from ..exercise import Value, Written


def quantised(row, bits, group):
    """A row rounded in groups, each by the scale of its own largest weight."""
    most, found = 2 ** (bits - 1) - 1, []
    for start in range(0, len(row), group):
        part = row[start : start + group]
        scale = max(map(abs, part)) / most or 1.0
        found += [scale * round(weight / scale) for weight in part]
    return found


def a_row(rng):
    """Weights with an outlier, a number of bits, and the size of a group."""
    group = int(rng.integers(2, 6))
    row = rng.normal(0, 1, group * int(rng.integers(2, 5)))
    row[int(rng.integers(len(row)))] *= 9
    return row.tolist(), int(rng.integers(3, 9)), group


def pruned_row(row, share):
    """The smallest weights are zero."""
    going = sorted(range(len(row)), key=lambda at: abs(row[at]))[: int(share * len(row))]
    return [0.0 if at in going else weight for at, weight in enumerate(row)]


def a_share(rng):
    """Weights of different sizes, and the share that goes."""
    return rng.normal(0, 1, int(rng.integers(5, 30))).tolist(), float(rng.uniform(0.2, 0.9))


def fewest_bits(flips):
    """The last number of bits, from above, down to which the answers stay."""
    found = max(flips.index)
    for bits in sorted(flips.index, reverse=True):
        if flips.loc[bits, "same"] < 0.95:
            break
        found = bits
    return int(found)


def _one_scale(row, bits, group):
    return quantised(row, bits, len(row))


def _one_step_more(row, bits, group):
    most, found = 2 ** (bits - 1), []
    for start in range(0, len(row), group):
        part = row[start : start + group]
        scale = max(map(abs, part)) / most or 1.0
        found += [scale * round(weight / scale) for weight in part]
    return found


def _with_signs(row, share):
    going = sorted(range(len(row)), key=lambda at: row[at])[: int(share * len(row))]
    return [0.0 if at in going else weight for at, weight in enumerate(row)]


def _the_largest(row, share):
    going = sorted(range(len(row)), key=lambda at: -abs(row[at]))[: int(share * len(row))]
    return [0.0 if at in going else weight for at, weight in enumerate(row)]


EXERCISES = {
    "1": Value(0.01, within=1e-6),
    "2": Value(4.5, within=1e-6),
    "3": Written(quantised, a_row, wrong=(_one_scale, _one_step_more), within=1e-6),
    "4": Written(pruned_row, a_share, wrong=(_with_signs, _the_largest), within=1e-9),
    "5": Value(fewest_bits, needs=("flips",)),
}
