"""What an ensemble is made of: trained models of one task, asked about the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError
from ..i18n import t
from ..inspection.comparing.paired import aligned
from ..run_folder.as_learnt import as_learnt
from ..tasks.shared import decisions
from ..training.predicting.voter import Joining, Voter
from ..training.run import Run

if TYPE_CHECKING:
    import pandas as pd

    from ..data.examples import Examples
    from ..recipe import Recipe

ALONE = Joining((1.0,))  # of one model


@dataclass(frozen=True)
class Member:
    """A trained model.

    Attributes
    ----------
    name : str
    folder : Path
        What it is loaded from.
    run : Run
        That trained it, or the first of those.
    told : bool
        Whether the run's stored predictions are of this very model, about the ensemble's rows.
    """

    name: str
    folder: Path
    run: Run
    told: bool = True

    @property
    def recipe(self) -> Recipe:
        """That of its run, as it was learnt."""
        return as_learnt(self.run.path, self.run.recipe)

    @property
    def megabytes(self) -> float:
        """Size of its weights on the disk."""
        return sum(file.stat().st_size for file in self.folder.glob("*.safetensors")) / 1e6


class Members:
    """Trained models that can answer together, and what each says of the held-out rows.

    Each is asked once about a split; all ways of joining answers share that.

    Attributes
    ----------
    listed : list of Member
    examples : Examples
        Whose splits ``validation`` and ``test`` they are asked about.
    why_not : str
        Why nothing can be chosen by validation rows: these are not new to all members; "" where
        they are.
    """

    def __init__(self, listed: list[Member], examples: Examples, why_not: str = ""):
        self.listed, self.examples, self.why_not = listed, examples, why_not
        self._voter: Voter | None = None
        self._said: dict[str, tuple[list, list]] = {}
        self._tables: dict[tuple[int, str], pd.DataFrame] = {}
        self.seconds: dict[str, list[float]] = {}  # by split: what asking each took

    def __len__(self) -> int:
        return len(self.listed)

    @property
    def names(self) -> list[str]:
        """Of the members, in their order."""
        return [one.name for one in self.listed]

    @property
    def recipe(self) -> Recipe:
        """That of the first member."""
        return self.listed[0].recipe

    @property
    def task(self) -> Any:
        """The task as the first member's recipe has it."""
        return self.voter.task

    @property
    def label_names(self) -> list[str]:
        """Classes or labels, in the order of the outputs."""
        return self.examples.label_names

    @property
    def voter(self) -> Voter:
        """All models, loaded when they are first asked."""
        if self._voter is None:
            recipes = [one.recipe for one in self.listed]
            alike = Joining(tuple([1 / len(self)] * len(self)))
            self._voter = Voter([one.folder for one in self.listed], recipes, alike)
        return self._voter

    def rows(self, split: str) -> pd.DataFrame:
        """The examples of ``validation`` or ``test`` (DataError for another)."""
        if split not in ("validation", "test"):
            raise DataError(
                t("ensembles.no_split", split=split), t("ensembles.no_split_remedy")
            )
        if split == "validation":
            self.check_validation()
        return self.examples.splits[split]

    def check_validation(self) -> None:
        """Refuse what needs validation rows that are new to all members (DataError)."""
        if self.why_not:
            raise DataError(self.why_not, t("ensembles.no_validation_remedy"))

    def outputs(self, split: str) -> tuple[list, list]:
        """The rows of a split as each member reads them, and what each says of them."""
        if split not in self._said:
            self._said[split] = self.voter.outputs(self.rows(split))
            self.seconds[split] = list(self.voter.seconds)
        return self._said[split]

    def answered(self, split: str, found: Any, settled: dict | None) -> pd.DataFrame:
        """The predictions that outputs of all models stand for."""
        encoded, _ = self.outputs(split)
        table = self.task.predictions(self.rows(split), encoded[0], found, self.label_names)
        return decisions.decide(self.task, table, settled)

    def joined(self, split: str, joining: Joining, settled: dict | None = None) -> pd.DataFrame:
        """The predictions of all members together."""
        return self.answered(split, joining(self.task, *self.outputs(split)), settled)

    def settle(self, table: pd.DataFrame) -> dict | None:
        """Thresholds and the like, from predictions of validation rows."""
        return decisions.settle(self.task, table)

    def alone(self, number: int, split: str) -> pd.DataFrame:
        """What one member says by itself, in the order of the examples."""
        key = number, split
        if key not in self._tables:
            one = self.listed[number]
            if one.told:
                first = self.listed[0].run.predictions(split)
                self._tables[key] = aligned([first, one.run.predictions(split)])[1]
            else:
                encoded, said = (values[number] for values in self.outputs(split))
                table = self.task.predictions(self.rows(split), encoded, said, self.label_names)
                kept = self.voter.members[number].settled
                self._tables[key] = decisions.decide(self.task, table, kept)
        return self._tables[key]

    def of_one(self, folder: Path, name: str) -> Members:
        """A model made of these members, asked about the same rows."""
        one = Member(name, folder, self.listed[0].run, told=False)
        return Members([one], self.examples, self.why_not)

    def truth(self, split: str) -> np.ndarray:
        """What is right of each row: class ids, labels of 0 and 1, or numbers."""
        rows = self.rows(split)
        if "targets" in rows:
            return np.stack(rows["targets"].tolist())
        return rows["label"].to_numpy()
