"""The new texts that are worth a label most, asked about, and a recipe that trains with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ... import task_registry, tasks
from ...atomic_files import write_text
from ...errors import DataError, shown
from ...i18n import t
from ...inspection.predictions.kinds import task_for
from ...inspection.predictions.label_queue import LabelQueue
from ...paths import runs_dir
from ...run_folder.as_learnt import as_learnt
from ...score_columns import score_columns, scored_names

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe
    from ...training.run import Run


def to_label(predictions: pd.DataFrame, n: int = 50) -> pd.DataFrame:
    """The unsurest and the most novel of the new texts, in turn; none of them twice.

    Parameters
    ----------
    predictions : pandas.DataFrame
        Of :class:`.monitoring.Watch`.

    Returns
    -------
    pandas.DataFrame, at most ``n`` rows
        ``text``, ``pair`` if any, ``label`` (what the run says), ``suggestion`` (its second choice,
        where it has one), ``uncertainty``, ``novelty`` and ``reason``. What came with a label is
        left out.

    Raises
    ------
    DataError
        If ``n`` is no number of texts.
    """
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise DataError(t("watching.to_label", value=shown(n)), t("watching.to_label_back"))
    table = predictions
    if "given" in table:
        table = table[[one is None for one in table["given"]]]
    keys = [c for c in ("text", "pair") if c in table.columns]
    table = table.drop_duplicates(keys)
    orders = {name: table[name].sort_values(ascending=False, kind="stable").index.tolist()
              for name in ("uncertainty", "novelty") if name in table.columns}  # fmt: skip
    chosen: dict[int, str] = {}
    for at in range(len(table)):
        for name, order in orders.items():
            if len(chosen) < n:
                chosen.setdefault(order[at], name)
    rows = table.loc[list(chosen)]
    found = rows[[*keys, *orders]].assign(
        label=rows["prediction"], suggestion=_second(rows),
        reason=[t(f"watching.reasons.{name}") for name in chosen.values()],
    )  # fmt: skip
    return found[[*keys, "label", "suggestion", *orders, "reason"]].reset_index(drop=True)


def label_queue(run: Run, predictions: pd.DataFrame, n: int = 50) -> LabelQueue:
    """A queue of those texts, in which what the run says is accepted, relabelled or dropped.

    Raises
    ------
    DataError
        If the run does not predict classes.
    """
    names = _classes(run)
    return LabelQueue(to_label(predictions, n), names)


def with_labels(
    run: Run, queue: LabelQueue, folder: str | Path | None = None, *, number: int = 1
) -> Recipe:
    """The run's recipe with the decided texts among its training rows; nothing else changes.

    All rows are written into a folder of their own, a file a split; validation and test are those
    of the run.

    Parameters
    ----------
    folder : str or Path, optional
        New; usually one below the runs, with the ``number`` of the look in its name.

    Raises
    ------
    DataError
        If nothing was decided that is to be learnt, the folder is there already or cannot be
        written, or the run's data is no longer there.
    """
    names = _classes(run)
    decided = queue.corrections()
    decided = decided[decided["action"] != "drop"]
    if not len(decided):
        raise DataError(t("watching.undecided"), t("watching.undecided_back"))
    recipe = as_learnt(run.path, run.recipe).replace(sampling="all")
    splits = tasks.get(recipe.task).load_examples(recipe).splits
    place = Path(folder) if folder else runs_dir() / "labelled" / f"{run.name}-{number}"
    if place.exists():
        raise DataError(t("watching.there", path=str(place)), t("watching.there_back"))
    columns = [c for c in ("text", "pair") if c in splits["train"].columns]
    new = decided.assign(label=np.where(decided["action"] == "relabel", decided["new_label"],
                                        decided["label"]))  # fmt: skip
    try:
        place.mkdir(parents=True)
        for split, table in splits.items():
            named = table[columns].assign(label=[names[int(one)] for one in table["label"]])
            rows = named.to_dict("records")
            if split == "train":
                rows += new[[*columns, "label"]].to_dict("records")
            lines = [json.dumps(row, ensure_ascii=False) for row in rows]
            write_text(place / f"{split}.jsonl", "\n".join(lines) + "\n")
    except OSError as error:
        raise DataError(t("watching.unwritable", path=str(place),
                          why=error.strerror or str(error)),
                        t("watching.unwritable_back")) from error  # fmt: skip
    return run.recipe.replace(
        dataset=str(place), columns={**{c: c for c in columns}, "label": "label"}, reading={},
        corrections=None, max_train_examples=None, max_eval_examples=None,
    )  # fmt: skip


def _classes(run: Run) -> list[str]:
    if task_registry.spec(run.recipe.task).predicts != "class":
        raise DataError(t("watching.no_classes"), t("watching.no_classes_back"))
    return [str(one) for one in run.data_info()["label_names"]]


def _second(rows: pd.DataFrame) -> np.ndarray | str:
    """The class with the second highest score; "" where what is predicted is no class."""
    if task_for(rows).spec.predicts != "class":
        return ""
    scores = rows[score_columns(rows.columns)].to_numpy(np.float64)
    names = np.array(scored_names(rows.columns), dtype=object)
    return names[np.argsort(-scores, axis=1, kind="stable")[:, 1]]
