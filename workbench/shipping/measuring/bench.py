"""A run and what may take its place, side by side on the same drawn rows of its test set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import tasks
from ...errors import DataError, shown
from ...i18n import t
from ...inspection.comparing.comparison import RESAMPLES, Comparison, compare_runs
from ...inspection.comparing.figures import lost, quality
from ...inspection.reporting.outcomes import decisive_metric
from ...training.examples_of_run import examples_of
from .candidate import Candidate, of_run
from .flips import changed_answers
from .other_runs import check_other_run
from .pace import milliseconds, peak_megabytes

if TYPE_CHECKING:
    import pandas as pd

    from ...training.run import Run

EXAMPLES = 500
TIMED = 24  # rows by which speed is measured
ROUNDS = 3
SECONDS = 20.0  # that one size of batch may take for one candidate


class Bench:
    """Drawn rows of a run's test set, and what its own model says of them.

    Parameters
    ----------
    run : Run
        That is done.
    examples : int or None
        How many rows are drawn, without replacement and each as likely as any other; all where
        there are fewer, or for None.
    seed : int
        Of the draw and of the intervals.
    split : {'test', 'validation'}
        Where they are drawn from: what is chosen by rows is not to be judged by the same.

    Attributes
    ----------
    frame : pandas.DataFrame
        The drawn rows in their order; its index is their position in ``run.predictions()``.
    of : int
        Rows that they were drawn from.
    own : Candidate
        The run's model.

    Raises
    ------
    RunError
        If the run is not done.
    DataError
        If ``examples`` is no number of rows, or the data is no longer what the run was tested on.
    """

    def __init__(self, run: Run, examples: int | None = EXAMPLES, seed: int = 0, *,
                 split: str = "test"):  # fmt: skip
        whole = isinstance(examples, int) and not isinstance(examples, bool)
        if examples is not None and (not whole or examples < 2):
            raise DataError(t("shipping.examples", value=shown(examples)),
                            t("shipping.examples_remedy"))  # fmt: skip
        self.run, self.seed, self.own = run, seed, of_run(run)
        test = examples_of(run).splits[split].reset_index(drop=True)
        self.of = len(test)
        if examples is not None and examples < self.of:
            rows = np.random.default_rng(seed).choice(self.of, examples, replace=False)
            test = test.iloc[np.sort(rows)]
        self.frame, self.metric = test, decisive_metric(run)
        self._before: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def before(self) -> pd.DataFrame:
        """What the run's model says of the rows; it is asked once."""
        if self._before is None:
            self._before = self.own.predict(self.frame)
        return self._before

    def check(self, one: Candidate) -> None:
        """Refuse another run's model that these rows may not judge.

        Raises
        ------
        DataError
            See :func:`.other_runs.check_other_run`.
        """
        other = getattr(one, "run", None)
        if other is not None and other.path != self.run.path:
            check_other_run(self.run, other, self.before)

    def quality(self, table: pd.DataFrame) -> dict[str, float]:
        """``value``, ``low``, ``high`` of the decisive metric of predictions of the rows."""
        task = tasks.get(self.run.recipe.task)
        found = task.metrics(table, self.run.data_info()["label_names"])
        return quality(table, self.metric, metrics=found, seed=self.seed)

    def compared(self, table: pd.DataFrame, *, resamples: int = RESAMPLES) -> Comparison:
        """Predictions of the rows beside those of the run, example by example."""
        return compare_runs(self.before, table, resamples=resamples, seed=self.seed)

    def flipped(self, table: pd.DataFrame) -> pd.DataFrame:
        """The answers that are other ones; see :func:`.flips.changed_answers`."""
        found = changed_answers(self.before, table)
        return found.assign(row=self.frame.index.to_numpy()[found["row"]])

    def measured(
        self, candidates: Sequence[Candidate], *, timed: int = TIMED, rounds: int = ROUNDS,
        seconds: float = SECONDS, resamples: int = RESAMPLES,
    ) -> pd.DataFrame:  # fmt: skip
        """The table of :func:`measure`."""
        import pandas as pd

        slow = self.frame.iloc[:timed]
        self._before, memory = peak_megabytes(self.own, lambda: self.own.predict(self.frame))
        for one in candidates:
            self.check(one)
        rows, times = [], {1: [], 8: []}
        rows.append({"name": self.own.name, **self._facts(self.own, self.before),
                     **lost(None, self.metric), "peak_megabytes": memory})  # fmt: skip
        for one in candidates:
            table, memory = peak_megabytes(one, lambda one=one: one.predict(self.frame))
            changes = self.flipped(table)["change"].value_counts()
            row = {
                "name": one.name, **self._facts(one, table),
                **lost(self.compared(table, resamples=resamples), self.metric),
                "flips": int(changes.sum()), "peak_megabytes": memory,
                "mended": int(changes.get("mended", 0)), "broken": int(changes.get("broken", 0)),
            }  # fmt: skip
            for batch, paces in times.items():
                pace = milliseconds([self.own, one], slow, batch, rounds, seconds)
                paces.append(pace[0])
                row |= {f"milliseconds_{batch}": pace[1], f"faster_{batch}": pace[0] / pace[1]}
            rows.append(row)
            getattr(one, "release", lambda: None)()
        for batch, paces in times.items():
            if not candidates:
                paces = milliseconds([self.own], slow, batch, rounds, seconds)
            rows[0] |= {f"milliseconds_{batch}": float(np.median(paces)), f"faster_{batch}": 1.0}
        found = pd.DataFrame(rows).reindex(columns=COLUMNS)
        found.attrs |= {"examples": len(self), "of": self.of, "seed": self.seed,
                        "task": self.run.recipe.task}  # fmt: skip
        return found

    def _facts(self, one: Candidate, table: pd.DataFrame) -> dict[str, Any]:
        return {"megabytes": one.size / 1e6, "size_share": one.size / self.own.size,
                "metric": self.metric, **self.quality(table)}  # fmt: skip


COLUMNS = [
    "name", "megabytes", "size_share", "metric", "value", "low", "high", "difference",
    "difference_low", "difference_high", "agreement", "flips", "mended", "broken",
    "milliseconds_1", "faster_1", "milliseconds_8", "faster_8", "peak_megabytes",
]  # fmt: skip


def measure(
    run: Run, candidates: Candidate | Sequence[Candidate] = (), *, examples: int | None = EXAMPLES,
    seed: int = 0, timed: int = TIMED, rounds: int = ROUNDS, seconds: float = SECONDS,
    resamples: int = RESAMPLES,
) -> pd.DataFrame:  # fmt: skip
    """What taking a candidate in a run's place changes, on drawn rows of the run's test set.

    Parameters
    ----------
    run : Run
        That is done.
    candidates : Candidate or sequence of Candidate
        Compressed models (:attr:`.Compressed.candidate`), exported ones (:func:`.of_export`), the
        models of other runs (:func:`.of_run`), or what answers as they do.
    examples, seed
        See :class:`Bench`.
    timed : int
        Of the drawn rows, from the first, by which speed is measured.
    rounds : int
        How often each batch of them is asked for.
    seconds : float
        After which the speed of one candidate in one size of batch is measured no further.
    resamples : int
        Of the paired bootstrap.

    Returns
    -------
    pandas.DataFrame, the run first, then a row a candidate
        ``name``; ``megabytes`` on the disk, ``size_share`` of the run's; ``metric`` (the decisive
        one), ``value`` with its 95 % interval ``low``, ``high``; ``difference`` to the run with its
        paired interval ``difference_low``, ``difference_high``; ``agreement``, the share of
        examples of which both say the same; ``flips``, ``mended``, ``broken`` (see
        :func:`flipped`); ``milliseconds_1`` and ``milliseconds_8``, the median an example in
        batches of one and of eight, from text to prediction; ``faster_1`` and ``faster_8``, how
        many times as fast as the run in the same minutes; ``peak_megabytes`` of memory for loading
        and answering. NaN where there is no such number. ``attrs`` has ``examples`` drawn, ``of``
        how many, and ``seed``.

    Raises
    ------
    RunError, DataError
        See :class:`Bench`, and :meth:`Bench.check`.
    """
    listed = list(candidates) if isinstance(candidates, Sequence) else [candidates]
    bench = Bench(run, examples, seed)
    return bench.measured(listed, timed=timed, rounds=rounds, seconds=seconds, resamples=resamples)


def flipped(
    run: Run, candidate: Candidate, *, examples: int | None = EXAMPLES, seed: int = 0
) -> pd.DataFrame:
    """The answers of a run that a candidate gives otherwise, on drawn rows of its test set.

    Parameters
    ----------
    run, examples, seed
        See :class:`Bench`.
    candidate : Candidate

    Returns
    -------
    pandas.DataFrame
        See :func:`.flips.changed_answers`; ``row`` is the position in ``run.predictions()``.
    """
    bench = Bench(run, examples, seed)
    bench.check(candidate)
    return bench.flipped(candidate.predict(bench.frame))
