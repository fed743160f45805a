"""A trial of a search: what was tried, and what became of it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...atomic_files import RowWriter
from ...i18n import t
from ...run_folder.files import WARNED, metric_rows
from ...run_folder.state import StateFile

if TYPE_CHECKING:
    from ..run import Run

DONE, PRUNED, DIVERGED, FAILED, REFUSED = "done", "pruned", "diverged", "failed", "refused"


@dataclass
class Trial:
    """What was tried, and what became of it.

    Attributes
    ----------
    number : int
        Counted from 0.
    values : dict
        Of the fields of the space.
    outcome : str or None
        ``done``; ``pruned``: its validation curve was not worth going on with; ``diverged``;
        ``failed`` for another reason; ``refused`` by the recipe. None: it is not at its end.
    value : float or None
        The validation metric of a trial that is done.
    curve : list of float
        The metric at each evaluation.
    pruned_at : int or None
        The evaluation after which it was given up, counted from 1.
    said : str
        What there is to say of it.
    """

    number: int
    values: dict[str, Any]
    outcome: str | None = None
    value: float | None = None
    curve: list[float] = field(default_factory=list)
    pruned_at: int | None = None
    said: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a file holds it."""
        return dataclasses.asdict(self)


class Evaluations:
    """The evaluations of a run, read as they come.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run):
        self._run, self._rows = run, metric_rows(run.path)
        self._seen: dict[int, dict] = {}  # by their step

    def curve(self, metric: str, *, last: bool = True) -> list[float]:
        """The metric at each evaluation, in their order; those that are no number are left out.

        Without ``last`` the one at the last step is left out: nothing is saved by stopping there.
        """
        rows = self._rows.read()
        if self._rows.restarted:  # a resumed run cut what came after its checkpoint
            self._seen.clear()
        self._seen |= {row["step"]: row for row in rows if row.get("kind") == "eval"}
        end = None if last else self._run.status().get("total_steps")
        values = [row.get(metric) for step, row in sorted(self._seen.items())
                  if end is None or step < end]  # fmt: skip
        return [float(value) for value in values if value is not None and math.isfinite(value)]


def has_diverged(run: Run) -> bool:
    """Whether a run ended because its loss or gradient was no number any more."""
    steps = [row for row in run.rows() if row.get("kind") == "step"]
    if not steps:
        return False
    return any(
        (value := steps[-1].get(name)) is None or not math.isfinite(value)
        for name in ("loss", "grad_norm")
    )


def tell(run: Run, said: str) -> None:
    """Say something of a run that nobody works on, where every view of it shows it; once."""
    if said in run.warnings():
        return
    rows = RowWriter(Path(run.path) / "metrics.jsonl")
    rows.append({"kind": "event", "event": WARNED, "said": said})
    rows.close()
    file = StateFile(run.path)
    file.update(warning=" ".join(filter(None, [file.values.get("warning"), said])))


def pruned_sentence(trial: Trial, search: str) -> str:
    """Why a run was stopped by a search."""
    return t("search.pruned_said", search=search, n=trial.pruned_at)
