"""Several saved models that answer as one: an ensemble at work."""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...atomic_files import read_json, write_json
from ...device import choose_precision
from ...errors import RunError
from ...i18n import t
from ...recipe import Recipe
from ...run_folder.of_several import FILE, FOLDER
from ...tasks.shared import decisions
from .. import checkpoints
from .joining import joined
from .passes import Passes
from .predictor import Predictor, decided
from .stacker import Stacker

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True)
class Joining:
    """How answers become one: weights of the models, or a model on top of them.

    Attributes
    ----------
    weights : tuple of float, one a model
        At least 0; they sum to 1.
    stacker : Stacker, optional
        Takes the place of the weights.
    """

    weights: tuple[float, ...]
    stacker: Stacker | None = None

    def __call__(self, task: Any, encoded: Sequence[Any], outputs: Sequence[Any]) -> Any:
        """The outputs of all models as those of one."""
        if len(outputs) == 1 and self.stacker is None:
            return outputs[0]
        if self.stacker is not None:
            return self.stacker.outputs(outputs)
        return joined(task, encoded, outputs, np.array(self.weights))


class Voter:
    """Models that were loaded once, and predict together.

    It answers as :class:`.predictor.Predictor` does.

    Parameters
    ----------
    folders : sequence of Path
        Of the models.
    recipes : sequence of Recipe
        Of the runs that they are of.
    joining : Joining
    settled : dict, optional
        What was settled for their common answers: see :mod:`workbench.tasks.shared.decisions`.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        recipes: Sequence[Recipe],
        joining: Joining,
        settled: dict | None = None,
    ):
        self.joining, self.settled = joining, settled
        self.members = [Predictor(*both) for both in zip(folders, recipes, strict=True)]
        first = self.members[0]
        self.task, self.label_names = first.task, first.label_names
        self.seconds = [0.0] * len(self.members)  # that each took for what was asked last
        if len(self.members) > 1 and getattr(self.task, "index", None) is not None:
            self._find_among(self.task.index.texts)

    def outputs(self, frame: pd.DataFrame, **how: Any) -> tuple[list[Any], list[Any]]:
        """The rows of ``frame`` as each model reads them, and what each says of them.

        ``how`` is handed to :class:`.passes.Passes`.
        """
        encoded, said = [], []
        for number, member in enumerate(self.members):
            with member.turn:
                started = time.perf_counter()
                rows = member.task.encode(member.tokenizer, frame, member.max_length)
                passes = Passes(
                    member.task, member.model, member.tokenizer, rows,
                    generation=member.generation, **how,
                )  # fmt: skip
                encoded.append(rows)
                said.append(member.task.outputs(passes))
                self.seconds[number] = time.perf_counter() - started
        return encoded, said

    def predict(
        self,
        frame: pd.DataFrame,
        *,
        batch_size: int = 64,
        precision: str = "fp32",
        tick: Callable[[], object] = lambda: None,
        **about: Any,
    ) -> pd.DataFrame:
        """See :meth:`.predictor.Predictor.predict`; all models read every row."""
        kind = self.members[0].model.device.type
        encoded, said = self.outputs(
            frame, batch_size=batch_size, precision=choose_precision(precision, kind), tick=tick
        )
        found = self.joining(self.task, encoded, said)
        notes = [note for rows in encoded for note in rows.notes]
        return decided(self, frame, encoded[0], found, notes, **about)

    def finding(self, texts: list[str], *, batch_size: int = 64) -> Voter:
        """A voter with the same models that finds among these texts."""
        found = copy.copy(self)
        found.members = [copy.copy(member) for member in self.members]
        found._find_among(texts, batch_size=batch_size)
        return found

    def _find_among(self, texts: list[str], **how: Any) -> None:
        """Let all models look through the same texts, by their common vectors."""
        for member in self.members:
            member.task = copy.copy(member.task)
        self.task = self.members[0].task

        def outputs_of(frame: pd.DataFrame) -> Any:
            return self.joining(self.task, *self.outputs(frame, **how))

        self.task.find_among(texts, outputs_of)
        for member in self.members[1:]:
            member.task.index = self.task.index


def keep(run_folder: Path, joining: Joining, *, way: str, names: Sequence[str]) -> None:
    """Write into a run folder how its members' answers become one."""
    stacker = None if joining.stacker is None else joining.stacker.to_dict()
    about = {"way": way, "members": list(names), "weights": list(joining.weights),
             "stacker": stacker}  # fmt: skip
    write_json(Path(run_folder) / FILE, about, sync=True)


def member_folders(run_folder: Path) -> list[Path]:
    """Folders of an ensemble's models, in their order; looked at by their manifests.

    Raises
    ------
    RunError
        If one is damaged.
    """
    found = sorted(path for path in (Path(run_folder) / FOLDER).glob("[0-9]*") if path.is_dir())
    for folder in found:
        checkpoints.verify(folder)
    return found


def load(run_folder: Path) -> Voter:
    """The models of an ensemble that was saved.

    Raises
    ------
    RunError
        If a file is damaged.
    """
    about, folders = read_json(Path(run_folder) / FILE), member_folders(run_folder)
    try:
        weights = tuple(float(one) for one in about["weights"])
        stacker = about["stacker"] and Stacker.from_dict(about["stacker"])
        if not folders or len(weights) != len(folders):
            raise ValueError
    except (TypeError, KeyError, ValueError) as error:
        raise RunError(
            t("ensembles.damaged", run=Path(run_folder).name, file=FILE),
            t("ensembles.damaged_remedy"),
        ) from error
    recipes = [Recipe.from_yaml((one / "recipe.yaml").read_text("utf-8")) for one in folders]
    settled = decisions.kept(Path(run_folder) / FOLDER)
    return Voter(folders, recipes, Joining(weights, stacker or None), settled)
