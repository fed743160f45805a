"""From a recipe's dataset to checked, split examples with class ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError
from . import corrections
from .columns.dates import read_dates
from .fingerprint import fingerprint_of
from .labelled import label_names, label_scores, label_texts, labelled_tables
from .settings import check_settings
from .splits import make_splits, rows_seed, stratified_draw

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe


@dataclass
class Examples:
    """Labelled texts, split. Labels are class ids, or numbers (see :func:`load_scores`).

    Parameters
    ----------
    splits : dict of str to pandas.DataFrame
        ``train``, ``validation``, ``test``; columns ``text`` (str), ``label`` (int64 class id),
        ``row`` (int64, position in the source) and, for text pairs, ``pair`` (str).
    label_names : list of str
        Class names in id order.
    notes : list of str
        What was left out or cut, one sentence each, to be shown.
    fingerprint : str
        Hash of the texts and labels of all splits.
    counts : dict of str to dict of str to int, optional
        What :meth:`balance` gives for each split, where labels are not one an example.
    learnt : dict
        What predictions have to know of the training data, such as how words were cut.
    read : dict
        How its files were read; see :mod:`.reading.expected`.
    rows_of : dict of str to int
        How many rows a note is of, for those notes of conversations that count some.
    """

    splits: dict[str, pd.DataFrame]
    label_names: list[str]
    notes: list[str] = field(default_factory=list)
    fingerprint: str = ""
    counts: dict[str, dict[str, int]] | None = None
    learnt: dict = field(default_factory=dict)
    read: dict = field(default_factory=dict)
    rows_of: dict[str, int] = field(default_factory=dict)

    @property
    def has_pairs(self) -> bool:
        """Whether each example is two texts."""
        return "pair" in self.splits["train"].columns

    @property
    def are_scores(self) -> bool:
        """Whether labels are numbers and not classes."""
        train = self.splits["train"]
        return "label" in train.columns and train["label"].dtype.kind == "f"

    @property
    def classes(self) -> int | None:
        """How many classes there are of which an example has one; None of other labels."""
        whole = self.counts is None and "label" in self.splits["train"].columns
        return len(self.label_names) if whole and not self.are_scores else None

    def balance(self, split: str) -> dict[str, int]:
        """Examples of each class; of numbers those in ten steps from the least to the greatest."""
        if self.counts is not None:
            return dict(self.counts[split])
        labels = self.splits[split]["label"].to_numpy()
        if not self.are_scores:
            counts = np.bincount(labels, minlength=len(self.label_names))
            return dict(zip(self.label_names, counts.tolist(), strict=True))
        everything = np.concatenate([f["label"].to_numpy() for f in self.splits.values()])
        counts, edges = np.histogram(labels, np.linspace(everything.min(), everything.max(), 11))
        names = [f"{a:.3g} to {b:.3g}" for a, b in zip(edges[:-1], edges[1:], strict=True)]
        return dict(zip(names, counts.tolist(), strict=True))

    def preview(self, n: int) -> pd.DataFrame:
        """The first training examples for people to read: ``text``, ``pair``, ``label``."""
        shown = self.splits["train"].head(n).drop(columns="row")
        if "label" in shown.columns and not self.are_scores:
            return shown.assign(label=[self.label_names[i] for i in shown["label"]])
        if "tags" in shown.columns:
            from .tags.tag_spans import entities_text

            said = [entities_text(*row) for row in zip(shown["tokens"], shown["tags"], strict=True)]
            return shown[["text"]].assign(label=said)
        if "labels" in shown.columns:
            said = [", ".join(labels) for labels in shown["labels"]]
            return shown.drop(columns=["labels", "targets"]).assign(label=said)
        return shown

    def info(self) -> dict:
        """Counts and names, for ``data/info.json`` of a run."""
        counts = {split: self.balance(split) for split in self.splits}
        return {
            "fingerprint": self.fingerprint,
            "label_names": self.label_names,
            "counts": counts,
            "examples": {split: len(frame) for split, frame in self.splits.items()},
            "notes": self.notes,
            **({"learnt": self.learnt} if self.learnt else {}),
            **({"read": self.read} if self.read else {}),
        }


def load_examples(recipe: Recipe) -> Examples:
    """Load, map, mend, check and split the data of a text-classification recipe.

    Raises
    ------
    DataError
        Missing column, empty or non-text texts, missing labels, a single class, a split that lacks
        a class that training needs; each names the place and what to do.
    RecipeError
        A fix that there is not.
    """
    check_settings(recipe)
    tables, notes = labelled_tables(recipe, label_texts)
    names = label_names(tables)
    ids = {name: number for number, name in enumerate(names)}
    for name, frame in tables.items():
        tables[name] = frame.assign(label=frame["label"].map(ids).astype("int64"))
    strata = {name: frame["label"].to_numpy() for name, frame in tables.items()}
    parts = split_tables(tables, strata, recipe, notes)
    if recipe.corrections:
        decided = corrections.read(recipe.corrections)
        parts, corrected = corrections.apply(parts, tables, names, decided)
        notes += corrected
    _check_classes(parts, names, notes)
    parts["train"] = resampled(parts["train"], recipe, notes)
    return Examples(parts, names, notes, fingerprint_of(parts, names))


def load_scores(recipe: Recipe) -> Examples:
    """Load, map, mend, check and split the data of a regression recipe.

    ``label`` is a float64 in place of a class id, ``label_names`` holds the column's name alone.
    Stratified splits and draws keep the share of each tenth of the scores.

    Raises
    ------
    DataError
        As :func:`load_examples`; labels that are no finite numbers, or all the same.
    RecipeError
        A fix that there is not.
    """
    check_settings(recipe)
    tables, notes = labelled_tables(recipe, label_scores)
    for name, frame in tables.items():
        tables[name] = frame.assign(label=frame["label"].astype("float64"))
    scores = np.concatenate([frame["label"].to_numpy() for frame in tables.values()])
    if scores.min() == scores.max():
        raise DataError(
            f"All examples have the label {scores[0]:g}.",
            "Regression needs numbers that differ: map another column as the label.",
        )
    tenths = np.unique(np.quantile(scores, np.linspace(0, 1, 11)[1:-1]))
    strata = {
        name: np.searchsorted(tenths, frame["label"].to_numpy(), side="right")
        for name, frame in tables.items()
    }
    parts = split_tables(tables, strata, recipe, notes)
    names = [recipe.columns.get("label", "label")]
    return Examples(parts, names, notes, fingerprint_of(parts, names))


def split_tables(
    tables: dict[str, pd.DataFrame], strata: dict[str, np.ndarray], recipe: Recipe,
    notes: list[str], *,
    in_parts: Callable[[pd.DataFrame, str, list[str]], pd.DataFrame] | None = None,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Training, validation and test examples, drawn down to the recipe's numbers.

    ``in_parts(frame, split, notes)`` makes several rows of a long one that is measured, before
    validation and test are drawn from.
    """
    made = make_splits(
        strata,
        test_size=recipe.test_size,
        validation_size=recipe.validation_size,
        seed=rows_seed(recipe),
        method=recipe.split,
        keys=_split_keys(tables, recipe, notes),
        folds=recipe.folds,
        fold=recipe.fold,
    )
    if recipe.folds and "test" in tables:
        notes.append(f"The source's own test split is left out: folds={recipe.folds}.")
    limits = {"train": recipe.max_train_examples}
    parts = {}
    for name, (source, rows) in made.items():
        frame = tables[source].iloc[rows].drop(columns="key", errors="ignore")
        limit = limits.get(name, recipe.max_eval_examples)
        if name == "test" and recipe.folds:
            limit = None  # over all folds each row is tested once
        kept = strata[source][rows]
        if in_parts is not None and name != "train":
            frame = in_parts(frame.assign(stratum=kept), name, notes)
            frame, kept = frame.drop(columns="stratum"), frame["stratum"].to_numpy()
        frame = _limited(frame, kept, name, limit, rows_seed(recipe), notes)
        parts[name] = frame.reset_index(drop=True)
    return parts


def resampled(frame: pd.DataFrame, recipe: Recipe, notes: list[str]) -> pd.DataFrame:
    """Training examples with as many of each class, as the recipe's ``sampling`` says.

    Oversampling keeps every example and repeats those of smaller classes, each as often as the
    others up to one; undersampling draws without repeats. The order is shuffled by the seed.
    """
    if recipe.sampling == "all":
        return frame
    rng = np.random.default_rng([rows_seed(recipe), 77])
    groups = [np.flatnonzero(frame["label"] == number) for number in np.unique(frame["label"])]
    sizes = [len(rows) for rows in groups]
    if recipe.sampling == "oversample":
        wanted = max(sizes)
        chosen = [
            np.concatenate([np.tile(rows, wanted // len(rows)),
                            rng.choice(rows, wanted % len(rows), replace=False)])
            for rows in groups
        ]  # fmt: skip
    else:
        wanted = min(sizes)
        chosen = [rng.choice(rows, wanted, replace=False) for rows in groups]
    rows = rng.permutation(np.concatenate(chosen))
    notes.append(
        f"sampling is {recipe.sampling!r}: {wanted:,} training examples of each class, "
        f"{len(rows):,} for {len(frame):,}."
    )
    return frame.iloc[rows].reset_index(drop=True)


def _split_keys(
    tables: dict[str, pd.DataFrame], recipe: Recipe, notes: list[str]
) -> dict[str, np.ndarray] | None:
    """Groups or times of each split as whole numbers in their own order."""
    import pandas as pd

    if recipe.split not in ("group", "time"):
        return None
    keys = {}
    for name, frame in tables.items():
        values = frame["key"]
        if values.isna().any():
            row = int(frame["row"][values.isna()].iloc[0])
            raise DataError(
                f"Row {row} of {name!r} has no value in {recipe.split_column!r}.",
                "Fill it in, or choose another split_column.",
            )
        keys[name] = values
    written = [name for name, values in keys.items() if values.dtype.kind not in "iufM"]
    if recipe.split == "time" and written:
        texts = {name: keys[name].astype(str).set_axis(tables[name]["row"]) for name in written}
        times, said = read_dates(texts, recipe.split_column, recipe.reading.get("dates"))
        keys |= times
        notes += [said] if said else []
    sort = recipe.split == "time"
    return {name: pd.factorize(values, sort=sort)[0] for name, values in keys.items()}


def _limited(frame: pd.DataFrame, strata: np.ndarray, split: str, limit: int | None, seed: int,
             notes: list[str]) -> pd.DataFrame:  # fmt: skip
    if limit is None or len(frame) <= limit:
        return frame
    rows = stratified_draw(strata, limit, seed + 1)
    setting = "max_train_examples" if split == "train" else "max_eval_examples"
    notes.append(f"{limit:,} of {len(frame):,} {split} examples were drawn ({setting}).")
    return frame.iloc[rows]


def _check_classes(splits: dict[str, pd.DataFrame], names: list[str], notes: list[str]) -> None:
    present = {split: set(frame["label"]) for split, frame in splits.items()}
    for number, name in enumerate(names):
        if number not in present["train"]:
            raise DataError(
                f"The training split has no example of the class {name!r}.",
                "Add some, remove the class, or let the splits be made from one table.",
            )
        for split in ("validation", "test"):
            if number not in present[split]:
                said = f"The {split} split has no example of the class {name!r}"
                notes.append(f"{said}: it says nothing about this class.")
