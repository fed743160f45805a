"""What can be mended in data, by name: recorded in a recipe, applied before splits are made.

A fix takes the tables of all splits and gives them back mended, with the number of rows it
changed or left out. Rows keep their number in the source.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .. import task_registry
from ..errors import RecipeError, nearest
from ..i18n import t
from .columns.cells import as_texts, is_blank
from .mending import Tables, decimal_commas, merge_labels, number_signs, repair_encoding

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe


#: Order of trust: a text in a later split is kept there and leaves the earlier ones.
ORDER = ("train", "validation", "test")


def apply(tables: Tables, fixes: list[str]) -> tuple[Tables, list[str]]:
    """Apply fixes in order.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        ``text``, ``pair`` where there is one, ``label`` (str or None), ``row``; one a split.
    fixes : list of str
        Names of :data:`FIXES`, with an argument behind a colon where one is needed.

    Returns
    -------
    (tables, notes)
        A sentence for each fix that changed something.

    Raises
    ------
    RecipeError
        If there is no such fix, or its argument is none.
    """
    notes = []
    for fix in fixes:
        function, argument = find(fix)
        tables, count = function(tables, argument) if argument is not None else function(tables)
        if count:
            says = t(f"fixes.{fix.partition(':')[0]}.done", n=count)
            notes.append(f"{fix}: {count:,} {says}.")
    return tables, notes


def by_turn(recipe: Recipe) -> tuple[list[str], list[str]]:
    """The recipe's fixes that are applied to labels as they are written, and the later ones."""
    raw = {"decimal_commas", "number_signs"}
    raw |= {"drop_label"} if task_registry.label_kind(recipe.task) == "number" else set()
    first = [fix for fix in recipe.fixes if fix.partition(":")[0] in raw]
    return first, [fix for fix in recipe.fixes if fix not in first]


def find(fix: str) -> tuple[Callable, str | int | None]:
    """Function and argument of a fix as a recipe names it."""
    name, colon, text = fix.partition(":")
    if name not in FIXES:
        raise RecipeError(f"There is no fix {name!r}.", nearest(name, FIXES), field="fixes")
    function, kind = FIXES[name]
    if kind is None and not colon:
        return function, None
    if kind is int and text.strip().isdecimal():
        return function, int(text)
    if kind is str and colon:
        return function, text
    wanted = {None: f"'{name}'", int: f"'{name}:8'", str: f"'{name}:the label'"}[kind]
    raise RecipeError(f"fixes holds {fix!r}.", f"Write {wanted}.", field="fixes")


def text_keys(frame: pd.DataFrame) -> np.ndarray:
    """What makes two texts the same: words in order, whatever their case, width and spaces.

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
        Hashes of text and pair; missing texts hash alike.
    """
    import pandas as pd

    joined = plain(frame["text"])
    if "pair" in frame.columns:
        joined = joined + "\0" + plain(frame["pair"])
    return pd.util.hash_pandas_object(joined, index=False).to_numpy()


def plain(texts: pd.Series) -> pd.Series:
    """Texts in one case, one normal form, and with single spaces."""
    import pandas as pd

    texts = as_texts(texts)
    foreign = ~texts.map(str.isascii).astype(bool)
    if foreign.any():
        texts = texts.copy()
        texts[foreign] = texts[foreign].str.normalize("NFKC")
    return pd.Series(
        [" ".join(text.casefold().split()) for text in texts], index=texts.index, dtype=object
    )


def blank(values: pd.Series) -> np.ndarray:
    """Where there is no value, or nothing that is seen (bool, shape (n_rows,))."""
    missing = values.isna().to_numpy(dtype=bool)
    texts = values.where(~values.isna(), "x").map(lambda v: v if isinstance(v, str) else "x")
    return missing | np.asarray([is_blank(text) for text in texts], dtype=bool)


def _kept(tables: Tables, bad: dict[str, np.ndarray]) -> tuple[Tables, int]:
    count = int(sum(mask.sum() for mask in bad.values()))
    return {name: frame[~bad[name]] for name, frame in tables.items()}, count


def drop_empty_texts(tables: Tables) -> tuple[Tables, int]:
    """Leave out rows whose text (or pair) is missing or only spaces."""

    def bad(frame):
        mask = blank(frame["text"])
        return mask | blank(frame["pair"]) if "pair" in frame.columns else mask

    return _kept(tables, {name: bad(frame) for name, frame in tables.items()})


def drop_unlabelled(tables: Tables) -> tuple[Tables, int]:
    """Leave out rows without a label."""
    return _kept(tables, {name: blank(frame["label"]) for name, frame in tables.items()})


def drop_label(tables: Tables, label: str) -> tuple[Tables, int]:
    """Leave out rows of one label."""
    return _kept(
        tables, {name: (frame["label"] == label).to_numpy(bool) for name, frame in tables.items()}
    )


def drop_rare_classes(tables: Tables, least: int) -> tuple[Tables, int]:
    """Leave out classes with fewer rows, in all splits together."""
    import pandas as pd

    counts = pd.concat([frame["label"] for frame in tables.values()]).value_counts()
    rare = set(counts.index[counts < least])
    return _kept(
        tables, {name: frame["label"].isin(rare).to_numpy(bool) for name, frame in tables.items()}
    )


def drop_duplicates(tables: Tables) -> tuple[Tables, int]:
    """Keep the first of rows with the same text and label, split by split."""
    import pandas as pd

    bad = {}
    for name, frame in tables.items():
        both = pd.DataFrame({"key": text_keys(frame), "label": frame["label"].to_numpy()})
        bad[name] = both.duplicated().to_numpy(bool)
    return _kept(tables, bad)


def drop_conflicts(tables: Tables) -> tuple[Tables, int]:
    """Leave out every row of a text that has different labels."""
    keys = conflicting_keys(tables)
    return _kept(tables, {n: np.isin(text_keys(frame), keys) for n, frame in tables.items()})


def conflicting_keys(tables: Tables) -> np.ndarray:
    """Keys of the texts that have more than one label (uint64)."""
    import pandas as pd

    both = pd.DataFrame(
        {
            "key": np.concatenate([text_keys(frame) for frame in tables.values()]),
            "label": np.concatenate(
                [frame["label"].to_numpy(dtype=object) for frame in tables.values()]
            ),
        }
    ).dropna()
    pairs = both.drop_duplicates()
    return pairs["key"][pairs["key"].duplicated()].unique()


def drop_leaked(tables: Tables) -> tuple[Tables, int]:
    """Leave out of training what is in validation or test, and of validation what is in test."""
    return _kept(tables, leaked(tables))


def leaked(tables: Tables) -> dict[str, np.ndarray]:
    """Rows of each split whose text is also in a later one (bool)."""
    keys = {name: text_keys(frame) for name, frame in tables.items()}
    bad = {name: np.zeros(len(frame), bool) for name, frame in tables.items()}
    order = [name for name in ORDER if name in tables]
    for position, name in enumerate(order):
        for later in order[position + 1 :]:
            bad[name] |= np.isin(keys[name], keys[later])
    return bad


def drop_near_duplicates(tables: Tables) -> tuple[Tables, int]:
    """Leave out texts that are nearly the same as one that stays.

    What is in test stays before what is in validation, that before training; of rows of one split
    the first stays.
    """
    from .near import NEAR, near_pairs

    trusted = [n for n in reversed(ORDER) if n in tables] + [n for n in tables if n not in ORDER]
    texts: list[str] = []
    for name in trusted:
        frame = tables[name]
        part = as_texts(frame["text"])
        if "pair" in frame.columns:
            part = part + " " + as_texts(frame["pair"])
        texts += part.tolist()
    gone = np.zeros(len(texts), bool)
    pairs, _ = near_pairs(texts, threshold=NEAR)
    for first, second in pairs[np.argsort(pairs[:, 1], kind="stable")]:
        gone[second] |= not gone[first]
    ends = np.cumsum([len(tables[name]) for name in trusted])[:-1]
    return _kept(tables, dict(zip(trusted, np.split(gone, ends), strict=True)))


def drop_unaligned(tables: Tables) -> tuple[Tables, int]:
    """Leave out rows whose words have not one tag each; other data has none."""
    bad = {}
    for name, frame in tables.items():
        bad[name] = np.zeros(len(frame), bool)
        if {"tokens", "tags"} <= set(frame.columns) and len(frame):
            bad[name] = frame["tokens"].map(len).to_numpy() != frame["tags"].map(len).to_numpy()
            bad[name] |= np.asarray([not all(tags) for tags in frame["tags"]])
    return _kept(tables, bad)


def check_allowed(recipe: Recipe, allowed: tuple[str, ...]) -> None:
    """Refuse fixes that are not for the recipe's task (RecipeError)."""
    for fix in recipe.fixes:
        name = find(fix) and fix.partition(":")[0]
        if name not in allowed:
            raise RecipeError(
                f"fixes holds {fix!r}, which is not for {recipe.task}.",
                f"Allowed: {', '.join(allowed)}.", field="fixes",
            )  # fmt: skip


#: Those that need no class, and so suit tags and answers as well.
REPEATS = ("drop_conflicts", "drop_duplicates", "drop_leaked", "drop_near_duplicates")

#: Function and kind of argument of each, in the order in which they are applied. What it did is the
#: text ``fixes.<name>.done`` of the catalogue of words; one that has ``fixes.<name>.found`` and
#: ``remedy`` too is offered by the check wherever it would change something.
FIXES: dict[str, tuple[Callable, type | None]] = {
    "decimal_commas": (decimal_commas, None),
    "number_signs": (number_signs, None),
    "repair_encoding": (repair_encoding, None),
    "drop_unaligned": (drop_unaligned, None),
    "drop_empty_texts": (drop_empty_texts, None),
    "drop_unlabelled": (drop_unlabelled, None),
    "drop_label": (drop_label, str),
    "merge_labels": (merge_labels, None),
    "drop_conflicts": (drop_conflicts, None),
    "drop_duplicates": (drop_duplicates, None),
    "drop_leaked": (drop_leaked, None),
    "drop_near_duplicates": (drop_near_duplicates, None),
    "drop_rare_classes": (drop_rare_classes, int),
}
