"""An ensemble as the user holds it: made, asked, compared, saved."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .comparing import compared, gain_by_members
from .differences import diversity
from .joint import WAYS, Joint
from .saving import saved

if TYPE_CHECKING:
    import pandas as pd

    from ..training.run import Run


class Ensemble(Joint):
    """Several trained models that answer as one; made by :func:`ensemble`.

    What reads predictions of a run takes it in place of one: ``wb.plots.confusion(together)``,
    ``wb.inspection.compare_runs(run, together)``, ``wb.inspection.reliability(together)``.

    Attributes
    ----------
    way : str
        One of :data:`WAYS`.
    members : Members
        What it was made of.
    answering : Members
        Whose outputs are joined: the members, or the one model that their mean is.
    weights : dict of str to float
        Of each member; they sum to 1. Of a model on top (stacking) there are none.
    temperature : float or None
        Fitted on the validation rows, for one class a text; None for other tasks, and where no row
        is new to all members. Scores are as they are until ``predict(..., calibrated=True)``.
    said : str
        What was chosen by what, in a sentence; "" where nothing was.
    """

    def compared(self, ways: Sequence[str] = WAYS, **options: Any) -> pd.DataFrame:
        """Members and ways of joining them in one table; see :func:`.comparing.compared`."""
        return compared(self.members, ways, **options)

    def gain(self, **options: Any) -> pd.DataFrame:
        """What more members gain; see :func:`.comparing.gain_by_members`."""
        return gain_by_members(self.members, **options)

    def diversity(self, split: str = "test") -> pd.DataFrame:
        """How much members differ, by pairs; see :func:`.differences.diversity`."""
        return diversity(self.members, split)

    def save(self, out: str | os.PathLike | None = None) -> Run:
        """Write a run folder that predicts, and that every view opens; see :func:`.saving.saved`.

        A soup is a plain model in it. Other ensembles are copies of all their models.
        """
        return saved(self, out)


def ensemble(
    members: Any, way: str = "vote", *, weights: Sequence[float] | None = None
) -> Ensemble:
    """Several trained models as one.

    Parameters
    ----------
    members : Run, Seeds, CrossValidation, Members or sequence of Run, path or name
        Runs that were tested on the same rows (``split_seed`` gives runs of several seeds the
        same). One run alone gives its snapshots (``snapshots=True``). Folds are asked about the
        test rows that the data has of its own, which no fold has seen.
    way : {'vote', 'weighted', 'stacking', 'soup', 'greedy_soup'}
        ``vote``: the mean of what all say, whatever a task's answers are
        (:mod:`workbench.training.predicting.joining`). ``weighted``: the same with weights by
        validation loss (Caruana et al., 2004). ``stacking``: a model on top, fitted on the
        validation rows (Wolpert, 1992), for classes, labels and numbers. ``soup``: one model, whose
        weights are the mean of all (Wortsman et al., 2022), of runs with the same start; for tasks
        that write too. ``greedy_soup``: of those that help on the validation rows.
    weights : sequence of float, optional
        Of the members, for a vote; equal where they are left out.

    Returns
    -------
    Ensemble

    Raises
    ------
    DataError, RunError
        If the members cannot be one ensemble, in a sentence: different tasks, label sets or test
        rows, fewer than two, one that is not done; or a way does not fit the task or the members.

    Notes
    -----
    L. K. Hansen and P. Salamon, "Neural network ensembles", 1990; B. Lakshminarayanan et al.,
    "Simple and scalable predictive uncertainty estimation using deep ensembles", 2017; G. Huang et
    al., "Snapshot ensembles: train 1, get M for free", 2017.

    Examples
    --------
    ::

        together = wb.ensemble(wb.seeds(recipe.replace(split_seed=0), 5))
        together.compared()
        together.save("runs/five-seeds").predict("a good film")
    """
    return Ensemble.of(members, way, weights)
