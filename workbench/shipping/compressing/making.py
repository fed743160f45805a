"""A run made smaller: the folder, what that changes, and whether it is kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import task_registry, tasks
from ...atomic_files import read_json
from ...errors import ModelError
from ...i18n import t
from ...paths import cache_dir
from ...task_of_predictions import write_predictions
from ...training.made_runs import made_run
from ..measuring.bench import EXAMPLES, Bench
from .kinds import KINDS
from .work import Work

if TYPE_CHECKING:
    import pandas as pd

    from ...training.run import Run
    from ..measuring.candidate import SavedModel

WORST = 0.02  # of the decisive metric that may be lost before it has to be asked for


class Compressed:
    """A run's model made smaller, measured against it.

    Attributes
    ----------
    run : Run
    how : list of dict
        The kinds and their settings, in their order.
    candidate : Candidate
        What answers, from a folder in the cache.
    table : pandas.DataFrame
        Run and candidate, as :func:`workbench.shipping.measure` gives it.
    said : list of str
        What was done, and what is to be known of it.
    broken : str
        The sentence on a loss of quality that is beyond chance and more than was allowed; "" where
        there is none.
    """

    def __init__(
        self, run: Run, how: list[dict], candidate: SavedModel, bench: Bench, table: pd.DataFrame,
        said: list[str], worst: float,
    ):  # fmt: skip
        self.run, self.how, self.candidate, self.bench = run, how, candidate, bench
        self.table, self.said, self.broken = table, said, ""
        self._flips: pd.DataFrame | None = None
        row = table.iloc[1]
        lower = task_registry.is_minimised(bench.metric, run.recipe.task)
        sign = -1 if lower else 1
        lost = -sign * row["difference"]
        surely = (row["difference_low"] > 0) if lower else (row["difference_high"] < 0)
        if lost > worst and surely:
            self.broken = t(
                "compress.broken", metric=bench.metric, before=table["value"].iloc[0],
                after=row["value"], low=row["difference_low"], high=row["difference_high"],
                n=len(bench),
            )  # fmt: skip
            self.said.append(self.broken)

    @property
    def folder(self) -> Path:
        """The model's folder: ``Recipe(model=str(...))`` opens it."""
        return self.candidate.folder

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Predictions of rows as the run's task has them."""
        return self.candidate.predict(frame)

    def flipped(self) -> pd.DataFrame:
        """The drawn answers that are other ones; see :func:`workbench.shipping.flipped`."""
        if self._flips is None:  # it is asked for with each row that is chosen
            self._flips = self.bench.flipped(self.candidate.predict(self.bench.frame))
        return self._flips.copy()

    def save(self, out: str | os.PathLike | None = None, *, anyway: bool = False) -> Run:
        """Keep it as the folder of a run that is done: it predicts, and every view opens it.

        Parameters
        ----------
        out : path, optional
            A folder that is empty or not there; a new one among the runs where it is left out.
        anyway : bool
            Keep it although quality is broken.

        Raises
        ------
        ModelError
            If quality is broken, and nobody said ``anyway=True``.
        RunError, TrainingError
            If the place is taken or cannot be written, or there is no room.
        """
        if self.broken and not anyway:
            raise ModelError(self.broken, t("compress.broken_remedy"))

        def fill(folder: Path) -> dict[str, Any]:
            shutil.copytree(self.folder, folder / "model")
            return self._results(folder)

        return made_run(self.run.recipe, self.run, fill, out)

    def _results(self, folder: Path) -> dict[str, Any]:
        task, before = tasks.get(self.run.recipe.task), read_json(self.run.path / "metrics.json")
        names, metrics = self.run.data_info()["label_names"], {}
        (folder / "predictions").mkdir()
        for split in ("validation", "test"):
            rows = Bench(self.run, None, split=split).frame
            table = self.candidate.predict(rows)
            write_predictions(table, folder / "predictions" / f"{split}.parquet")
            metrics[split] = task.metrics(table, names)
        return {
            "metrics": metrics, "baselines": (before or {}).get("baselines", {}),
            "best_step": None, "best_metric": tasks.best_metric(self.run.recipe),
            "training_seconds": (before or {}).get("training_seconds"), "finishing_seconds": 0.0,
            "notes": [t("compress.made_of", run=self.run.name), *self.said],
        }  # fmt: skip

    def __repr__(self) -> str:
        row = self.table.iloc[1]
        return (
            f"<Compressed {self.run.name}: {row['megabytes']:.1f} MB ({row['size_share']:.0%}), "
            f"{row['metric']} {row['difference']:+.3f} "
            f"({row['difference_low']:+.3f} to {row['difference_high']:+.3f})>"
        )


def compress(
    run: Run, how: str | dict | Sequence[str | dict] = "int8", *, examples: int | None = EXAMPLES,
    seed: int = 0, worst: float = WORST, **measured: Any,
) -> Compressed:  # fmt: skip
    """A run's model made smaller, measured against it on drawn rows of its test set.

    Parameters
    ----------
    run : Run
        That is done.
    how : str, dict or sequence of these
        A kind of :mod:`workbench.shipping.compressing.kinds`, with settings:
        ``{"kind": "int4", "group": 32, "layers": ["feed-forward"]}``; several are applied one
        after another.
    examples, seed
        See :class:`workbench.shipping.Bench`.
    worst : float
        What may be lost of the decisive metric. More, and beyond chance, is said, and
        :meth:`Compressed.save` then keeps it only by ``anyway=True``.
    measured
        Handed to :func:`workbench.shipping.measure` (``timed``, ``rounds``, ``seconds``).

    Returns
    -------
    Compressed

    Raises
    ------
    RecipeError
        If there is no such kind or setting.
    ModelError
        If the model has not the layers that are meant, which are named.
    RunError, DataError
        If the run is not done, or its data is no longer what it was tested on.
    """
    listed = [how] if isinstance(how, str | dict) else list(how)
    filled = [KINDS.filled(one) for one in listed]
    bench, work = Bench(run, examples, seed), Work(run)
    said = []
    for one in filled:
        said.append(KINDS.module(one["kind"]).apply(work, KINDS.settings(one)))
        work.touched = True
    place = cache_dir() / "compressed"
    place.mkdir(parents=True, exist_ok=True)
    name = "+".join(_called(one) for one in filled)
    stage = Path(tempfile.mkdtemp(prefix=f"{run.name}-", dir=place))
    candidate = work.write(stage / "model", name=name)
    return Compressed(run, filled, candidate, bench, bench.measured([candidate], **measured),
                      said, worst)  # fmt: skip


def _called(one: dict) -> str:
    """A kind with what of its settings is not usual."""
    usual = KINDS.filled(one["kind"])
    other = [f"{name}={value}" for name, value in one.items() if value != usual[name]]
    return f"{one['kind']} ({', '.join(other)})" if other else one["kind"]
