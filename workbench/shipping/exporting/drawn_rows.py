"""Rows drawn of a run's test set as an exported model is asked them, and what the run answers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.data.conversations.stored import from_line
from workbench.score_columns import score_columns, scored_names
from workbench.training.generation import greedy
from workbench.training.predicting.passes import Passes
from workbench.training.predicting.writing import write

if TYPE_CHECKING:
    import pandas as pd

    from workbench.training.predicting.predictor import Predictor
    from workbench.training.run import Run

BEGINNING = 8  # words of a text that a model goes on with


def drawn_rows(run: Run, kind: str, examples: int, seed: int) -> list[dict[str, Any]]:
    """Rows of the test set for ``standalone/predict.py``, at most ``examples``, in their order.

    Raises
    ------
    RunError
        If the run has no predictions of its test set.
    """
    table = run.predictions("test")
    order = np.random.default_rng(seed).permutation(len(table))[:examples]
    return [_row(one, kind) for _, one in table.iloc[np.sort(order)].iterrows()]


def _row(one: pd.Series, kind: str) -> dict[str, Any]:
    if kind == "span":
        return {name: one[name] for name in ("question", "context")}
    if kind == "tags":
        return {"tokens": list(one["tokens"])}
    if kind == "gaps":
        return {"text": one["masked"]}
    if kind == "pair":
        return {"text": one["text"], "pair": one["label"]}
    if "conversation" in one:
        talk, ask = from_line(one["conversation"])
        asked = dataclasses.replace(talk, messages=talk.messages[:ask])
        return {"messages": asked.as_dicts(), "tools": list(talk.tools)}
    if kind == "text" and "label" not in one:  # texts that are learnt themselves
        return {"text": " ".join(one["text"].split()[:BEGINNING])}
    return {name: one[name] for name in ("text", "pair") if name in one}


def answers_of(
    run: Run, predictor: Predictor, kind: str, rows: list[dict[str, Any]], *, plain: bool
) -> list[dict[str, Any]]:
    """What the run's model answers, as ``standalone/predict.py`` writes it.

    Parameters
    ----------
    predictor : Predictor
        Of the run; words are chosen greedily where they would be drawn.
    plain : bool
        Whether each word is the likeliest, whatever else the recipe says of choosing.
    """
    import pandas as pd

    frame, task = pd.DataFrame(rows), predictor.task
    if kind == "vector":
        encoded = task.encode(predictor.tokenizer, frame, predictor.max_length)
        passes = Passes(task, predictor.model, predictor.tokenizer, encoded)
        vectors = task.outputs(passes)[encoded.members[:, 0]]
        return [{"vector": row.tolist()} for row in vectors]
    if kind == "pair":
        said = predictor.predict(frame.rename(columns={"pair": "other"}))
        return [{"score": float(score)} for score in said["other_score"]]
    if kind == "text":
        predictor.generation = _sure(predictor.generation, plain=plain)
        if getattr(task, "target", None) is None and "messages" not in frame.columns:
            return _gone_on(predictor, rows)
        asked = [one["messages"] for one in rows] if "messages" in frame.columns else frame
        table = predictor.predict(task.asked(asked, run.recipe), batch_size=1)
        return [{"prediction": text} for text in table["prediction"]]
    if kind == "span":
        frame = frame.rename(columns={"question": "text", "context": "pair"})
    elif kind == "tags":
        frame["text"] = frame["tokens"].map(" ".join)
    elif kind == "gaps":
        frame = frame.assign(asked=True)
    return _as_written(predictor.predict(frame), kind)


def _as_written(table: pd.DataFrame, kind: str) -> list[dict[str, Any]]:
    if kind in ("class", "labels"):
        columns = score_columns(table.columns)
        names = scored_names(columns)
        scores = table[columns].to_numpy(float).tolist()
        return [
            {"prediction": said, "scores": dict(zip(names, row, strict=True))}
            for said, row in zip(table["prediction"], scores, strict=True)
        ]
    if kind == "gaps":
        return [
            {"prediction": [likely[0] for likely in words], "scores": [sure[0] for sure in shares]}
            for words, shares in zip(table["likeliest"], table["probabilities"], strict=True)
        ]
    names = {"number": ["prediction"], "tags": ["prediction", "score"],
             "span": ["prediction", "start", "end", "score"]}[kind]  # fmt: skip
    return table[names].to_dict("records")


def _gone_on(predictor: Predictor, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is written behind beginnings of texts."""
    end = predictor.tokenizer.eos_token_id
    found = []
    for row in rows:
        ids = predictor.tokenizer(row["text"], verbose=False)["input_ids"]
        ids = ids[:-1] if ids and ids[-1] == end else ids
        written = write(predictor.model, predictor.tokenizer, [ids], predictor.generation)[0]
        found.append({"prediction": "" if written is None else written.text})
    return found


def _sure(settings: Any, *, plain: bool) -> greedy.Settings:
    """Settings under which the same words are chosen each time."""
    if not plain and getattr(settings, "at_once", 1) > 1:
        return settings
    names = [field.name for field in dataclasses.fields(greedy.Settings)]
    if plain:
        names = ["max_new_tokens", "min_new_tokens", "stop"]
    return greedy.Settings(**{name: getattr(settings, name) for name in names})
