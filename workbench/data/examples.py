"""From a recipe's dataset to checked, split examples with class ids."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError, nearest
from . import sources
from .splits import make_splits, stratified_draw

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe

MAX_CLASSES = 10_000


@dataclass
class Examples:
    """Labelled texts, split.

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
    """

    splits: dict[str, pd.DataFrame]
    label_names: list[str]
    notes: list[str] = field(default_factory=list)
    fingerprint: str = ""

    @property
    def has_pairs(self) -> bool:
        """Whether each example is two texts."""
        return "pair" in self.splits["train"].columns

    def info(self) -> dict:
        """Counts and names, for ``data/info.json`` of a run."""
        counts = {
            split: {
                name: int((frame["label"] == number).sum())
                for number, name in enumerate(self.label_names)
            }
            for split, frame in self.splits.items()
        }
        return {
            "fingerprint": self.fingerprint,
            "label_names": self.label_names,
            "counts": counts,
            "examples": {split: len(frame) for split, frame in self.splits.items()},
            "notes": self.notes,
        }


def load_examples(recipe: Recipe) -> Examples:
    """Load, map, check and split the data of a text-classification recipe.

    Raises
    ------
    DataError
        Missing column, empty or non-text texts, missing labels, a single class, a split that lacks
        a class that training needs; each names the place and what to do.
    """
    tables = {
        name: _columns_of(split.to_pandas(), recipe, split)
        for name, split in sources.load(recipe.dataset).items()
    }
    tables = {name: frame for name, frame in tables.items() if _has_labels(frame)}
    if not tables:
        raise DataError(
            f"No split of {recipe.dataset!r} has labels.", "Choose a dataset with a label column."
        )
    for name, frame in tables.items():
        _check_texts(name, frame)
    names = _label_names(tables)
    ids = {name: number for number, name in enumerate(names)}
    for frame in tables.values():
        frame["label"] = frame["label"].map(ids).astype("int64")
    labels = {name: frame["label"].to_numpy() for name, frame in tables.items()}
    made = make_splits(
        labels, test_size=recipe.test_size, validation_size=recipe.validation_size, seed=recipe.seed
    )
    splits = {name: tables[source].iloc[rows] for name, (source, rows) in made.items()}
    notes: list[str] = []
    for name, limit in (
        ("train", recipe.max_train_examples),
        ("validation", recipe.max_eval_examples),
        ("test", recipe.max_eval_examples),
    ):
        splits[name] = _limited(splits[name], name, limit, recipe.seed, notes)
    _check_classes(splits, names, notes)
    splits = {name: frame.reset_index(drop=True) for name, frame in splits.items()}
    return Examples(splits, names, notes, _fingerprint(splits, names))


def _columns_of(frame: pd.DataFrame, recipe: Recipe, split) -> pd.DataFrame:
    import pandas as pd

    wanted = {
        "text": recipe.columns.get("text", "text"),
        "label": recipe.columns.get("label", "label"),
    }
    if "pair" in recipe.columns:
        wanted["pair"] = recipe.columns["pair"]
    for role, column in wanted.items():
        if column not in frame.columns:
            raise DataError(
                f"The data has no column {column!r} for the {role}.",
                nearest(column, map(str, frame.columns))
                + f" Set it with columns={{'{role}': 'your column'}}.",
            )
    out = pd.DataFrame({role: frame[column] for role, column in wanted.items()})
    out["row"] = np.arange(len(out), dtype=np.int64)
    feature = split.features.get(wanted["label"])
    if hasattr(feature, "int2str"):
        out["label"] = [feature.int2str(int(v)) if v >= 0 else None for v in out["label"]]
    return out


def _has_labels(frame: pd.DataFrame) -> bool:
    return len(frame) > 0 and bool(frame["label"].notna().any())


def _check_texts(split: str, frame: pd.DataFrame) -> None:
    for role in [c for c in ("text", "pair") if c in frame.columns]:
        for row, value in zip(frame["row"], frame[role], strict=True):
            if not isinstance(value, str):
                raise DataError(
                    f"Row {row} of {split!r} has {value!r} as {role}, which is no text.",
                    "Remove such rows or turn them into text.",
                )
            if not value.strip():
                raise DataError(
                    f"Row {row} of {split!r} has an empty {role}.",
                    "Remove rows without text before training.",
                )
    missing = frame["label"].isna()
    if missing.any():
        row = int(frame["row"][missing].iloc[0])
        raise DataError(
            f"{int(missing.sum())} rows of {split!r} have no label, the first is row {row}.",
            "Label or remove them.",
        )


def _label_names(tables: dict[str, pd.DataFrame]) -> list[str]:
    found: set[str] = set()
    for split, frame in tables.items():
        values = frame["label"]
        if values.map(lambda v: isinstance(v, float) and v != int(v)).any():
            raise DataError(
                f"The labels of {split!r} are numbers with fractions.",
                "Classification needs classes; map the numbers to a few names first.",
            )
        frame["label"] = values.map(_label_text)
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
    return sorted(found, key=_label_order)


def _label_text(value) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (float, np.floating)):
        return str(int(value))
    return str(value)


def _label_order(name: str):
    return (0, int(name), name) if name.lstrip("-").isdecimal() else (1, 0, name)


def _limited(frame: pd.DataFrame, split: str, limit: int | None, seed: int, notes: list[str]):
    if limit is None or len(frame) <= limit:
        return frame
    rows = stratified_draw(frame["label"].to_numpy(), limit, seed + 1)
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


def _fingerprint(splits: dict[str, pd.DataFrame], names: list[str]) -> str:
    digest = hashlib.sha256("\0".join(names).encode())
    for split, frame in splits.items():
        digest.update(split.encode())
        for column in frame.columns:
            for value in frame[column]:
                digest.update(str(value).encode("utf-8", "surrogatepass"))
                digest.update(b"\0")
    return "sha256-" + digest.hexdigest()
