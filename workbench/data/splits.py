"""Held-out splits and draws: stratified by class, seeded, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError
from .reading.chosen_splits import suggested

if TYPE_CHECKING:
    from ..recipe import Recipe


def rows_seed(recipe: Recipe) -> int:
    """The seed by which a recipe's splits are made and its examples drawn."""
    return recipe.seed if recipe.split_seed is None else recipe.split_seed


_MORE = "Lower test_size or validation_size, or bring more data."


def _too_little(wanted: int, counts: np.ndarray, room: int) -> str:
    """Why so many examples cannot be held out, where classes keep some for training."""
    alone = int((counts == 1).sum())
    are = "example is" if wanted == 1 else "examples are"
    said = f"{wanted} {are} to be held out of {counts.sum()}, of which {room} can be spared"
    if len(counts) > 1 and 2 * alone > len(counts):  # one class may be a task without classes
        return f"{said}: {alone} of {len(counts)} classes have one example, which is to train."
    return f"{said}."


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
        raise DataError(_too_little(wanted, counts, int(room.sum())), _MORE)
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
    labels: dict[str, np.ndarray],
    *,
    test_size: float,
    validation_size: float,
    seed: int,
    method: str = "stratified",
    keys: dict[str, np.ndarray] | None = None,
    folds: int | None = None,
    fold: int | None = None,
) -> dict[str, tuple[str, np.ndarray]]:
    """Rows of train, validation and test, from the splits that the source has.

    A split that the source has is taken as it is; a missing one is drawn from ``train`` (test
    first). Hub datasets without test labels keep their validation split as test.

    Parameters
    ----------
    labels : dict of str to ndarray of int, shape (n_examples,)
        Class ids of each split of the source.
    method : {'stratified', 'random', 'group', 'time'}
        Each class keeps its share; by chance; rows of one key stay together; the rows with the
        greatest keys are held out (rows of one key stay together there too).
    keys : dict of str to ndarray of int, shape (n_examples,)
        What ``group`` and ``time`` go by.
    folds, fold : int, optional
        The test split is part ``fold`` (from 1) of ``folds`` equal parts of ``train``, whatever
        test split the source has.

    Returns
    -------
    dict
        ``train``, ``validation``, ``test`` -> (split of the source, row numbers ascending).

    Raises
    ------
    DataError
        If no split is called train, or there is not enough to hold out.
    """
    settings = dict(
        test_size=test_size, validation_size=validation_size, seed=seed, method=method, folds=folds,
        fold=fold,
    )  # fmt: skip
    if "train" not in labels:
        if len(labels) != 1:
            raise DataError(
                f"The dataset has the splits {', '.join(labels)} and none named 'train'.",
                f"Say which is to be learnt: reading={suggested(list(labels))}.",
            )
        only = next(iter(labels))
        renamed = None if keys is None else {"train": keys[only]}
        splits = make_splits({"train": labels[only]}, keys=renamed, **settings)
        return {name: (only, rows) for name, (_, rows) in splits.items()}
    train = labels["train"]
    key = None if keys is None else keys["train"]
    rest = np.arange(len(train))
    chosen: dict[str, tuple[str, np.ndarray]] = {}
    total = len(rest)
    for offset, (name, size) in enumerate((("test", test_size), ("validation", validation_size))):
        in_folds = name == "test" and folds is not None
        if name in labels and not in_folds:
            chosen[name] = (name, np.arange(len(labels[name])))
            continue
        number = max(int(round(size * total)) if size < 1 else int(size), 1)
        here = None if key is None else key[rest]
        if in_folds:
            assigned = fold_numbers(train, folds, seed, groups=key if method == "group" else None)
            drawn = np.flatnonzero(assigned == (fold or 1) - 1)
        elif method == "group":
            drawn = draw_groups(train[rest], here, number, seed * 2 + offset)
        elif method == "time":
            drawn = _latest(here, number)
        else:
            one_class = np.zeros(len(rest), int) if method == "random" else train[rest]
            drawn = stratified_draw(one_class, number, seed * 2 + offset, keep=1)
        if len(drawn) >= len(rest):
            raise DataError(
                f"Nothing is left to train on when {len(drawn):,} of {len(rest):,} examples are "
                f"held out for {name}.",
                "Lower test_size or validation_size, or bring more data.",
            )
        chosen[name] = ("train", rest[drawn])
        rest = np.delete(rest, drawn)
    return {"train": ("train", rest), "validation": chosen["validation"], "test": chosen["test"]}


def draw_groups(labels: np.ndarray, groups: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Draw whole groups, about ``size`` rows, so that each class keeps about its share.

    Groups are taken up from the largest to the smallest (those of one size in a seeded order);
    one is drawn when that brings the counts of the classes nearer to what is wanted.

    Parameters
    ----------
    labels, groups : ndarray of int, shape (n_examples,)
    size : int
        Rows wanted; what is given differs by the size of groups.

    Returns
    -------
    ndarray of int64, ascending
        Row numbers; at least one group, and at least one is left.

    Raises
    ------
    DataError
        If there are fewer than two groups.
    """
    names, inverse = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise DataError(
            f"All {len(labels):,} examples that can be drawn from are of one group.",
            "Choose another split_column, or split='stratified'.",
        )
    _, classes = np.unique(labels, return_inverse=True)
    counts = np.zeros((len(names), classes.max() + 1))
    np.add.at(counts, (inverse, classes), 1)
    wanted = counts.sum(0) * (size / len(labels))
    sizes = counts.sum(1)
    order = np.random.RandomState(seed).permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    have = np.zeros_like(wanted)
    drawn = []
    for group in order:
        now = np.square(wanted - have).sum()
        if np.square(wanted - have - counts[group]).sum() < now and len(drawn) < len(names) - 1:
            have += counts[group]
            drawn.append(group)
    drawn = drawn or [order[-1]]
    return np.flatnonzero(np.isin(inverse, drawn)).astype(np.int64)


def _latest(times: np.ndarray, size: int) -> np.ndarray:
    """The last rows by time, about ``size``; rows of one time are not parted."""
    if size >= len(times):
        raise DataError(
            f"{size:,} examples are to be held out of {len(times):,}.",
            "Lower test_size or validation_size, or bring more data.",
        )
    ordered = np.sort(times)
    border = ordered[-size]
    later, with_border = (times > border).sum(), (times >= border).sum()
    beyond = later > 0 and size - later < with_border - size
    drawn = times > border if beyond or with_border == len(times) else times >= border
    if not drawn.any():
        raise DataError(
            "All examples are of one time, so that none is later than the others.",
            "Choose another split_column, or split='stratified'.",
        )
    return np.flatnonzero(drawn).astype(np.int64)


def fold_numbers(
    labels: np.ndarray, folds: int, seed: int, *, groups: np.ndarray | None = None
) -> np.ndarray:
    """Which of ``folds`` parts each row is in; each class is spread evenly over them.

    Parameters
    ----------
    labels : ndarray of int, shape (n_examples,)
    groups : ndarray of int, shape (n_examples,), optional
        Rows of one group stay together; the largest groups are placed first, each where the
        counts of the classes are then most even.

    Returns
    -------
    ndarray of int64, shape (n_examples,)
        ``0 .. folds - 1``.

    Raises
    ------
    DataError
        If there are fewer rows or groups than parts.
    """
    units = len(labels) if groups is None else len(np.unique(groups))
    if units < folds:
        what = "examples" if groups is None else "groups"
        raise DataError(f"{units} {what} do not make {folds} folds.", "Lower folds.")
    rng = np.random.RandomState(seed)
    assigned = np.zeros(len(labels), np.int64)
    if groups is None:
        start = 0
        for cls in np.unique(labels):
            rows = rng.permutation(np.flatnonzero(labels == cls))
            assigned[rows] = (start + np.arange(len(rows))) % folds
            start += len(rows)
        return assigned
    names, inverse = np.unique(groups, return_inverse=True)
    _, classes = np.unique(labels, return_inverse=True)
    counts = np.zeros((len(names), classes.max() + 1))
    np.add.at(counts, (inverse, classes), 1)
    share = counts.sum(0) / folds
    order = rng.permutation(len(names))
    order = order[np.argsort(-counts.sum(1)[order], kind="stable")]
    have = np.zeros((folds, counts.shape[1]))
    places = np.zeros(len(names), np.int64)
    for group in order:
        cost = (np.square(have + counts[group] - share) - np.square(have - share)).sum(1)
        places[group] = int(np.argmin(cost))
        have[places[group]] += counts[group]
    return places[inverse]


def fold_recipes(recipe: Recipe) -> list[Recipe]:
    """One recipe a fold, for cross-validation; ``recipe.folds`` says how many (5 when None)."""
    folds = recipe.folds or 5
    return [recipe.replace(folds=folds, fold=number + 1) for number in range(folds)]
