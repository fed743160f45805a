"""What the doctor passes from check to check, and what it says."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import loading

if TYPE_CHECKING:
    from pathlib import Path

    import datasets
    import pandas as pd

    from ...recipe import Recipe
    from ..columns.mapping import Mapping
    from ..examples import Examples
    from ..reading.reports import FileReport

SEVERITIES = ("error", "warning", "info")
MOST_DROPPED = 0.3  # share of the rows that a fix leaves out without being named


_VERBS = {"have": "has", "are": "is", "repeat": "repeats", "hold": "holds", "seem": "seems",
          "begin": "begins", "lack": "lacks"}  # fmt: skip
_OF_ONE = re.compile(
    rf"(?<![\d,.])1 (classe|row|text|column)s( of one split)? ({'|'.join(_VERBS)})\b"
)


def singular(sentence: str) -> str:
    """A sentence whose number is 1 as people say it.

    Examples
    --------
    >>> singular("1 rows have no label.")
    '1 row has no label.'
    """

    def one(found: re.Match) -> str:
        noun = "class" if found[1] == "classe" else found[1]
        return f"1 {noun}{found[2] or ''} {_VERBS[found[3]]}"

    return _OF_ONE.sub(one, sentence)


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Parameters
    ----------
    severity : {'error', 'warning', 'info'}
        Training refuses; the result will suffer; good to know.
    check : str
        Short name of what was looked for.
    what : str
        One sentence: what is wrong, where, how much.
    count : int
        Rows, classes or columns concerned.
    examples : tuple of str
        At most three places, with what stands there.
    remedy : str
        One sentence: what to do.
    fix : dict
        Changes of recipe fields that mend it; ``fixes`` holds names to be added. Empty: by hand.
    drops : int or None
        Rows that the fix leaves out; None: ``count`` of them, where it is a fix that drops rows.
    asked : bool
        Whether the fix is taken only by name: it changes the task, or leaves out many rows.
    """

    severity: str
    check: str
    what: str
    count: int = 1
    examples: tuple[str, ...] = ()
    remedy: str = ""
    fix: dict[str, Any] = dataclasses.field(default_factory=dict)
    drops: int | None = None
    asked: bool = False

    def __post_init__(self):
        object.__setattr__(self, "what", singular(self.what))
        if self.drops is None:
            dropping = any(name.startswith("drop_") for name in self.fix.get("fixes", ()))
            object.__setattr__(self, "drops", self.count if dropping else 0)

    def asked_about(self, rows: int) -> Finding:
        """The finding as it stands in a table of so many rows: a fix of many of them is asked."""
        if "task" in self.fix:
            return dataclasses.replace(self, asked=True)
        if self.drops <= MOST_DROPPED * max(rows, 1):
            return self
        said = f" That leaves out {self.drops / rows:.0%} of the rows: fix_all() does not do it."
        return dataclasses.replace(self, remedy=self.remedy + said, asked=True)

    @property
    def fix_text(self) -> str:
        """The fix as a call of :meth:`Check.fix` would take it, or the remedy."""
        if "fixes" in self.fix:
            return ", ".join(self.fix["fixes"])
        return ", ".join(f"{name}={value!r}" for name, value in self.fix.items())


@dataclasses.dataclass
class Case:
    """What is examined.

    Parameters
    ----------
    frame : pandas.DataFrame or None
        For tasks on whole texts: all rows of all labelled splits with ``split``, ``row``, ``text``,
        ``pair`` where there is one, ``label`` (str or None). None for other tasks.
    sample : int
        Rows at most that the slow checks look at.
    tables : dict of str to pandas.DataFrame
        What pictures can be drawn from: ``classes``, ``lengths``, ``languages``, ...
    """

    recipe: Recipe
    splits: datasets.DatasetDict
    reports: list[FileReport]
    mapping: Mapping
    sample: int
    frame: pd.DataFrame | None = None
    tables: dict[str, pd.DataFrame] = dataclasses.field(default_factory=dict)
    memo: dict[str, Any] = dataclasses.field(default_factory=dict)

    def by_split(self) -> dict[str, pd.DataFrame]:
        """The frame split by split."""
        return {
            name: self.frame[self.frame["split"] == name]
            for name in dict.fromkeys(self.frame["split"])
        }

    def tokenizer(self, folder: Path) -> Any:
        """The tokenizer of the recipe's model in its folder, loaded once (ModelError)."""
        from ...catalog.loading.safe_loading import load_tokenizer

        if "tokenizer" not in self.memo:
            self.memo["tokenizer"] = load_tokenizer(folder, f"model {self.recipe.model}")
        return self.memo["tokenizer"]

    def examples(self) -> Examples:
        """What training would have of the data, loaded once (DataError, RecipeError)."""
        if "examples" not in self.memo:
            self.memo["examples"] = loading.rehearsed(self.recipe)
        return self.memo["examples"]

    def keys(self) -> np.ndarray:
        """Hash of each row's text (uint64, shape (n_rows,))."""
        if "keys" not in self.memo:
            from ..fixes import text_keys

            self.memo["keys"] = text_keys(self.frame)
        return self.memo["keys"]

    def sampled(self, most: int | None = None) -> pd.DataFrame:
        """The rows that the slow checks look at, seeded, in their order."""
        size = min(self.sample, most or self.sample)
        if len(self.frame) <= size:
            return self.frame
        rng = np.random.RandomState(self.recipe.seed)
        return self.frame.iloc[np.sort(rng.permutation(len(self.frame))[:size])]

    def sampled_note(self, most: int | None = None) -> str:
        """``" (in 20,000 sampled of 100,000 rows)"`` where not all rows are looked at."""
        size, whole = min(self.sample, most or self.sample), len(self.frame)
        return f" (in {size:,} sampled of {whole:,} rows)" if whole > size else ""

    def places(self, mask: np.ndarray, *columns: str, frame: pd.DataFrame | None = None) -> tuple:
        """The first three rows of a mask, as ``train row 3: 'what stands there'``."""
        frame = self.frame if frame is None else frame
        return tuple(
            f"{row['split']} row {row['row']}: "
            + " | ".join(repr(short(row[c])) for c in (columns or ("text",)))
            for _, row in frame[mask].head(3).iterrows()
        )


def short(value: Any, limit: int = 60) -> Any:
    """A text cut to ``limit`` characters; other values as they are."""
    if not isinstance(value, str):
        return value
    return value if len(value) <= limit else value[: limit - 1] + "…"
