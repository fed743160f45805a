"""From a recipe's dataset to checked, split examples with class ids."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError, RecipeError, nearest
from . import corrections, fixes, sources
from .known_columns import joined_labels, label_columns, roles_of
from .splits import make_splits, stratified_draw

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from ..recipe import Recipe

MAX_CLASSES = 10_000


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
    """

    splits: dict[str, pd.DataFrame]
    label_names: list[str]
    notes: list[str] = field(default_factory=list)
    fingerprint: str = ""
    counts: dict[str, dict[str, int]] | None = None

    @property
    def has_pairs(self) -> bool:
        """Whether each example is two texts."""
        return "pair" in self.splits["train"].columns

    @property
    def are_scores(self) -> bool:
        """Whether labels are numbers and not classes."""
        train = self.splits["train"]
        return "label" in train.columns and train["label"].dtype.kind == "f"

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
            from .tagged import entities_text

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
    tables, notes = labelled_tables(recipe, label_texts)
    names = _label_names(tables)
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
    if recipe.corrections:
        raise RecipeError(
            f"corrections is {recipe.corrections!r}, and the labels are numbers.",
            "Corrections are for classes; set it to None.",
            field="corrections",
        )
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


def labelled_tables(recipe: Recipe, read_labels) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Labelled, mended, checked tables of the source's splits, and notes on them."""
    splits, reports = sources.opened(recipe.dataset, reading=recipe.reading)
    notes = [n.what for r in reports for n in r.notes if n.severity == "warning"]
    tables = {name: columns_of(split, recipe) for name, split in splits.items()}
    tables = {name: frame for name, frame in tables.items() if _has_labels(frame)}
    if not tables:
        raise DataError(
            f"No split of {recipe.dataset!r} has labels.", "Choose a dataset with a label column."
        )
    tables = {
        name: frame.assign(label=read_labels(frame["label"], name))
        for name, frame in tables.items()
    }
    tables, mended = fixes.apply(tables, recipe.fixes)
    tables = {name: frame for name, frame in tables.items() if len(frame)}
    if not tables:
        raise DataError("The fixes leave no row.", "Take one of them out of the recipe's fixes.")
    for name, frame in tables.items():
        _check_texts(name, frame)
    return tables, notes + mended


def split_tables(
    tables: dict[str, pd.DataFrame], strata: dict[str, np.ndarray], recipe: Recipe, notes: list[str]
) -> dict[str, pd.DataFrame]:
    """Training, validation and test examples, drawn down to the recipe's numbers."""
    made = make_splits(
        strata,
        test_size=recipe.test_size,
        validation_size=recipe.validation_size,
        seed=recipe.seed,
        method=recipe.split,
        keys=_split_keys(tables, recipe),
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
        frame = _limited(frame, strata[source][rows], name, limit, recipe.seed, notes)
        parts[name] = frame.reset_index(drop=True)
    return parts


def resampled(frame: pd.DataFrame, recipe: Recipe, notes: list[str]) -> pd.DataFrame:
    """Training examples with as many of each class, as the recipe's ``sampling`` says.

    Oversampling keeps every example and repeats those of smaller classes, each as often as the
    others up to one; undersampling draws without repeats. The order is shuffled by the seed.
    """
    if recipe.sampling == "all":
        return frame
    rng = np.random.default_rng([recipe.seed, 77])
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


def columns_of(split: datasets.Dataset, recipe: Recipe) -> pd.DataFrame:
    """The recipe's columns of one split under their roles.

    Returns
    -------
    pandas.DataFrame
        ``text``, ``pair`` where the recipe names one, ``label`` as the source has it (class names
        for the hub's ``ClassLabel``; lists where the recipe names several columns of 0 and 1),
        ``row`` (position in the source) and ``key`` (the ``split_column``) where the recipe names
        one.

    Raises
    ------
    DataError
        If there is no such column.
    """
    import pandas as pd

    roles = roles_of(recipe, split.column_names)
    wanted = {role: roles[role] for role in ("text", "label", "pair") if role in roles}
    if recipe.split_column is not None:
        wanted["key"] = recipe.split_column
    several = label_columns(wanted["label"], split.column_names)
    for role, column in wanted.items():
        if column not in split.column_names and not (role == "label" and several):
            setting = "split_column" if role == "key" else f"columns={{'{role}': 'your column'}}"
            raise DataError(
                f"The data has no column {column!r} for the {role}.",
                nearest(column, split.column_names) + f" Set it with {setting}.",
            )
    read = [*(c for c in wanted.values() if c in split.column_names), *several]
    frame = split.select_columns(list(dict.fromkeys(read))).with_format(None).to_pandas()
    if several:
        frame[wanted["label"]] = joined_labels(frame[several])
    out = pd.DataFrame({role: frame[column] for role, column in wanted.items()})
    out["row"] = np.arange(len(out), dtype=np.int64)
    feature = split.features.get(wanted["label"])
    if hasattr(feature, "int2str"):
        names = np.asarray([*feature.names, None], dtype=object)
        ids = out["label"].fillna(-1).astype("int64").to_numpy()
        out["label"] = names[np.where((ids >= 0) & (ids < len(names) - 1), ids, -1)]
    elif (inner := getattr(getattr(feature, "feature", None), "names", None)) is not None:
        out["label"] = [None if ids is None else [inner[i] for i in ids] for ids in out["label"]]
    return out


def label_texts(labels: pd.Series, split: str) -> pd.Series:
    """Labels as class names: whole numbers without a fraction, booleans in lower case.

    Returns
    -------
    pandas.Series of object
        str, or None where there is no label.

    Raises
    ------
    DataError
        If they are lists, dates or numbers with fractions.
    """
    import pandas as pd

    kind = labels.dtype.kind
    missing = labels.isna().to_numpy(dtype=bool)
    values = labels.to_numpy(dtype=object)
    if kind == "M" or any(hasattr(v, "year") for v in values[~missing][:1]):
        raise DataError(
            f"The labels of {split!r} are dates.", "Classification needs classes: map 'label'."
        )
    odd = next((v for v in values[~missing] if not isinstance(v, _SCALARS)), None)
    if odd is not None:
        raise DataError(
            f"The labels of {split!r} are lists or objects, such as {str(odd)[:40]}.",
            "Classification needs one class an example; lists of labels are for "
            "multi-label-classification.",
        )
    fraction = next(
        (v for v in values[~missing] if isinstance(v, (float, np.floating)) and v % 1 != 0), None
    )
    if fraction is not None:
        raise DataError(
            f"The labels of {split!r} are numbers with fractions, such as {fraction}.",
            "Classification needs classes; map the numbers to a few names first.",
        )
    texts = [None if gone else label_text(v) for v, gone in zip(values, missing, strict=True)]
    return pd.Series(texts, index=labels.index, dtype=object)


def label_scores(labels: pd.Series, split: str) -> pd.Series:
    """Labels as numbers.

    Returns
    -------
    pandas.Series of object
        float, or None where there is no label.

    Raises
    ------
    DataError
        If one of them is no finite number; it names the row.
    """
    import pandas as pd

    numbers = pd.to_numeric(labels, errors="coerce").astype("float64")
    gone = labels.isna() | labels.map(lambda v: isinstance(v, str) and not v.strip())
    wrong = (~np.isfinite(numbers.to_numpy())) & ~gone.to_numpy(dtype=bool)
    if wrong.any():
        value, row = labels[wrong].iloc[0], labels.index[wrong][0]
        raise DataError(
            f"The label of row {row} of {split!r} is {str(value)[:40]!r}, which is no number.",
            "Regression needs numbers; classes are for text-classification.",
        )
    return numbers.astype(object).where(~gone, None)


_SCALARS = (str, bool, int, float, np.bool_, np.integer, np.floating)


def label_text(value) -> str:
    """The class name of a label."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (float, np.floating)):
        return str(int(value))
    return str(value)


def _has_labels(frame: pd.DataFrame) -> bool:
    return len(frame) > 0 and bool(frame["label"].notna().any())


def _check_texts(split: str, frame: pd.DataFrame) -> None:
    for role in [c for c in ("text", "pair") if c in frame.columns]:
        for row, value in zip(frame["row"], frame[role], strict=True):
            if not isinstance(value, str):
                raise DataError(
                    f"Row {row} of {split!r} has {value!r} as {role}, which is no text.",
                    "Leave such rows out with fixes=['drop_empty_texts'] where it is missing; "
                    "otherwise map another column.",
                )
            if not value.strip():
                raise DataError(
                    f"Row {row} of {split!r} has an empty {role}.",
                    "Leave rows without text out with fixes=['drop_empty_texts'].",
                )
    missing = fixes.blank(frame["label"])
    if missing.any():
        row = int(frame["row"][missing].iloc[0])
        raise DataError(
            f"{int(missing.sum())} rows of {split!r} have no label, the first is row {row}.",
            "Label them, or leave them out with fixes=['drop_unlabelled'].",
        )


def _label_names(tables: dict[str, pd.DataFrame]) -> list[str]:
    found: set[str] = set()
    for frame in tables.values():
        found |= set(frame["label"])
    if len(found) < 2:
        raise DataError(
            f"All examples have the label {next(iter(found))!r}.",
            "Classification needs at least two classes.",
        )
    if len(found) > MAX_CLASSES:
        raise DataError(
            f"There are {len(found)} different labels; at most {MAX_CLASSES} are allowed.",
            "Check that the label column holds classes.",
        )
    return sorted(found, key=label_order)


def _split_keys(tables: dict[str, pd.DataFrame], recipe: Recipe) -> dict[str, np.ndarray] | None:
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
        if recipe.split == "time" and values.dtype.kind not in "iufM":
            times = pd.to_datetime(values.astype(str), errors="coerce", format="mixed", utc=True)
            if times.isna().any():
                row = int(frame["row"][times.isna()].iloc[0])
                raise DataError(
                    f"Row {row} of {name!r} has {frame['key'].loc[times.isna()].iloc[0]!r} in "
                    f"{recipe.split_column!r}, which is no time.",
                    "Write times as 2026-01-31 or 2026-01-31 18:30, or as numbers.",
                )
            values = times
        keys[name] = pd.factorize(values, sort=recipe.split == "time")[0]
    return keys


def label_order(name: str):
    return (0, int(name), name) if name.lstrip("-").isdecimal() else (1, 0, name)


def _limited(
    frame: pd.DataFrame, strata: np.ndarray, split: str, limit: int | None, seed: int,
    notes: list[str],
) -> pd.DataFrame:  # fmt: skip
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
                notes.append(
                    f"The {split} split has no example of the class {name!r}: "
                    "it says nothing about this class."
                )


def fingerprint_of(splits: dict[str, pd.DataFrame], names: list[str]) -> str:
    digest = hashlib.sha256("\0".join(names).encode())
    for split, frame in splits.items():
        digest.update(split.encode())
        for column in frame.columns:
            for value in frame[column]:
                digest.update(str(value).encode("utf-8", "surrogatepass"))
                digest.update(b"\0")
    return "sha256-" + digest.hexdigest()
