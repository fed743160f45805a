"""Texts that are nearly the same, found without comparing each with each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WIDTH = 5  # characters a shingle
HASHES = 64
BANDS = 16  # of four hashes each: a pair of similarity 0.8 is missed once in 5,000
NEAR = 0.8  # Jaccard similarity from which two texts are nearly the same
LEAST = 20  # characters; what two shorter texts share says little
METHOD = (
    "Jaccard similarity of the sets of 5-character pieces at least {threshold:.0%}, candidates by "
    "MinHash (Broder, 1997), each verified"
)


def near_pairs(
    texts: Sequence[str], *, threshold: float = 0.8, seed: int = 0, longest: int = 2000
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of texts whose sets of 5-character pieces overlap by ``threshold`` or more.

    In a group of texts that are all alike each is paired with the first of it, so that the number
    of pairs grows with the texts and not with their square.

    Parameters
    ----------
    texts : sequence of str
        Those under 20 characters are left out; of longer ones the first ``longest`` characters
        count.
    threshold : float
        Jaccard similarity, the size of the intersection over that of the union.

    Returns
    -------
    pairs : ndarray of int64, shape (n_pairs, 2)
        Positions, the first below the second.
    similarity : ndarray of float64, shape (n_pairs,)

    Notes
    -----
    A. Broder, "On the resemblance and containment of documents", 1997.
    """
    chosen = np.asarray([n for n, text in enumerate(texts) if len(text) >= LEAST], np.int64)
    empty = np.zeros((0, 2), np.int64), np.zeros(0)
    if len(chosen) < 2:
        return empty
    parts, bounds = [], [0]
    for number in chosen:
        data = texts[number][:longest].encode("utf-32-le", "surrogatepass")
        parts.append(np.unique(_shingles(np.frombuffer(data, "<u4"))))
        bounds.append(bounds[-1] + len(parts[-1]))
    signature = _signatures(np.concatenate(parts), np.asarray(bounds[:-1]), seed)
    candidates = _candidates(signature)
    if not len(candidates):
        return empty
    similar = np.asarray([_overlap(parts[a], parts[b]) for a, b in candidates])
    good = similar >= threshold
    return chosen[candidates[good]], similar[good]


def _shingles(characters: np.ndarray) -> np.ndarray:
    """A hash of each run of five characters (uint64)."""
    codes = characters.astype(np.uint64)
    out = np.zeros(len(codes) - WIDTH + 1, np.uint64)
    for offset in range(WIDTH):
        out = out * np.uint64(0x100000001B3) + codes[offset : offset + len(out)]
    out ^= out >> np.uint64(29)
    return out * np.uint64(0xBF58476D1CE4E5B9)


def _signatures(hashes: np.ndarray, starts: np.ndarray, seed: int) -> np.ndarray:
    """The least of each hash function over each text (uint64, shape (n_texts, HASHES))."""
    rng = np.random.RandomState(seed)
    factors = rng.randint(1, 2**62, HASHES, dtype=np.int64).astype(np.uint64) | np.uint64(1)
    out = np.empty((len(starts), HASHES), np.uint64)
    for number, factor in enumerate(factors):
        mixed = hashes * factor
        mixed ^= mixed >> np.uint64(32)
        out[:, number] = np.minimum.reduceat(mixed, starts)
    return out


def _candidates(signature: np.ndarray) -> np.ndarray:
    """Pairs that agree in a whole band: each with the first and with the one before it."""
    found = []
    for band in np.split(signature, BANDS, axis=1):
        _, keys = np.unique(band, axis=0, return_inverse=True)
        keys = keys.ravel()
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        new = np.r_[True, ordered[1:] != ordered[:-1]]
        first = order[np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))]
        before = np.r_[order[:1], order[:-1]]
        later = ~new
        found += [np.stack([first[later], order[later]], 1)]
        found += [np.stack([before[later], order[later]], 1)]
    pairs = np.concatenate(found)
    pairs.sort(axis=1)
    return np.unique(pairs, axis=0)


def _overlap(one: np.ndarray, two: np.ndarray) -> float:
    shared = len(np.intersect1d(one, two, assume_unique=True))
    return shared / (len(one) + len(two) - shared)
