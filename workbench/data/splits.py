"""Held-out splits and draws: stratified by class, seeded, the same on every machine."""

from __future__ import annotations

import numpy as np

from ..errors import DataError


def stratified_draw(
    labels: np.ndarray, size: float | int, seed: int, *, keep: int = 0
) -> np.ndarray:
    """Draw row numbers so that each class keeps its share.

    Classes get their share rounded down, what is missing goes to the largest remainders (the
    class of the lower id first); a class of which anything can be spared gets at least one row.

    Parameters
    ----------
    labels : ndarray of int, shape (n_examples,)
        Class ids.
    size : float or int
        Below 1 a share of the rows, otherwise their number.
    seed : int
    keep : int, default 0
        Rows that each class must leave undrawn.

    Returns
    -------
    ndarray of int64, shape (n_drawn,), ascending

    Raises
    ------
    DataError
        If more is asked for than there is.
    """
    labels = np.asarray(labels)
    wanted = int(round(size * len(labels))) if size < 1 else int(size)
    classes, counts = np.unique(labels, return_counts=True)
    room = np.maximum(counts - keep, 0)
    if wanted > room.sum():
        raise DataError(
            f"{wanted} examples are to be drawn from {len(labels)}, of which {room.sum()} can be "
            "spared.",
            "Lower test_size or validation_size, or bring more data.",
        )
    exact = counts * (wanted / max(len(labels), 1))
    take = np.minimum(np.floor(exact).astype(int), room)
    take = np.where((take == 0) & (room > 0), 1, take)
    order = np.lexsort((classes, -(exact - np.floor(exact))))
    while take.sum() < wanted:
        for index in order:
            if take.sum() < wanted and take[index] < room[index]:
                take[index] += 1
    while take.sum() > wanted and take.max() > 1:
        take[np.argmax(take)] -= 1
    rng = np.random.RandomState(seed)  # the legacy generator is fixed for all versions of numpy
    drawn = [
        rng.permutation(np.flatnonzero(labels == cls))[:number]
        for cls, number in zip(classes, take, strict=True)
    ]
    return np.sort(np.concatenate(drawn)).astype(np.int64)


def make_splits(
    labels: dict[str, np.ndarray], *, test_size: float, validation_size: float, seed: int
) -> dict[str, tuple[str, np.ndarray]]:
    """Rows of train, validation and test, from the splits that the source has.

    A split that the source has is taken as it is; a missing one is drawn from ``train`` (test
    first), stratified. Hub datasets without test labels keep their validation split as test.

    Parameters
    ----------
    labels : dict of str to ndarray of int, shape (n_examples,)
        Class ids of each split of the source.

    Returns
    -------
    dict
        ``train``, ``validation``, ``test`` -> (split of the source, row numbers ascending).
    """
    if "train" not in labels:
        if len(labels) != 1:
            raise DataError(
                f"The dataset has the splits {', '.join(labels)} and none named 'train'.",
                "Name one of them train.",
            )
        only = next(iter(labels))
        splits = make_splits(
            {"train": labels[only]}, test_size=test_size, validation_size=validation_size, seed=seed
        )
        return {name: (only, rows) for name, (_, rows) in splits.items()}
    rest = np.arange(len(labels["train"]))
    chosen: dict[str, tuple[str, np.ndarray]] = {}
    total = len(rest)
    for offset, (name, size) in enumerate((("test", test_size), ("validation", validation_size))):
        if name in labels:
            chosen[name] = (name, np.arange(len(labels[name])))
            continue
        number = int(round(size * total)) if size < 1 else int(size)
        drawn = stratified_draw(labels["train"][rest], max(number, 1), seed * 2 + offset, keep=1)
        chosen[name] = ("train", rest[drawn])
        rest = np.delete(rest, drawn)
    return {"train": ("train", rest), "validation": chosen["validation"], "test": chosen["test"]}
