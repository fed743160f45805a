"""Trained models joined in one of several ways: what they say together."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..errors import DataError, nearest
from ..i18n import t
from ..inspection.predictions.calibration import calibration_comparison
from ..score_columns import score_columns, scored_names
from ..training.predicting import stacker, temperature
from ..training.predicting.joining import check_joinable
from ..training.predicting.voter import Joining, Voter
from .choosing import chosen_weights, greedy_soup
from .gathering import gather
from .members import Members
from .soup import check_same_start, cooked

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe

WAYS = ("vote", "weighted", "stacking", "soup", "greedy_soup")
SOUPS = ("soup", "greedy_soup")  # which are one model
CHOSEN = ("weighted", "stacking", "greedy_soup")  # by validation rows


class Joint:
    """Several trained models that answer as one: what :class:`.making.Ensemble` is made on.

    Its attributes are described there.
    """

    def __init__(
        self, members: Members, way: str, joining: Joining, answering: Members,
        weights: dict[str, float], said: str = "",
    ):  # fmt: skip
        self.members, self.way, self.joining = members, way, joining
        self.answering, self.weights, self.said = answering, weights, said
        self._tables: dict[str, pd.DataFrame] = {}
        self._place: tempfile.TemporaryDirectory | None = None
        settles = hasattr(members.task, "settle") and not members.why_not
        self.settled = answering.settle(self._validated(None)) if settles else None

    @property
    def recipe(self) -> Recipe:
        """That of the first member."""
        return self.members.recipe

    def predictions(self, split: str = "test") -> pd.DataFrame:
        """One row an example, as a run's predictions have them.

        Those of validation rows by stacking are cross-fitted: each is told by a model on top that
        did not learn it.

        Raises
        ------
        DataError
            If validation rows are asked for, and these are not new to all members.
        """
        if split not in self._tables:
            if split == "validation":
                self.members.check_validation()
                self._tables[split] = self._validated(self.settled)
            else:
                self._tables[split] = self.answering.joined(split, self.joining, self.settled)
        return self._tables[split].copy()

    def _validated(self, settled: dict | None) -> pd.DataFrame:
        if self.joining.stacker is None:
            return self.answering.joined("validation", self.joining, settled)
        _, outputs = self.members.outputs("validation")
        found = stacker.crossed(
            self.members.task.spec, outputs, self.members.truth("validation"),
            self.members.label_names,
        )  # fmt: skip
        return self.members.answered("validation", found, settled)

    def metrics(self, split: str = "test") -> dict[str, float]:
        """Metrics of a held-out split, as those of a run."""
        return self.members.task.metrics(self.predictions(split), self.members.label_names)

    @property
    def temperature(self) -> float | None:
        """See above."""
        if self.members.task.spec.predicts != "class" or self.members.why_not:
            return None
        table = self.predictions("validation")
        columns = score_columns(table.columns)
        ids = {name: number for number, name in enumerate(scored_names(columns))}
        labels = table["label"].map(ids).to_numpy(int)
        return temperature.fit_temperature(table[columns].to_numpy(float), labels)

    def calibration(self, split: str = "test") -> pd.DataFrame:
        """Calibration error, Brier score and loss as they are, and at the temperature.

        See :func:`workbench.inspection.calibration_comparison`.
        """
        return calibration_comparison(self, split)[0]

    def predict(
        self, data: Any, *, batch_size: int = 64, calibrated: bool = False, precision: str = "fp32"
    ) -> pd.DataFrame:
        """Predict texts, as :meth:`workbench.Run.predict` does; every model reads each of them."""
        frame = self.members.listed[0].run.reader()(data)
        table = self.voter().predict(frame, batch_size=batch_size, precision=precision)
        if not calibrated:
            return table
        if self.temperature is None:
            raise DataError(t("ensembles.no_temperature"), t("ensembles.no_temperature_remedy"))
        return temperature.with_temperature(table, self.temperature)

    def voter(self) -> Voter:
        """The models as they answer together."""
        found = self.answering.voter
        found.joining, found.settled = self.joining, self.settled
        return found

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.way} of {len(self.members)}>"

    @classmethod
    def of(cls, members: Any, way: str, weights: Sequence[float] | None = None) -> Self:
        """Joined in a way, as :func:`.making.ensemble` says."""
        if way not in WAYS:
            raise DataError(t("ensembles.no_way", way=repr(way)), nearest(str(way), WAYS))
        if weights is not None and way != "vote":
            raise DataError(t("ensembles.weights_of", way=way), t("ensembles.weights_of_remedy"))
        found = gather(members)
        if way in CHOSEN:
            found.check_validation()
        if way in SOUPS:
            return cls._soup(found, way)
        check_joinable(found.task.spec)
        said, of = "", dict.fromkeys(found.names, 1 / len(found))
        joining = Joining(tuple(of.values()))
        if weights is not None:
            joining = Joining(_checked(weights, len(found)))
        if way == "weighted":
            joining = Joining(chosen_weights(found))
            said = t("ensembles.weighted_by", n=len(found.rows("validation")))
        if way == "stacking":
            _, outputs = found.outputs("validation")
            top = stacker.fitted(
                found.task.spec, outputs, found.truth("validation"), found.label_names
            )
            joining = Joining(joining.weights, top)
            said = t("ensembles.stacked_by", n=len(found.rows("validation")), parts=stacker.PARTS)
        of = {} if joining.stacker else dict(zip(found.names, joining.weights, strict=True))
        return cls(found, way, joining, found, of, said)

    @classmethod
    def _soup(cls, members: Members, way: str) -> Self:
        check_same_start(members)
        place = tempfile.TemporaryDirectory(prefix="soup-", ignore_cleanup_errors=True)
        made = iter(range(10**6))

        def next_place() -> Path:
            return Path(place.name) / str(next(made))

        if way == "soup":
            one, chosen = cooked(members, next_place()), list(range(len(members)))
            said = ""
        else:
            one, chosen = greedy_soup(members, next_place)
            names = ", ".join(members.names[number] for number in chosen)
            said = t("ensembles.soup_of", names=names, n=len(chosen), of=len(members))
        seeds = {member.recipe.seed for member in members.listed}
        if len(seeds) > 1 and members.task.spec.names_outputs:
            said = " ".join(filter(None, [said, t("ensembles.soup_heads")]))
        parts = [(number in chosen) / len(chosen) for number in range(len(members))]
        share = dict(zip(members.names, parts, strict=True))
        found = cls(members, way, Joining((1.0,)), one, share, said)
        found._place = place  # goes with the ensemble
        return found


def _checked(weights: Sequence[float], n: int) -> tuple[float, ...]:
    share = np.asarray(list(weights), float)
    if share.shape != (n,) or not np.isfinite(share).all() or (share < 0).any() or not share.sum():
        raise DataError(
            t("ensembles.bad_weights", weights=list(weights), n=n),
            t("ensembles.bad_weights_remedy"),
        )
    return tuple((share / share.sum()).tolist())
