"""What to try next: rules over tables that a finished run has, each with the recipe it means."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.columns.cells import as_texts
from ...errors import RecipeError, RunError
from ...following_settings import passes, rate
from ...i18n import t
from ...task_words import part_error
from ..predictions.class_reports import class_report
from ..predictions.kinds import spec_for
from .diagnosis import Curves, curves_of, overfits, still_falls
from .outcomes import baseline_name, metric_name, outcome

if TYPE_CHECKING:
    import pandas as pd

Step = tuple[str, dict[str, Any], dict[str, Any]]  # rule, values of its sentences, changed fields

CUT = 0.05  # share of the texts beyond max_length that is worth a longer one
LOOKED_AT = 500  # texts whose length is counted
MOST_EPOCHS = 20
NAMED = 3  # classes that a sentence names


def next_steps(run: Any, split: str = "test") -> pd.DataFrame:
    """What the tables of a finished run speak for, the weightiest first.

    Rules: a class that is never predicted, word counts or the untuned model that are better, a
    training loss that still falls, a validation loss that rises, texts that are cut.

    Parameters
    ----------
    run : Run
        That is done.
    split : str
        Whose predictions are looked at.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``finding`` and ``evidence`` (sentences), ``advice`` (a sentence), ``changes``
        (dict of recipe fields: ``run.recipe.replace(**changes)`` is the recipe to train). No row
        where nothing speaks for a change. ``attrs["left_out"]`` holds a sentence for each rule that
        could not be looked for.

    Raises
    ------
    RunError
        If the run has no predictions of this split.
    UnknownName
        If its task is not installed.
    """
    import pandas as pd

    run.predictions(split)
    spec_for(run)  # a task that is not installed is said, not taken for a run without steps
    recipe, rows, taken = run.recipe, [], []
    left_out: list[str] = []
    rules: list[Callable[[], Iterator[Step]]] = [
        lambda: _never_predicted(run, split), lambda: _lost(run, split),
        lambda: _still_falls(run), lambda: _overfits(run), lambda: _cuts(run, split),
    ]  # fmt: skip
    for rule in rules:
        try:
            found = list(rule())
        except RunError:  # a table that this run does not have; who shows that table says it
            continue
        except Exception as error:  # said beside the other steps
            left_out.append(str(part_error(error, recipe.task, t("guide.rule"))))
            continue
        for name, values, changes in found:
            if changes in taken:
                continue
            try:
                recipe.replace(**changes)
            except RecipeError:  # does not go with the rest of the recipe
                continue
            taken.append(changes)
            said = ", ".join(f"{field}={value!r}" for field, value in changes.items())
            rows.append(
                (name, *(t(f"guide.{name}_{part}", **values) for part in ("finding", "evidence")),
                 t(f"guide.{name}_advice", changes=said, **values), changes)
            )  # fmt: skip
    found = pd.DataFrame(rows, columns=["rule", "finding", "evidence", "advice", "changes"])
    found.attrs["left_out"] = list(dict.fromkeys(left_out))
    return found


def _longer(run: Any) -> dict[str, Any]:
    """The passes that follow from the data where they are more, else twice those that there were.

    Where they are many already, half the learning rate.
    """
    recipe = run.recipe
    if recipe.max_steps is not None:
        return {"max_steps": 2 * recipe.max_steps}
    follow = _following(run)
    if follow > 2 * recipe.epochs:
        return {"epochs": follow}
    if 2 * recipe.epochs <= MOST_EPOCHS:
        return {"epochs": 2 * recipe.epochs}
    return {"learning_rate": recipe.learning_rate / 2}


def _gentler(run: Any) -> dict[str, Any]:
    """The usual rate where it is lower, the passes that follow from the data where they are fewer,
    else half the learning rate: training took from the model what it could do."""
    recipe = run.recipe
    if recipe.learning_rate > (usual := rate(recipe)):
        return {"learning_rate": usual}
    if recipe.max_steps is None and 0 < (follow := _following(run)) < recipe.epochs:
        return {"epochs": follow}
    return {"learning_rate": recipe.learning_rate / 2}


def _following(run: Any) -> int | float:
    """Passes that follow from the data of a run; 0 where its rows are not known."""
    info, spec = run.data_info(), spec_for(run)
    rows, names = info.get("examples", {}).get("train"), info.get("label_names")
    if not rows or spec.lays_rows:  # of texts that are laid into rows there are others
        return 0
    return passes(run.recipe, int(rows), len(names) if names and spec.predicts == "class" else None)


def _never_predicted(run: Any, split: str) -> Iterator[Step]:
    report = class_report(run, split)
    if report is None:
        return
    # precision is of what was predicted: none where nothing was
    never = report[(report["support"] > 0) & report["precision"].isna()]
    if not len(never):
        return
    names = [str(name) for name in never["class"]]
    said = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
    values = {"names": said, "n": len(names), "support": int(never["support"].sum())}
    fits = "class_weights" not in spec_for(run).unused
    weighted = fits and run.recipe.class_weights is None
    yield "never", values, {"class_weights": "balanced"} if weighted else _longer(run)


def _lost(run: Any, split: str) -> Iterator[Step]:
    found = outcome(run, split)
    if found is not None and found.lost and not found.perfect:
        values = {"metric": metric_name(found.metric), "value": found.value,
                  "baseline": baseline_name(found.baseline, found.task),
                  "other": found.baseline_value}  # fmt: skip
        yield found.verdict, values, (_gentler if found.worse else _longer)(run)


def _still_falls(run: Any) -> Iterator[Step]:
    values = still_falls(curves_of(run))
    if values is not None:
        yield "falls", values, _longer(run)


def _overfits(run: Any) -> Iterator[Step]:
    curves = curves_of(run)
    values = overfits(curves)
    if values is not None and not _gained_since(curves):
        fewer = max(1, math.ceil(values["epoch"] - 1e-6))
        recipe = run.recipe
        shorter = recipe.max_steps is None and fewer < recipe.epochs
        changes = {"epochs": fewer} if shorter else {"learning_rate": recipe.learning_rate / 2}
        yield "overfits", values, changes


def _gained_since(curves: Curves) -> bool:
    """Whether the metric that decides rose after the validation loss was lowest.

    A model that is too sure of its errors has a higher loss and may still be right more often:
    fewer passes would take that from it.
    """
    scores = curves.scores
    return scores is not None and bool(scores[-1] > scores[int(np.nanargmin(curves.evals))])


def _cuts(run: Any, split: str) -> Iterator[Step]:
    if spec_for(run).output == "spans":  # long contexts are read in overlapping parts
        return
    from ...catalog.loading.judging import positions
    from ..inside.loaded_model import folder_of, load

    table = run.predictions(split).head(LOOKED_AT)
    if not len(table):
        return
    loaded, limit = load(folder_of(run)), run.recipe.max_length
    texts = [table["text"].astype(str).tolist()]
    if "pair" in table.columns:
        texts.append(as_texts(table["pair"]).tolist())
    encoded = loaded.tokenizer(*texts, truncation=False, return_attention_mask=False, verbose=False)
    lengths = np.asarray([len(ids) for ids in encoded["input_ids"]])
    share = float((lengths > limit).mean())
    asked = ("model_type", "max_position_embeddings", "n_positions", "pad_token_id")
    config = {name: getattr(loaded.model.config, name, None) for name in asked}
    known = positions(config) or 512
    most = min(known, int(min(loaded.tokenizer.model_max_length, known)))
    wanted = min(int(-(-np.percentile(lengths, 99) // 32) * 32), most)
    if share > CUT and wanted > limit:
        yield "cuts", {"share": share, "limit": limit}, {"max_length": wanted}
