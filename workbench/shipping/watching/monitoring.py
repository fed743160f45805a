"""Whether new texts are still what a run learnt from, and which of them are worth a label."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import task_registry
from ...errors import DataError, shown
from ...i18n import t
from ...inspection.predictions.label_noise import embeddings
from ...score_columns import score_columns
from ...tasks.shared.word_counts import joined_texts
from ...training.examples_of_run import examples_of
from . import looks, new_texts
from .two_samples import Tested, classes, holm, means, numbers, vectors
from .words import more_frequent, unseen_shares, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from ...inspection.predictions.label_queue import LabelQueue
    from ...recipe import Recipe
    from ...training.run import Run

MOST = 1000  # texts of either side
PREDICTS = ("class", "labels", "number")


@dataclass
class Watch:
    """What :func:`monitor` found.

    Attributes
    ----------
    table : pandas.DataFrame, a row a test
        ``look``, ``before`` and ``after`` (means; NaN where there is none), ``effect``, ``p``,
        ``corrected`` (Holm's), ``drifted`` (whether that is at most ``level``), ``about``.
    said : list of str
        What was left out, and what is to be known.
    predictions : pandas.DataFrame
        Of the new texts, with ``uncertainty`` (1 less the highest score, where there are scores of
        classes) and ``novelty`` (1 less the largest cosine with an embedding of a training text).
    number : int
        Which look at this run it is.
    level : float
        What is left of alpha for this look.
    """

    run: Run
    table: pd.DataFrame
    predictions: pd.DataFrame
    number: int
    level: float
    said: list[str] = field(default_factory=list)

    @property
    def drifted(self) -> list[str]:
        """Names of the tests that found a difference."""
        return self.table.loc[self.table["drifted"], "look"].tolist()

    @property
    def sentence(self) -> str:
        """What was found, in a sentence."""
        n, about = len(self.predictions), {"look": self.number, "level": f"{self.level:.3g}"}
        if not self.drifted:
            return t("watching.same", n=n, **about)
        named = ", ".join(t(f"watching.looks.{name}") for name in self.drifted)
        return t("watching.drifted", n=n, names=named, **about)

    def to_label(self, n: int = 50) -> pd.DataFrame:
        """The unsurest and the most novel texts; see :func:`.labelling.to_label`."""
        from .labelling import to_label

        return to_label(self.predictions, n)

    def label_queue(self, n: int = 50) -> LabelQueue:
        """The queue in which they are decided; see :func:`.labelling.label_queue`."""
        from .labelling import label_queue

        return label_queue(self.run, self.predictions, n)

    def recipe(self, queue: LabelQueue, folder: str | Path | None = None) -> Recipe:
        """The recipe that learns them too; see :func:`.labelling.with_labels`."""
        from .labelling import with_labels

        return with_labels(self.run, queue, folder, number=self.number)

    def __repr__(self) -> str:
        return f"<Watch: {self.sentence}>"


def monitor(
    run: Run, data: Any, *, alpha: float = 0.05, most: int = MOST, seed: int = 0,
    reading: Mapping[str, Any] | None = None, note: bool = True,
) -> Watch:  # fmt: skip
    """Compare new texts with those that a run was trained and tested on.

    Lengths are compared with those of the training texts. What the model makes of texts (shares of
    words that training did not have, embeddings, predictions, confidence) is compared with that of
    the test texts: of those that it was trained on it is surer whatever comes. Where labels come
    along, quality and overconfidence (the highest score less 1 where it is right) are, too.

    All p-values of a look are corrected for their number (Holm, 1979), and each look at the run has
    less of ``alpha`` than the one before (:func:`.looks.level`); ``watched.jsonl`` in the run's
    folder counts them. The same texts again are the same look.

    Parameters
    ----------
    run : Run, str or path
        That is done, of a task that predicts classes, label sets or numbers.
    data : str, Path, sequence or pandas.DataFrame
        As :meth:`Run.predict` takes it; a column of labels beside the texts is read.
    alpha : float
        Chance of a false alarm in all looks together.
    most : int
        Texts of either side; more are drawn from.
    seed : int
        Of the draws and of the tests by permutation.
    reading : mapping, optional
        How a file is to be read, as :meth:`Run.predict` has it.
    note : bool
        Whether the look is counted.

    Returns
    -------
    Watch

    Raises
    ------
    RunError
        If the run is not done.
    DataError
        If the run's data is no longer there, the new texts cannot be read or are fewer than 20, the
        task predicts something else, or an argument is out of its bounds.
    """
    import pandas as pd

    run = _known(run, alpha, most)
    predicts = task_registry.spec(run.recipe.task).predicts
    new = new_texts.read(run, data, most, seed, reading)
    train = _drawn(examples_of(run).splits["train"], most, seed)
    held_out = _drawn(run.predictions("test"), most, seed)
    found = run.predict(new.rows)
    texts = [joined_texts(one).astype(str).tolist() for one in (train, held_out, found)]
    inside = [_embedded(run, one) for one in (train, held_out, found)]
    rows = [_lengths(texts[0], texts[2]), _vocabulary(*texts),
            ("embedding", np.nan, np.nan, vectors(inside[1], inside[2], seed=seed), ""),
            *_predicted(held_out, found, predicts, seed)]  # fmt: skip
    if new.labels is not None and predicts == "class":
        rows += _labelled(held_out, found, new.labels)
    number = looks.count(run.path, new.digest) if note else 1
    level = looks.level(alpha, number)
    corrected = holm([tested.p for _, _, _, tested, _ in rows])
    table = pd.DataFrame(
        [(name, before, after, tested.effect, tested.p, p, p <= level, about)
         for (name, before, after, tested, about), p in zip(rows, corrected, strict=True)],
        columns=["look", "before", "after", "effect", "p", "corrected", "drifted", "about"],
    )  # fmt: skip
    found["novelty"] = _novelty(inside[0], inside[2])
    if new.labels is not None:
        found["given"] = new.labels
    watch = Watch(run, table, found, number, level, new.said)
    if note:
        failed = looks.note(run.path, {"digest": new.digest, "at": _now(), "rows": new.of,
                                       "drifted": watch.drifted})  # fmt: skip
        watch.said += [failed] if failed else []
    return watch


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _known(run: Any, alpha: float, most: int) -> Run:
    from ...training.run import open_run

    if not 0 < alpha < 1:
        raise DataError(t("watching.alpha", value=shown(alpha)), t("watching.alpha_back"))
    if not isinstance(most, int) or most < new_texts.LEAST:
        raise DataError(t("watching.most", value=shown(most)),
                        t("watching.most_back", least=new_texts.LEAST))  # fmt: skip
    run = open_run(run) if isinstance(run, str) or hasattr(run, "__fspath__") else run
    run.check_finished()
    predicts = task_registry.spec(run.recipe.task).predicts
    if predicts not in PREDICTS:
        raise DataError(t("watching.task", task=run.recipe.task), t("watching.task_back"))
    return run


def _drawn(table: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    table = table.reset_index(drop=True)
    if len(table) <= most:
        return table
    kept = np.random.default_rng(seed).choice(len(table), most, replace=False)
    return table.iloc[np.sort(kept)].reset_index(drop=True)


def _embedded(run: Run, table: pd.DataFrame) -> np.ndarray:
    pairs = table["pair"].astype(str).tolist() if "pair" in table.columns else None
    return embeddings(run, table["text"].astype(str).tolist(), pairs=pairs)


def _lengths(train: list[str], new: list[str]) -> tuple:
    before, after = ([len(words_of(text)) for text in texts] for texts in (train, new))
    return "length", np.mean(before), np.mean(after), numbers(before, after), ""


def _vocabulary(train: list[str], held_out: list[str], new: list[str]) -> tuple:
    known = {word for text in train for word in words_of(text)}
    before, after = (unseen_shares(texts, known) for texts in (held_out, new))
    words = ", ".join(more_frequent(held_out, new))
    about = t("watching.words", words=words) if words else ""
    return "vocabulary", before.mean(), after.mean(), numbers(before, after), about


def _predicted(held_out: pd.DataFrame, found: pd.DataFrame, predicts: str, seed: int) -> list:
    before, after = held_out["prediction"], found["prediction"]
    if predicts == "number":
        before, after = before.astype(float), after.astype(float)
        return [("predictions", before.mean(), after.mean(), numbers(before, after), "")]
    names = [[_name(one) for one in side] for side in (before, after)]
    shares = {name: tuple(side.count(name) / len(side) for side in names)
              for name in {*names[0], *names[1]}}  # fmt: skip
    moved = max(sorted(shares), key=lambda name: abs(shares[name][1] - shares[name][0]))
    about = t("watching.moved", name=moved, before=shares[moved][0], after=shares[moved][1])
    sure = [_confidence(one, predicts) for one in (held_out, found)]
    found["uncertainty"] = 1 - sure[1]
    return [
        ("predictions", np.nan, np.nan, classes(*names, seed=seed), about),
        ("confidence", sure[0].mean(), sure[1].mean(), numbers(*sure), ""),
    ]


def _name(value: Any) -> str:
    """A class, or a set of labels in one name."""
    return value if isinstance(value, str) else " + ".join(sorted(map(str, value))) or "–"


def _confidence(table: pd.DataFrame, predicts: str = "class") -> np.ndarray:
    """Highest score of a class; of label sets that of the label decided with the least margin."""
    scores = table[score_columns(table.columns)].to_numpy(np.float64)
    if predicts == "class":
        return scores.max(axis=1)
    return np.maximum(scores, 1 - scores).min(axis=1)


def _labelled(held_out: pd.DataFrame, found: pd.DataFrame, labels: np.ndarray) -> list[tuple]:
    """Quality and overconfidence of the new texts that came with a label."""
    known = np.array([one is not None for one in labels])
    if known.sum() < new_texts.LEAST:
        return []
    right = [
        (held_out["prediction"] == held_out["label"]).to_numpy(float),
        (found["prediction"].to_numpy(object)[known] == labels[known]).astype(float),
    ]
    sure = [_confidence(held_out), _confidence(found)[known]]
    about = t("watching.labelled", n=int(known.sum()))
    rows = [("quality", right[0].mean(), right[1].mean(), _shares(*right), about)]
    over = [one - other for one, other in zip(sure, right, strict=True)]
    return [*rows, ("calibration", over[0].mean(), over[1].mean(), means(*over), about)]


def _shares(before: np.ndarray, after: np.ndarray) -> Tested:
    """Fisher's exact test of two shares; the effect is their difference."""
    from scipy.stats import fisher_exact

    table = [[side.sum(), len(side) - side.sum()] for side in (before, after)]
    return Tested(float(after.mean() - before.mean()), float(fisher_exact(table).pvalue))


def _novelty(train: np.ndarray, new: np.ndarray) -> np.ndarray:
    """1 less the largest cosine with a training text's embedding, (n,)."""
    unit = [one / np.maximum(np.linalg.norm(one, axis=1, keepdims=True), 1e-12)
            for one in (train, new)]  # fmt: skip
    return 1 - (unit[1] @ unit[0].T).max(axis=1)
