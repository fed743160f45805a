"""The queue of doubtful labels: accept, relabel or drop each, then a recipe that trains so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...data import corrections
from ...errors import DataError, nearest
from ...paths import runs_dir

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe


class LabelQueue:
    """Doubtful examples in their order, and what was decided on each.

    Parameters
    ----------
    issues : pandas.DataFrame
        Of :func:`label_issues` or :func:`conflicting_duplicates`, or both, one after the other:
        ``text``, ``label``, ``suggestion``; an example that comes twice is asked about once.
    labels : list of str
        The classes that may be given.
    """

    def __init__(self, issues: pd.DataFrame, labels: list[str]):
        issues = issues.assign(pair=issues["pair"]) if "pair" in issues else issues.assign(pair="")
        self.issues = issues.drop_duplicates(["text", "pair", "label"]).reset_index(drop=True)
        self.labels = [str(name) for name in labels]
        self.position = 0
        self._decided: dict[int, tuple[str, str]] = {}  # position -> action, new label
        self._order: list[int] = []

    def __len__(self) -> int:
        return len(self.issues)

    @property
    def current(self) -> pd.Series | None:
        """The example that is asked about; None at the end."""
        return self.issues.iloc[self.position] if self.position < len(self) else None

    @property
    def decided(self) -> int:
        """How many were decided."""
        return len(self._decided)

    @property
    def corrected(self) -> int:
        """How many of them change the data: another label, or left out."""
        return sum(action != "accept" for action, _ in self._decided.values())

    def accept(self) -> None:
        """The given label is right."""
        self._decide("accept", "")

    def relabel(self, label: str | None = None) -> None:
        """Another label is right; the suggested one when none is named.

        Raises
        ------
        DataError
            If there is no such class, or it is the given one.
        """
        row = self._needed()
        new = str(row["suggestion"] if label is None else label)
        if new not in self.labels:
            raise DataError(f"There is no class {new!r}.", nearest(new, self.labels))
        if new == row["label"]:
            raise DataError(f"The example is labelled {new!r} already.", "Accept it instead.")
        self._decide("relabel", new)

    def drop(self) -> None:
        """The example is of no use for training."""
        self._decide("drop", "")

    def undo(self) -> None:
        """Take the last decision back and go there."""
        if self._order:
            self.position = self._order.pop()
            self._decided.pop(self.position, None)

    def go(self, position: int) -> None:
        """Ask about this one."""
        self.position = max(0, min(position, len(self)))

    def corrections(self) -> pd.DataFrame:
        """What was decided, as the table that :mod:`workbench.data.corrections` lays over data."""
        import pandas as pd

        rows = []
        for position, (action, new) in sorted(self._decided.items()):
            row = self.issues.iloc[position]
            rows.append((row["text"], row["pair"], row["label"], action, new))
        return pd.DataFrame(rows, columns=corrections.COLUMNS, dtype=object)

    def recipe(self, recipe: Recipe, folder: str | Path | None = None) -> Recipe:
        """The recipe that trains on the corrected labels; the user's data stays as it is.

        Corrections that ``recipe`` already has are kept, below the new ones.

        Raises
        ------
        DataError
            If nothing was decided, or the table cannot be written.
        """
        import pandas as pd

        table = self.corrections()
        if not len(table):
            raise DataError("Nothing was decided yet.", "Accept, relabel or drop an example first.")
        if recipe.corrections:
            both = pd.concat([corrections.read(recipe.corrections), table])
            table = both.drop_duplicates(["text", "pair", "label"], keep="last")
        path = corrections.save(table, folder or runs_dir() / "corrections")
        return recipe.replace(corrections=str(path))

    def _decide(self, action: str, new: str) -> None:
        self._needed()
        self._decided[self.position] = action, new
        self._order.append(self.position)
        self.position += 1

    def _needed(self) -> pd.Series:
        if self.current is None:
            raise DataError("The queue is at its end.", "Undo goes back.")
        return self.current

    def __repr__(self) -> str:
        return f"<LabelQueue: {self.decided} of {len(self)} decided>"
