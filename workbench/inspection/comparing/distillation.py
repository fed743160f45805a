"""A teacher and its students in one table: how large, how fast, how good, how much alike."""

from __future__ import annotations

import random
import statistics
import time
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from ...i18n import t
from ...run_folder import as_learnt
from ...training.predicting.passes import Passes
from ...training.predicting.predictor import Predictor
from ..reporting.outcomes import decisive_metric
from .comparison import compare_runs
from .figures import lost, quality

if TYPE_CHECKING:
    import pandas as pd

ROUNDS = 3
TEXTS = 200


def distillation_table(
    teacher: Any, *students: Any, split: str = "test", texts: int = TEXTS, rounds: int = ROUNDS,
    seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """What students are worth beside their teacher, on the same examples.

    Give the same student trained without a teacher as well: what it reaches is no gain of
    distillation.

    Parameters
    ----------
    teacher, *students : Run
        Finished, of one task, tested on the same examples.
    split : str
    texts : int
        Of the split, from the first, by which speed is measured.
    rounds : int
        How often each model predicts them, all in this process and on its device, in an order
        drawn anew for each round; the median counts. Passes alone: texts are tokens by then.
    seed : int
        Of that order and of the intervals.

    Returns
    -------
    pandas.DataFrame, the teacher first
        ``run``, ``loss`` (kind of what it was trained by), ``parameters`` (int), ``megabytes`` (of
        its weight files), ``texts_per_second``, ``metric`` (the decisive one), ``value`` with its
        95 % interval ``low``, ``high``; ``difference`` to the teacher with its paired interval
        ``difference_low``, ``difference_high``; ``agreement`` (share of examples of which both say
        the same). NaN where a task has no such number.

    Raises
    ------
    DataError
        If there is no student, runs were tested on other examples, or ``texts`` or ``rounds`` is
        no number of them.
    RunError
        If one has no finished model.
    """
    import pandas as pd

    if not students:
        raise DataError(t("distillation.no_students"), t("distillation.no_students_remedy"))
    for name, value in (("texts", texts), ("rounds", rounds)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise DataError(t("distillation.count", name=name, value=repr(value)),
                            t("distillation.count_remedy"))  # fmt: skip
    metric = decisive_metric(teacher)
    compared = [None, *(compare_runs(teacher, one, split, seed=seed) for one in students)]
    models = [_AtWork(run, split, texts) for run in (teacher, *students)]
    _time(models, rounds, seed)
    return pd.DataFrame([
        {**model.facts(), "metric": metric,
         **quality(model.run, metric, split, metrics=model.run.metrics(split), seed=seed),
         **lost(comparison, metric)}
        for model, comparison in zip(models, compared, strict=True)
    ])  # fmt: skip


class _AtWork:
    """A run's model with rows that it reads, and the seconds that it took for them."""

    def __init__(self, run: Any, split: str, texts: int):
        self.run, self.seconds = run, []
        self.folder = run.model_path
        learnt = as_learnt.as_learnt(run.path, run.recipe)
        self.predictor = Predictor(self.folder, learnt, begun=learnt is not run.recipe)
        task = self.predictor.task
        frame = task.load_examples(run.recipe).splits[split].iloc[:texts]
        encoded = task.encode(self.predictor.tokenizer, frame, self.predictor.max_length)
        self.n_texts = len(frame)
        self.passes = Passes(task, self.predictor.model, self.predictor.tokenizer, encoded,
                             generation=self.predictor.generation)  # fmt: skip

    def work(self) -> float:
        """Seconds of one round."""
        started = time.perf_counter()
        self.passes.task.outputs(self.passes)
        return time.perf_counter() - started

    def facts(self) -> dict[str, Any]:
        files = self.folder.glob("*.safetensors")
        return {
            "run": self.run.name,
            "loss": self.run.recipe.loss["kind"],
            "parameters": sum(part.numel() for part in self.predictor.model.parameters()),
            "megabytes": round(sum(path.stat().st_size for path in files) / 1e6, 1),
            "texts_per_second": self.n_texts / statistics.median(self.seconds),
        }


def _time(models: list[_AtWork], rounds: int, seed: int) -> None:
    order = random.Random(seed)
    for model in models:
        model.work()  # what is set up at a first pass is no part of the speed
    for _ in range(rounds):
        for model in order.sample(models, len(models)):
            model.seconds.append(model.work())

